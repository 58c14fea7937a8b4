import type { AnyCommand, OptionSpecs } from './command.ts'
import { commands } from './commands.ts'
import { commonOptions } from './options.ts'
import type { Style } from './style.ts'

const pad = (text: string, width: number): string => text.padEnd(width)

function optionLines(specs: OptionSpecs, style: Style): string[] {
  const left = Object.entries(specs).map(([name, { short, value }]) =>
    [`${short === undefined ? '   ' : `-${short},`} --${name}`, value].filter(Boolean).join(' '),
  )
  const width = Math.max(...left.map((text) => text.length)) + 2
  return Object.values(specs).map((spec, i) => `  ${style.strong(pad(left[i]!, width))}${spec.summary}`)
}

export function generalHelp(style: Style): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length)) + 2
  return [
    'Lares makes a home lab match one config file, safely, again and again.',
    '',
    style.heading('Usage'),
    '  lares COMMAND [ARGUMENTS] [OPTIONS]',
    '',
    style.heading('Commands'),
    ...Object.entries(commands).map(([name, { summary }]) => `  ${style.strong(pad(name, width))}${summary}`),
    '',
    style.heading('Options'),
    ...optionLines({ ...commonOptions, version: { type: 'boolean', short: 'v', summary: 'Show the version' } }, style),
    '',
    style.heading('Exit codes'),
    '  0  done',
    '  1  something failed',
    '  2  there are changes, with --detailed-exitcode',
    '  3  done, but something was skipped because it did not answer or must not be touched',
    '',
    `"lares COMMAND --help" shows a command's options and examples.`,
    '',
  ].join('\n')
}

export function commandHelp(name: string, command: AnyCommand, style: Style): string {
  const lines = [command.summary + '.', '', style.heading('Usage'), `  lares ${name} ${command.usage}`.trimEnd()]
  if (command.description !== undefined) lines.push('', command.description)
  if (command.subcommands) {
    const width = Math.max(...Object.keys(command.subcommands).map((word) => word.length)) + 2
    lines.push('', style.heading('Commands'))
    for (const [word, summary] of Object.entries(command.subcommands)) {
      lines.push(`  ${style.strong(pad(word, width))}${summary}`)
    }
  }
  lines.push('', style.heading('Options'), ...optionLines({ ...command.options, ...commonOptions }, style))
  lines.push('', style.heading('Examples'))
  for (const example of command.examples) lines.push(`  ${style.faint(`# ${example.about}`)}`, `  ${example.command}`)
  return [...lines, ''].join('\n')
}

import { type Misuse, parseArguments } from './arguments.ts'
import type { AnyCommand, Invocation, OptionSpecs } from './command.ts'
import { exit } from './command.ts'
import { commands } from './commands.ts'
import { commandHelp, generalHelp } from './help.ts'
import { commonOptions } from './options.ts'
import { openTerminal, type Terminal } from './terminal.ts'

const asksFor = (argv: readonly string[], ...flags: string[]): boolean => {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).some((word) => flags.includes(word))
}

/** Runs one command line and resolves with the exit code. Whatever goes wrong has been told by then. */
export async function run(argv: readonly string[]): Promise<number> {
  const json = asksFor(argv, '--json')
  const terminal = openTerminal({ colour: !asksFor(argv, '--no-color'), json })
  try {
    return await dispatch(argv, terminal, json)
  } catch (error) {
    const { tellError } = await import('./tell.ts')
    tellError(error, terminal, json)
    return exit.failed
  }
}

async function dispatch(argv: readonly string[], terminal: Terminal, json: boolean): Promise<number> {
  const at = argv.findIndex((word) => !word.startsWith('-'))
  const word = argv[at]
  const asksHelp = asksFor(argv, '--help', '-h')
  if (word === undefined || word === 'help') {
    const topic = word === undefined ? undefined : argv[at + 1]
    if (topic !== undefined) return help(topic, terminal, json)
    const parsed = parseArguments(commonOptions, argv)
    if (!('values' in parsed)) return misused(parsed, 'lares', terminal, json)
    if (word === undefined && !asksHelp) terminal.err(generalHelp(terminal.errStyle))
    else terminal.out(generalHelp(terminal.style))
    return word === undefined && !asksHelp ? exit.failed : exit.done
  }
  const leading = parseArguments(commonOptions, argv.slice(0, at))
  if (!('values' in leading)) {
    const [option] = argv
    return misused(
      { wrong: `"${option}" stands before the command`, advice: 'Options come after it.' },
      'lares',
      terminal,
      json,
    )
  }
  if (!Object.hasOwn(commands, word)) {
    return misused({ unknown: word, known: Object.keys(commands) }, 'lares', terminal, json)
  }
  if (asksHelp) return help(word, terminal, json)
  const command = await commands[word]!.load()
  return perform(word, command, [...argv.slice(0, at), ...argv.slice(at + 1)], terminal, json)
}

async function help(word: string, terminal: Terminal, json: boolean): Promise<number> {
  if (!Object.hasOwn(commands, word)) {
    return misused({ unknown: word, known: Object.keys(commands) }, 'lares', terminal, json)
  }
  terminal.out(commandHelp(word, await commands[word]!.load(), terminal.style))
  return exit.done
}

async function perform(
  name: string,
  command: AnyCommand,
  argv: readonly string[],
  terminal: Terminal,
  json: boolean,
): Promise<number> {
  const specs: OptionSpecs = { ...commonOptions, ...command.options }
  const parsed = parseArguments(specs, argv)
  if (!('values' in parsed)) return misused(parsed, `lares ${name}`, terminal, json)
  const wrong = checkPositionals(command, parsed.positionals)
  if (wrong) return misused(wrong, `lares ${name}`, terminal, json)
  const invocation: Invocation = {
    name,
    values: parsed.values as Invocation['values'],
    positionals: parsed.positionals,
    terminal,
    json,
    cwd: process.cwd(),
    env: process.env,
  }
  return await command.run(invocation as never)
}

function checkPositionals({ positionals: { min, max }, subcommands, usage }: AnyCommand, words: readonly string[]) {
  const [first] = words
  if (subcommands && first !== undefined && !Object.hasOwn(subcommands, first)) {
    return { unknown: first, known: Object.keys(subcommands) }
  }
  if (words.length < min) return { wrong: 'Something is missing', advice: `It takes ${usage}.` }
  if (words.length > max) {
    return { wrong: `"${words[max]}" is too much`, advice: max === 0 ? 'It takes options only.' : `It takes ${usage}.` }
  }
  return undefined
}

async function misused(misuse: Misuse, about: string, terminal: Terminal, json: boolean): Promise<number> {
  const [{ suggest }, { tellDiagnostics }] = await Promise.all([import('@lares/core'), import('./tell.ts')])
  const helpText = `"${about} --help" shows what there is.`
  if ('wrong' in misuse) {
    const advice = [misuse.advice, helpText].filter(Boolean).join(' ')
    tellDiagnostics([{ severity: 'error', code: 'usage', summary: misuse.wrong, advice }], terminal, json)
  } else {
    const kind = misuse.unknown.startsWith('-') ? 'option' : 'command'
    const near = suggest(misuse.unknown, misuse.known)
    const advice = [near === undefined ? '' : `Did you mean "${near}"?`, helpText].filter(Boolean).join(' ')
    const summary = `${about} has no ${kind} "${misuse.unknown}"`
    tellDiagnostics([{ severity: 'error', code: 'usage', summary, advice }], terminal, json)
  }
  return exit.failed
}

import { defineCommand, exit } from '../command.ts'
import { engineFor } from '../engine.ts'
import { onInterrupt } from '../interrupt.ts'
import { writeJson } from '../json.ts'
import { openLab } from '../lab.ts'
import { configOptions } from '../options.ts'
import { renderOutdated, stateOf } from '../render/outdated.ts'
import { tellDiagnostics } from '../tell.ts'

export const outdated = defineCommand({
  summary: 'Show what newer there is of what the lab uses: images',
  description: [
    'Compares what is in use with where it comes from: whether its name means something else by now, and which newer',
    'versions there are. Registries are asked from this machine, with the logins of its Docker config. Nothing is changed.',
  ].join('\n'),
  usage: '[ADDRESS...]',
  options: {
    ...configOptions,
    all: { type: 'boolean', summary: 'Show also what is up to date' },
    'detailed-exitcode': {
      type: 'boolean',
      summary: 'Exit with 2 when there is something newer, 3 when not all is known',
    },
  },
  positionals: { min: 0, max: 1000 },
  examples: [
    { about: 'What could be updated', command: 'lares outdated' },
    { about: 'All that two resources use', command: 'lares outdated nextcloud plex --all' },
    { about: 'From cron: exit with 2 when there is something newer', command: 'lares outdated --detailed-exitcode' },
  ],
  async run(invocation) {
    const { positionals, values, env, terminal, json } = invocation
    const opened = await openLab(invocation)
    process.chdir(opened.directory)
    const interrupt = onInterrupt((message) => terminal.err(`${message}\n`))
    try {
      const engine = await engineFor(opened, { env, signal: interrupt.stop, abort: interrupt.abort })
      const found = await engine.outdated(opened.lab, positionals.length > 0 ? positionals : undefined)
      const diagnostics = found.flatMap((one) => one.diagnostics)
      if (json) for (const one of found) writeJson(terminal, one)
      else {
        terminal.out(renderOutdated(found, { all: values.all }, terminal.style))
        if (diagnostics.length > 0) terminal.err('\n')
        tellDiagnostics(diagnostics, terminal, false)
      }
      if (!values['detailed-exitcode']) return exit.done
      if (found.some(({ inUse }) => inUse.some((one) => stateOf(one) === 'newer'))) return exit.changes
      return diagnostics.length > 0 ? exit.partly : exit.done
    } finally {
      interrupt.close()
    }
  },
})

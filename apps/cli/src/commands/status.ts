import type { LabStatus } from '@lares/core'
import { defineCommand, exit } from '../command.ts'
import { engineFor } from '../engine.ts'
import { onInterrupt } from '../interrupt.ts'
import { writeJson } from '../json.ts'
import { openLab } from '../lab.ts'
import { configOptions } from '../options.ts'
import { renderStatus } from '../render/status.ts'
import { isTrouble } from '../render/verdicts.ts'
import { tellDiagnostics } from '../tell.ts'

export const status = defineCommand({
  summary: 'Show what is there, how it is doing, and which alerts are raised',
  description: [
    'Looks at every resource of the config and of the record, host by host. Nothing is changed or locked. What was changed by',
    'hand is shown by "lares drift". Exits with 1 when something could not be read, with 3 when a host did not answer.',
  ].join('\n'),
  usage: '[ADDRESS...]',
  options: {
    ...configOptions,
    'detailed-exitcode': {
      type: 'boolean',
      summary: 'Exit with 2 when something is degraded, down or gone, or an alert is raised',
    },
  },
  positionals: { min: 0, max: 1000 },
  examples: [
    { about: 'How the lab is doing', command: 'lares status' },
    { about: 'How two resources are doing', command: 'lares status nextcloud plex' },
    { about: 'From cron: exit with 2 when somebody should look', command: 'lares status --detailed-exitcode' },
  ],
  async run(invocation) {
    const { positionals, values, env, terminal, json } = invocation
    const opened = await openLab(invocation)
    process.chdir(opened.directory)
    const interrupt = onInterrupt((message) => terminal.err(`${message}\n`))
    try {
      const engine = await engineFor(opened, { env, signal: interrupt.stop, abort: interrupt.abort })
      const found = await engine.status(opened.lab, positionals.length > 0 ? positionals : undefined)
      if (json) writeJson(terminal, found)
      else {
        const { style, width } = terminal
        terminal.out(renderStatus(found, { style, width, now: Date.now() }))
        if (found.diagnostics.length > 0) terminal.err('\n')
        tellDiagnostics(found.diagnostics, terminal, false)
      }
      return codeOf(found, values['detailed-exitcode'])
    } finally {
      interrupt.close()
    }
  },
})

/** Whoever asks from cron must not take for well what nobody could look at. */
function codeOf({ resources, diagnostics }: LabStatus, isDetailed: boolean): number {
  if (diagnostics.some(({ severity }) => severity === 'error')) return exit.failed
  if (isDetailed && resources.some(isTrouble)) return exit.changes
  return diagnostics.length > 0 ? exit.partly : exit.done
}

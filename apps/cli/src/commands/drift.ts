import type { Plan } from '@lares/core'
import { defineCommand, exit } from '../command.ts'
import { writeEvent } from '../json.ts'
import { detailedOption, planOptions } from '../options.ts'
import { requestOf, withPlan } from '../planning.ts'
import { driftOf, renderDrift, unseenIn } from '../render/drift.ts'

export const drift = defineCommand({
  summary: 'Show what was changed behind the back of the config',
  description:
    'Compares what is there with what was last recorded. Changes of the config are not shown: see "lares plan". Exits with 1 when something could not be read, with 3 when a host did not answer.',
  usage: '',
  options: { ...planOptions, ...detailedOption },
  positionals: { min: 0, max: 0 },
  examples: [
    { about: 'What has changed', command: 'lares drift' },
    { about: 'From cron: exit with 2 when something has', command: 'lares drift --detailed-exitcode' },
  ],
  async run(invocation) {
    const { values, terminal, json } = invocation
    return await withPlan(invocation, requestOf(values), async ({ planned: { plan } }) => {
      const drifted = driftOf(plan)
      if (!json) terminal.out(renderDrift(drifted, plan, terminal.style))
      const exitCode = codeOf(plan, values['detailed-exitcode'] && drifted.length > 0)
      if (json) writeEvent(terminal, { type: 'command.finished', exitCode })
      return exitCode
    })
  },
})

/** Whoever asks from cron must not take for unchanged what nobody could look at. */
function codeOf(plan: Plan, hasDrifted: boolean): number {
  const unseen = unseenIn(plan)
  if (unseen.some(({ blocked }) => blocked === 'failed')) return exit.failed
  if (hasDrifted) return exit.changes
  return unseen.length > 0 ? exit.partly : exit.done
}

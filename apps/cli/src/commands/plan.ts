import { resolve } from 'node:path'
import { hasErrors, type Plan } from '@lares/core'
import { defineCommand, exit } from '../command.ts'
import { writeEvent } from '../json.ts'
import { detailedOption, planOptions } from '../options.ts'
import { requestOf, withPlan } from '../planning.ts'
import { renderPlan, wouldDo } from '../render/plan.ts'
import { savePlan } from '../saved-plan.ts'

export const plan = defineCommand({
  summary: 'Show what apply would do',
  description: 'Reads what is there and compares. Nothing is changed.',
  usage: '',
  options: {
    ...planOptions,
    ...detailedOption,
    destroy: { type: 'boolean', summary: 'Plan what destroy would do' },
    out: { type: 'string', value: 'FILE', complete: 'file', summary: 'Save the plan, for "lares apply FILE"' },
  },
  positionals: { min: 0, max: 0 },
  examples: [
    { about: 'What would be done', command: 'lares plan' },
    {
      about: 'Save the plan, look at it, carry out exactly that',
      command: 'lares plan --out lab.plan && lares apply lab.plan',
    },
    { about: 'In CI: fail with 2 when reality is not as declared', command: 'lares plan --detailed-exitcode' },
  ],
  async run(invocation) {
    const { values, terminal, json } = invocation
    const request = { ...requestOf(values), mode: values.destroy ? ('destroy' as const) : ('apply' as const) }
    return await withPlan(invocation, request, async ({ planned }) => {
      const made = planned.plan
      if (!json) terminal.out(renderPlan(made, terminal.style))
      if (values.out !== undefined) {
        await savePlan(resolve(invocation.cwd, values.out), made, request)
        if (!json) terminal.out(`\nSaved. To do exactly this: lares apply ${values.out}\n`)
      }
      const exitCode = codeOf(made, values['detailed-exitcode'])
      if (json) writeEvent(terminal, { type: 'command.finished', exitCode })
      return exitCode
    })
  },
})

function codeOf(made: Plan, detailed: boolean): number {
  if (hasErrors(made.diagnostics)) return exit.failed
  if (!detailed) return exit.done
  if (wouldDo(made)) return exit.changes
  return made.nodes.some(({ blocked }) => blocked && blocked !== 'stopped') ? exit.partly : exit.done
}

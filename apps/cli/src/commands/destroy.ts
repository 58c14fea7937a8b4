import { applyPlan } from '../applying.ts'
import { defineCommand } from '../command.ts'
import { planOptions, yesOption } from '../options.ts'
import { requestOf, withPlan } from '../planning.ts'

export const destroy = defineCommand({
  summary: 'Delete everything of the lab that holds no data',
  description: [
    'What holds data is kept and listed, unless it is named with --allow-data-loss. What the lab does not own is never',
    'touched.',
  ].join('\n'),
  usage: '',
  options: { ...planOptions, ...yesOption },
  positionals: { min: 0, max: 0 },
  examples: [
    { about: 'Show, ask, delete', command: 'lares destroy' },
    { about: 'One resource and what needs it', command: 'lares destroy --target web' },
    { about: 'The data of a volume, too', command: 'lares destroy --allow-data-loss web-data' },
  ],
  async run(invocation) {
    const { values } = invocation
    return await withPlan(invocation, { ...requestOf(values), mode: 'destroy' }, (planning) =>
      applyPlan(planning, invocation, {
        yes: values.yes,
        question: 'Delete all this?',
        advice: 'Look at "lares plan --destroy", then "lares destroy --yes".',
      }),
    )
  },
})

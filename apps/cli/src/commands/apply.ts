import { applyPlan } from '../applying.ts'
import { defineCommand } from '../command.ts'
import { planOptions, yesOption } from '../options.ts'
import { requestOf, withPlan } from '../planning.ts'
import { readPlan } from '../saved-plan.ts'

export const apply = defineCommand({
  summary: 'Make reality match the config',
  description: [
    'Plans, shows the plan, asks, and carries it out. With FILE, a plan that "lares plan --out FILE" saved is carried out',
    'exactly, without asking; it is refused when config, state or reality have moved on.',
    '',
    'Ctrl-C lets what is in flight end and starts nothing new; a second one aborts.',
  ].join('\n'),
  usage: '[FILE]',
  options: { ...planOptions, ...yesOption },
  positionals: { min: 0, max: 1 },
  examples: [
    { about: 'Show, ask, do', command: 'lares apply' },
    { about: 'From a script', command: 'lares apply --yes --json' },
    { about: 'Only one service and what it needs', command: 'lares apply --target plex' },
    {
      about: 'Give up the data of a volume that is no longer declared',
      command: 'lares apply --allow-data-loss old-data',
    },
  ],
  async run(invocation) {
    const { values, positionals } = invocation
    const [file] = positionals
    const saved = file === undefined ? undefined : await readPlan(file)
    const request = saved ? { ...saved.request, expect: saved.plan } : requestOf(values)
    return await withPlan(invocation, request, (planning) =>
      applyPlan(planning, invocation, {
        yes: values.yes || saved !== undefined,
        question: 'Apply this plan?',
        advice: 'Look at "lares plan", then "lares apply --yes"; or "lares plan --out FILE" and "lares apply FILE".',
      }),
    )
  },
})

import { applyPlan } from './applying.ts'
import type { Invocation, Values } from './command.ts'
import type { lifecycleOptions, yesOption } from './options.ts'
import { withPlan } from './planning.ts'

type LifecycleInvocation = Invocation & { values: Values<typeof lifecycleOptions & typeof yesOption> }

/** Shows in which order what is stopped or started, asks, and does it. */
export const carryOut = (
  invocation: LifecycleInvocation,
  mode: 'stop' | 'start',
  allowDataLoss: readonly string[] | undefined = undefined,
): Promise<number> => {
  const { values, positionals } = invocation
  const request = {
    ...{ mode, targets: positionals, exclude: values.exclude },
    ...(values.force ? { force: true } : {}),
    ...(allowDataLoss ? { allowDataLoss } : {}),
  }
  return withPlan(invocation, request, (planning) =>
    applyPlan(planning, invocation, {
      yes: values.yes,
      question: mode === 'stop' ? 'Stop all this?' : 'Start all this?',
      advice: `From a script: "lares ${mode} --yes".`,
    }),
  )
}

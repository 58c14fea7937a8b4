import type { EnginePlanOptions, Planned } from '@lares/core'
import type { Invocation, Values } from './command.ts'
import { engineFor } from './engine.ts'
import { type Interrupt, onInterrupt } from './interrupt.ts'
import { type OpenLab, openLab } from './lab.ts'
import type { configOptions, lockOptions, planOptions } from './options.ts'
import { type Progress, showProgress } from './progress.ts'

export type PlanRequest = EnginePlanOptions

type PlanInvocation = Pick<Invocation, 'cwd' | 'env' | 'json' | 'terminal'> & {
  values: Values<typeof configOptions & typeof lockOptions> & { parallelism: string | undefined }
}

export interface Planning {
  opened: OpenLab
  planned: Planned
  progress: Progress
  interrupt: Interrupt
}

/** What the command line asks of a plan. */
export const requestOf = (values: Values<typeof planOptions>): PlanRequest => ({
  targets: values.target,
  exclude: values.exclude,
  replace: values.replace,
  allowDataLoss: values['allow-data-loss'],
})

/** Loads the lab, makes the plan, and hands it to `use`; the state is unlocked and connections are closed in the end. */
export async function withPlan(
  invocation: PlanInvocation,
  request: PlanRequest,
  use: (planning: Planning) => Promise<number>,
): Promise<number> {
  const { terminal, json, env, values } = invocation
  const opened = await openLab(invocation)
  // Relative paths in a config are meant from where it stands.
  process.chdir(opened.directory)
  const progress = showProgress(terminal, json)
  const interrupt = onInterrupt((message) => progress.note(message))
  try {
    const engine = await engineFor(opened, {
      env,
      parallelism: values.parallelism,
      onEvent: progress.listen,
      signal: interrupt.stop,
      abort: interrupt.abort,
    })
    const planned = await engine.plan(opened.lab, request)
    progress.stop()
    try {
      return await use({ opened, planned, progress, interrupt })
    } finally {
      progress.stop()
      await planned.close()
    }
  } finally {
    progress.stop()
    interrupt.close()
  }
}

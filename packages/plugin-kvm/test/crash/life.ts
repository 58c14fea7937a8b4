import {
  createEngine,
  defineLab,
  isChange,
  labKey,
  type Plan,
  type Provider,
  planText,
  type StateStore,
} from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import { libvirtProvider } from '../../src/index.ts'
import { beginLife, mortalHost, mortalStore } from './mortal.ts'
import { declare, type Passage, type Stage } from './wanted.ts'

/** How one run of the engine went. */
export interface Run {
  boundaries: readonly string[]
  /** True when it ended at the boundary that it was to end at. */
  died: boolean
  /** What was not done, or not without an error; empty when that is nothing. */
  trouble: string
  /** What its plan had to change. */
  changes: string
}

type Goal = Pick<Passage, 'destroy' | 'allowDataLoss'> & { to: Stage }

/** Applies a stage, or destroys it, in one life that may end at a boundary. */
export async function live(store: StateStore, goal: Goal, strike?: string): Promise<Run> {
  const life = beginLife(strike)
  const abort = new AbortController()
  const host: Provider<'host', Host> = {
    ...hostProvider,
    connect: async (context) => mortalHost(await hostProvider.connect(context), life),
  }
  const resources = declare(goal.to, { ...libvirtProvider, over: host })
  const engine = createEngine({
    store: mortalStore(store, life),
    key: labKey('crash'),
    readSecret: async () => '',
    abort: abort.signal,
  })
  const options = {
    ...(goal.destroy ? { mode: 'destroy' as const } : {}),
    ...(goal.allowDataLoss ? { allowDataLoss: [...goal.allowDataLoss] } : {}),
  }
  const carriedOut = async () => {
    const planned = await engine.plan(defineLab({ name: 'crash', resources }), options)
    try {
      const { failed, skipped, unreachable, diagnostics } = await planned.apply()
      const told = [...planned.plan.diagnostics, ...diagnostics].map(({ address, code, summary, detail = '' }) =>
        `${address ?? ''} ${code}: ${summary} ${detail}`.trim(),
      )
      const trouble = failed + skipped + unreachable > 0 ? told.join('\n') || 'something was not done' : ''
      return { trouble, changes: changesOf(planned.plan) }
    } finally {
      await planned.close()
    }
  }
  const running = carriedOut().catch((error: Error) => ({ trouble: error.stack ?? error.message, changes: '' }))
  const outcome = await Promise.race([running, life.end])
  // What the dead one waits for would go off later.
  if (!outcome) abort.abort()
  return {
    boundaries: life.boundaries,
    died: life.ended,
    ...(outcome ?? { trouble: '', changes: '' }),
  }
}

function changesOf(plan: Plan): string {
  const nodes = plan.nodes.filter((node) => isChange(node) || node.blocked)
  return nodes.length > 0 ? planText({ ...plan, nodes }) : ''
}

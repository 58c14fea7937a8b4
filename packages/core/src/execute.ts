import { type Actor, createActor } from './act.ts'
import { type Connections, Unavailable } from './connections.ts'
import type { Decision, Facts } from './decide.ts'
import { type Diagnostic, reworded, toDiagnostics, warning } from './diagnostics.ts'
import type { ApplyResult, LaresEvent } from './events.ts'
import { walk } from './graph.ts'
import { Cancelled, limiter } from './limits.ts'
import type { Model } from './model.ts'
import type { Observation } from './observe.ts'
import { resolveOutputs } from './outputs.ts'
import { isChange, type Plan } from './plan.ts'
import type { Work } from './reconcile.ts'
import type { SecretSource } from './ref.ts'
import type { LabKey, Redactor } from './secret.ts'
import type { StateSession } from './state.ts'
import type { Subject } from './subject.ts'
import { equal } from './value.ts'

export interface ExecuteInput {
  plan: Plan
  work: ReadonlyMap<string, Work>
  subjects: ReadonlyMap<string, Subject>
  observations: ReadonlyMap<string, Observation>
  model: Model
  session: StateSession
  connections: Connections
  /** The pure decision function: asked again when what was unknown is known. */
  decide(facts: Facts): Decision
  secretOf(source: SecretSource): string | undefined
  unsealed(address: string): Record<string, unknown> | undefined
  key: LabKey
  redactor: Redactor
  parallelism: number
  /** Goes on although something before it could not be done. */
  force?: boolean
  /** Aborted: nothing new is started. */
  signal: AbortSignal
  /** Aborted: what is under way is aborted too. */
  abort: AbortSignal
  emit(event: LaresEvent): void
  now(): number
}

/** Walks the plan. Decides nothing: a node whose facts turn out otherwise than its plan permits is stopped. */
export async function execute(input: ExecuteInput): Promise<ApplyResult> {
  const { plan, work, emit, now } = input
  const actor: Actor = createActor(input)
  const isLifecycle = plan.mode === 'stop' || plan.mode === 'start'
  // Actions are journalled somewhat ahead of the few that are carried out at once, so that many share one flush.
  const lookahead = limiter(Math.max(LOOKAHEAD, input.parallelism))
  const stopped = new Map<string, 'failed' | 'skipped' | 'unreachable'>()
  const result: ApplyResult = {
    done: 0,
    failed: 0,
    skipped: 0,
    unreachable: 0,
    cancelled: false,
    outputs: {},
    diagnostics: [],
  }
  // Nobody waits for the readiness of what only unchanged things depend on.
  const awaited = new Set(plan.nodes.filter(isChange).flatMap(({ after }) => after))

  const skip = (item: Work, kind: 'skipped' | 'unreachable', reason: string): void => {
    const { id, address, action } = item.node
    stopped.set(id, kind)
    if (!isChange(item.node) && !item.node.blocked) return
    result[kind]++
    emit({ type: 'action.skipped', at: now(), id, address, action, reason })
  }

  const visit = async (id: string): Promise<void> => {
    const item = work.get(id)!
    const { node } = item
    if (node.blocked === 'stopped') {
      stopped.set(id, 'skipped')
      return
    }
    if (node.blocked)
      return skip(item, node.blocked === 'unreachable' ? 'unreachable' : 'skipped', blockedReason[node.blocked])
    const because = isLifecycle && input.force ? undefined : node.after.find((other) => stopped.has(other))
    if (because !== undefined) {
      return skip(item, stopped.get(because) === 'unreachable' ? 'unreachable' : 'skipped', `"${because}" was not done`)
    }
    if (!isChange(node)) {
      if (isLifecycle) await attempt(item, () => actor.note(item), false)
      else await actor.refresh(item)
      if (!awaited.has(id) || stopped.has(id) || plan.mode === 'stop' || input.signal.aborted) return
      return await attempt(item, () => actor.ready(item), false)
    }
    if (input.signal.aborted && !actor.isBegun(item)) {
      result.cancelled = true
      return skip(item, 'skipped', 'cancelled')
    }
    const run = async () => {
      await lookahead(() => actor.act(item))
      // What was only recorded is as it was before.
      if (node.action === 'stop') return
      if ((actor.outcome(id) ?? node.action) !== 'adopt' || awaited.has(id)) await actor.ready(item)
    }
    await attempt(item, run, true)
  }

  const attempt = async (item: Work, run: () => Promise<void>, counts: boolean): Promise<void> => {
    const { id, address, action } = item.node
    const began = now()
    try {
      await run()
      if (!counts) return
      result.done++
      emit({ type: 'action.finished', at: now(), id, address, action: actor.outcome(id) ?? action, ms: now() - began })
    } catch (error) {
      if (error instanceof Cancelled) {
        result.cancelled = true
        return skip(item, 'skipped', 'cancelled')
      }
      const diagnostics = failure(item, error)
      result.diagnostics.push(...diagnostics)
      if (error instanceof Unavailable && (error.reason === 'unreachable' || error.reason === 'pending'))
        return skip(item, 'unreachable', error.message)
      result.failed++
      stopped.set(id, 'failed')
      emit({ type: 'action.failed', at: now(), id, address, action, ms: now() - began, diagnostics })
    }
  }

  const failure = ({ node }: Work, error: unknown): Diagnostic[] => {
    const verbs = {
      create: 'create',
      update: 'update',
      replace: 'replace',
      delete: 'delete',
      adopt: 'adopt',
      keep: 'keep',
      forget: 'forget',
      stop: 'stop',
      start: 'start',
      none: 'use',
    }
    if (error instanceof Unavailable && error.diagnostics.length > 0) return [...error.diagnostics]
    const found = toDiagnostics(error, { address: node.address, summary: `Cannot ${verbs[node.action]} it` })
    return reworded(found, (words) => input.redactor.text(words))
  }

  const recordOutputs = async (): Promise<void> => {
    const outputs =
      plan.mode === 'destroy'
        ? {}
        : resolveOutputs(input.model.outputs, actor.lookup, input.key, input.session.state.outputs)
    result.outputs = input.redactor.tree(outputs)
    if (result.failed > 0 || result.cancelled || equal(input.session.state.outputs, result.outputs)) return
    await input.session.append({ op: 'outputs', outputs: result.outputs as never })
  }

  await walk(work.keys(), (id) => work.get(id)!.node.after, visit)

  if (!isLifecycle) await recordOutputs()
  if (result.cancelled)
    result.diagnostics.push(
      warning({ code: 'cancelled', summary: 'The run was cancelled; what was under way has been finished' }),
    )
  return result
}

const LOOKAHEAD = 256

const blockedReason = {
  unreachable: 'its host does not answer',
  failed: 'it could not be read',
  dependency: 'what it depends on could not be done',
  refused: 'it was refused',
}

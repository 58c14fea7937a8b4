import type { Call } from './call.ts'
import type { Connection } from './connections.ts'
import type { ExecuteInput } from './execute.ts'
import { batcher, deadline, isRetryable, limiter, pause } from './limits.ts'
import { invalidAttributes } from './reading.ts'
import type { Work } from './reconcile.ts'
import { checkValue } from './schema.ts'

type Attributes = Record<string, unknown>
type VerbName = 'create' | 'update' | 'replace' | 'delete' | 'stop' | 'start'

/** Runs the verbs of resource types: each within its time, in its connection's turn, and validated. */
export interface Performer {
  /** Repeats what failed and may be repeated. */
  perform(call: Call, verb: VerbName, context: object): Promise<Attributes>
  performOnce(call: Call, verb: VerbName, context: object): Promise<Attributes>
  /** Says that a call is repeated, and waits a while. */
  retry(call: Call, attempt: number, error: unknown): Promise<void>
}

export const TIMEOUTS = {
  create: 600_000,
  update: 600_000,
  delete: 300_000,
  ready: 300_000,
  stop: 300_000,
  start: 300_000,
}
const RETRIES = 2
const RETRY_PAUSE = 500

/** One of the changes that are made in one transaction. */
interface BatchedChange {
  verb: 'create' | 'update' | 'delete'
  context: object
  ms: number
  item: Work
}

/** How often a call is repeated at most. */
export const retriesOf = ({ resource }: Call): number => resource?.retries ?? RETRIES

/** `start` is told of each node right before its first call. */
export function createPerformer(env: ExecuteInput, start: (item: Work) => void): Performer {
  const { emit, now } = env
  const slots = limiter(env.parallelism)
  const batches = new Map<string, (change: BatchedChange) => Promise<unknown>>()
  return { perform, performOnce, retry }

  async function perform(call: Call, verb: VerbName, context: object): Promise<Attributes> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await performOnce(call, verb, context)
      } catch (error) {
        if (attempt > retriesOf(call) || !isRetryable(error) || env.abort.aborted) throw error
        await retry(call, attempt, error)
      }
    }
  }

  async function retry({ item: { node } }: Call, attempt: number, error: unknown): Promise<void> {
    const { id, address } = node
    emit({ type: 'action.retried', at: now(), id, address, attempt, reason: (error as Error).message })
    await pause(RETRY_PAUSE * 2 ** (attempt - 1), env.abort)
  }

  async function performOnce(call: Call, verb: VerbName, context: object): Promise<Attributes> {
    const { type, resource, connection } = call
    const limit = verb === 'replace' ? 'update' : verb
    const declared = resource ?? env.model.resources.get(call.base.address)
    const ms = declared?.timeouts[limit] ?? TIMEOUTS[limit]
    const run = async () => {
      start(call.item)
      return await deadline(ms, env.abort, async (signal) => {
        const full = { ...context, signal } as never
        if (verb === 'stop' || verb === 'start') return await type.lifecycle![verb](full)
        return await type[verb]!(full)
      })
    }
    const answer =
      type.batch && (verb === 'create' || verb === 'update' || verb === 'delete')
        ? await inBatch(call, { verb, context, ms, item: call.item })
        : await inSlot(connection, run)
    if (verb === 'delete' || verb === 'stop' || verb === 'start') return {}
    const checked = checkValue(type.attributes, answer, call.base.address, 'invalid_attributes')
    if (checked.diagnostics.length > 0) throw invalidAttributes(type, checked.diagnostics)
    return checked.value
  }

  /** A slow machine's queue must not take the places of the run, so its own limit comes first. */
  function inSlot<T>(connection: Connection | undefined, run: () => Promise<T>): Promise<T> {
    return connection ? connection.limit(() => slots(run)) : slots(run)
  }

  function inBatch({ type, connection }: Call, change: BatchedChange): Promise<unknown> {
    const name = `${type.type} ${connection?.key ?? ''}`
    let ask = batches.get(name)
    if (!ask) {
      ask = batcher((changes: readonly BatchedChange[]) =>
        inSlot(connection, async () => {
          for (const { item } of changes) start(item)
          return await deadline(Math.max(...changes.map(({ ms }) => ms)), env.abort, (signal) =>
            type.batch!(changes.map(({ verb, context }) => ({ verb, context: { ...context, signal } })) as never),
          )
        }),
      )
      batches.set(name, ask)
    }
    return ask(change)
  }
}

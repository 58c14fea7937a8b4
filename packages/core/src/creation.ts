import type { Call } from './call.ts'
import { holderOf } from './decide.ts'
import { errorCode } from './diagnostics.ts'
import type { ExecuteInput } from './execute.ts'
import { isRetryable, isSilence } from './limits.ts'
import type { Observation } from './observe.ts'
import { type Performer, retriesOf } from './perform.ts'
import type { Work } from './reconcile.ts'
import { type Lookup, type Resolved, resolveTree } from './ref.ts'
import type { ResourceRecord } from './state.ts'

type Attributes = Record<string, unknown>

/** What is to be there, and what was found in its place. */
export interface Wanted {
  observation: Observation
  identity: string
  resolved: Resolved
}

export interface CreatorParts extends Performer {
  lookup: Lookup
  readAgain(
    call: Call,
    identity: string,
    record: ResourceRecord | undefined,
    inputs?: Attributes,
  ): Promise<Attributes | null>
}

/** Creates. When the outcome is unknown the object is read again before anything is repeated. */
export type Creator = (call: Call, context: object, wanted: Wanted, item: Work) => Promise<Attributes>

export function createCreator(
  { session, abort, decide }: ExecuteInput,
  { lookup, readAgain, perform, performOnce, retry }: CreatorParts,
): Creator {
  return create

  async function create(
    call: Call,
    context: object,
    { identity, resolved, observation }: Wanted,
    item: Work,
  ): Promise<Attributes> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await performOnce(call, 'create', context)
      } catch (error) {
        const code = errorCode(error)
        if (abort.aborted || (!isSilence(code) && !isRetryable(error))) throw error
        const found = await readAgain(call, identity, session.state.resources[item.node.address], resolved.value)
        const finished = found && (await finishCreated(call, context, found, item, resolved, observation, error))
        if (finished) return finished
        if (attempt > retriesOf(call)) throw error
        await retry(call, attempt, error)
      }
    }
  }

  /** An object that a creation without an answer left behind is ours if its mark or its verified absence says so. */
  async function finishCreated(
    call: Call,
    context: object,
    found: Attributes,
    item: Work,
    resolved: Resolved,
    observation: Observation,
    error: unknown,
  ): Promise<Attributes | null> {
    const record = session.state.resources[item.node.address]
    const subject = { ...item.facts!.subject, ...(record ? { record } : {}) }
    if (holderOf(subject, found) !== 'ours') throw error
    const { former: _, ...rest } = observation
    const again = decide({
      ...item.facts!,
      subject,
      replace: false,
      resolved,
      set: resolveTree(subject.resource.set, lookup).value,
      observation: { ...rest, status: 'present', attributes: found },
    })
    if (again.action === 'none') return found
    // What was found is the one that is superseded.
    if (again.action === 'create') return null
    if (again.action !== 'update') throw error
    return await perform(call, 'update', { ...context, observed: found, changes: again.changes })
  }
}

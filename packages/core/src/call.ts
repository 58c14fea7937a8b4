import { type Connection, type Giver, type GiverOf, Unavailable } from './connections.ts'
import type { ExecuteInput } from './execute.ts'
import type { Known } from './known.ts'
import type { ModelResource } from './model.ts'
import { type Reading, recordedInputs, selfOf } from './reading.ts'
import type { Work } from './reconcile.ts'
import { type Lookup, resolveTree } from './ref.ts'
import type { ResourceType } from './resource.ts'
import { subjectFinder } from './subject.ts'

/** Everything one verb is called with. */
export interface Call {
  item: Work
  type: ResourceType
  resource: ModelResource | undefined
  connection: Connection | undefined
  base: {
    address: string
    owner: { lab: string; address: string }
    connection: unknown
    log(message: string): void
    self: Reading['self']
  }
}

/**
 * Makes calls: acquires the connection and gathers what every verb is told. `isFormer`: on the machine as it was recorded,
 * because that is where the object is.
 */
export type Caller = (item: Work, on: string | undefined, isFormer?: boolean) => Promise<Call>

export function createCaller(env: ExecuteInput, known: ReadonlyMap<string, Known>, lookup: Lookup): Caller {
  const { connections, emit, now } = env
  const subjectOf = subjectFinder(env.subjects)
  const giverOf: GiverOf = async (address) => {
    const subject = subjectOf(address)
    if (!subject?.type) throw new Unavailable('failed', address)
    const inputs = subject.resource
      ? resolveTree(subject.resource.inputs, lookup).value
      : recordedInputs(subject.record!, env.secretOf)
    const on = subject.resource ? subject.resource.on : subject.record?.on
    const attributes = known.get(subject.address)?.attributes
    if (!attributes) throw new Unavailable('absent', address)
    return { type: subject.type, inputs, attributes, ...(on === undefined ? {} : { on }) }
  }

  /** The giver where it was recorded: what is deleted is there, though its machine has moved or is about to. */
  async function formerGiverOf(address: string): Promise<Giver> {
    const subject = subjectOf(address)
    const attributes = subject && env.observations.get(subject.address)?.former?.attributes
    if (!subject?.type || !subject.record || !attributes) return await giverOf(address)
    const { record, type } = subject
    const inputs = recordedInputs(record, env.secretOf)
    return { type, inputs, attributes, ...(record.on === undefined ? {} : { on: record.on }) }
  }

  return async (item, on, isFormer = item.removed) => {
    const { node, subject } = item
    const type = item.type!
    const giver = isFormer ? formerGiverOf : giverOf
    const connection = type.provider ? await connections.acquire(type.provider, on, giver) : undefined
    const { id, address } = node
    const self: Reading['self'] = (attributes) => {
      const { resource, record } = subject
      const inputs =
        resource && !item.removed
          ? resolveTree(resource.inputs, lookup).value
          : record && recordedInputs(record, env.secretOf)
      return selfOf(connections, address, type, inputs, on, giver, attributes ?? known.get(address)?.attributes)
    }
    const log = (message: string) => emit({ type: 'action.log', at: now(), id, address, message })
    const resource = item.removed ? undefined : subject.resource
    return {
      item,
      type,
      resource,
      connection,
      base: { address, owner: subject.owner, connection: connection?.client, log, self },
    }
  }
}

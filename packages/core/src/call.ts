import { type Connection, type Giver, type GiverOf, Unavailable } from './connections.ts'
import type { ExecuteInput } from './execute.ts'
import type { Known } from './known.ts'
import { pause } from './limits.ts'
import type { ModelResource } from './model.ts'
import { TIMEOUTS } from './perform.ts'
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

const CONNECT_PAUSE = 500
const LONGEST_PAUSE = 10_000

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

  /**
   * What did not answer when the plan was made is in no call: what does not answer now has only just been made, or made
   * to run, and gets the time that its machine has to become ready.
   */
  async function patiently<T>(
    machine: string | undefined,
    log: (message: string) => void,
    connect: () => Promise<T>,
  ): Promise<T> {
    const resource = machine === undefined ? undefined : env.model.resources.get(machine)
    const until = now() + (resource?.timeouts.ready ?? TIMEOUTS.ready)
    for (let attempt = 1; ; attempt++) {
      try {
        return await connect()
      } catch (error) {
        const isSilent = error instanceof Unavailable && error.reason === 'unreachable'
        if (!isSilent || now() > until || env.signal.aborted) throw error
        if (attempt === 1) log(`waiting until ${machine ?? 'this machine'} answers`)
        await pause(Math.min(CONNECT_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE), env.abort)
        connections.forgetFailures()
      }
    }
  }

  return async (item, on, isFormer = item.removed) => {
    const { node, subject } = item
    const type = item.type!
    const giver = isFormer ? formerGiverOf : giverOf
    const { id, address } = node
    const log = (message: string) => emit({ type: 'action.log', at: now(), id, address, message })
    const { provider } = type
    const connection = provider && (await patiently(on, log, () => connections.acquire(provider, on, giver)))
    const self: Reading['self'] = (attributes) => {
      const { resource, record } = subject
      const inputs =
        resource && !item.removed
          ? resolveTree(resource.inputs, lookup).value
          : record && recordedInputs(record, env.secretOf)
      const own = attributes ?? known.get(address)?.attributes
      return patiently(address, log, () => selfOf(connections, address, type, inputs, on, giver, own))
    }
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

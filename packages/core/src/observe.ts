import { type Connections, type Giver, type GiverOf, Unavailable } from './connections.ts'
import { type Diagnostic, errorCode, problem, toDiagnostics } from './diagnostics.ts'
import { type Known, knownOf, lookupIn, withMarkedSecrets } from './known.ts'
import { isSilence } from './limits.ts'
import { identityOf, type ModelResource } from './model.ts'
import {
  type Attributes,
  createReader,
  prepareObject,
  type Reading,
  recordedInputs,
  selfOf,
  validInputs,
} from './reading.ts'
import { overlay, type Resolved, resolveTree, type SecretSource } from './ref.ts'
import type { ResourceType } from './resource.ts'
import type { ResourceRecord } from './state.ts'
import { type Subject, subjectFinder } from './subject.ts'
import type { Json } from './value.ts'

/** What a read just returned, or why there is no answer. */
export interface Observation {
  status: 'present' | 'absent' | 'unreachable' | 'failed' | 'unknown'
  identity?: string
  scope?: string
  attributes?: Attributes
  prepared?: Json
  /** For `unknown`, and for `unreachable` because of a missing address: what must be there first. */
  waitsFor: string[]
  diagnostics: readonly Diagnostic[]
  /** The recorded object, when it is found under another identity or on another machine. */
  former?: Observation
}

export interface ObserveEnv {
  subjects: ReadonlyMap<string, Subject>
  connections: Connections
  secretOf(source: SecretSource): string | undefined
  /** Secret attributes that state keeps sealed, opened. */
  unsealed(address: string): Attributes | undefined
  /** Nothing will be compared, so nothing is prepared for it. */
  onlyReads?: boolean
  /** Told why a read takes long. */
  log(address: string, message: string): void
  signal: AbortSignal
}

const unknown = (...waitsFor: string[]): Observation => ({ status: 'unknown', waitsFor, diagnostics: [] })

/** Reads objects: each subject once, as soon as its connection and identity are known, many in one call where the type can. */
export interface Observer {
  observe(address: string): Promise<Observation>
  /** The giver of a connection as it was observed. */
  giverOf(address: string): Promise<Giver>
  /** What a resource asks for, as far as it is known. */
  resolve(resource: ModelResource): Promise<Resolved>
}

export function createObserver(env: ObserveEnv): Observer {
  const observations = new Map<string, Promise<Observation>>()
  const reader = createReader(env.signal)
  const subjectOf = subjectFinder(env.subjects)

  const logOf =
    ({ address }: Subject) =>
    (message: string): void =>
      env.log(address, message)

  const known = new Map<string, Known>()
  const lookup = lookupIn((address) => known.get(address), env.secretOf)

  const observe = (address: string): Promise<Observation> => {
    let observation = observations.get(address)
    if (!observation) {
      const subject = subjectOf(address)
      observation = subject
        ? observeSubject(subject).then((seen) => remember(subject, seen))
        : Promise.resolve(unknown(address))
      observations.set(address, observation)
    }
    return observation
  }

  const remember = (subject: Subject, seen: Observation): Observation => {
    if (seen.attributes && subject.type) {
      const attributes = overlay(env.unsealed(subject.address), seen.attributes) as Attributes
      const secrets = subject.resource
        ? withMarkedSecrets(subject.type, resolveTree(subject.resource.inputs, lookup)).secrets
        : []
      known.set(subject.address, knownOf(subject.type, attributes, secrets))
    }
    return seen
  }

  const resolve = async (resource: ModelResource): Promise<Resolved> => {
    if (resource.refs.length > 0) await Promise.all(resource.refs.map(observe))
    return resolveTree(resource.inputs, lookup)
  }

  const giverOf = async (address: string): Promise<Giver> => {
    const subject = subjectOf(address)
    if (!subject) throw new Unavailable('failed', address, [connectionUnknown(address)])
    const seen = await observe(address)
    if (!subject.type) throw new Unavailable('failed', address, seen.diagnostics)
    const inputs = subject.resource
      ? (await resolve(subject.resource)).value
      : recordedInputs(subject.record!, env.secretOf)
    const on = subject.resource ? subject.resource.on : subject.record?.on
    return giverFrom(address, subject.type, inputs, seen, on)
  }

  /** True when it, and all that it is on, is wanted where it was recorded. A machine of its own may have another endpoint. */
  function isInPlace(address: string): boolean {
    const subject = subjectOf(address)
    if (subject?.displaced) return false
    if (!subject?.record) return true
    const { record, resource } = subject
    const on = record.on === undefined ? undefined : (subjectOf(record.on)?.address ?? record.on)
    if (on === undefined) return resource?.on === undefined
    const stays = !resource || (resource.on === on && resource.identity === record.identity)
    return stays && isInPlace(on)
  }

  const recorded = new Map<string, Promise<Observation>>()

  /**
   * The giver where it was recorded, for what was recorded on it. Read apart from what is wanted now, because machines that
   * change places would wait for each other.
   */
  async function formerGiverOf(address: string): Promise<Giver> {
    const subject = subjectOf(address)
    // What gave the connection has had its name taken: its contents go with it, or cannot be reached.
    if (subject?.displaced) {
      const goesWithIt = subject.displacedType?.provides?.destroysContents === true
      throw new Unavailable(goesWithIt ? 'absent' : 'failed', address, goesWithIt ? [] : [connectionUnknown(address)])
    }
    if (!subject?.type || !subject.record || isInPlace(address)) return await giverOf(address)
    const { type, record } = subject
    const inputs = recordedInputs(record, env.secretOf)
    let reading = recorded.get(subject.address)
    if (!reading) {
      const valid = validInputs(type, record, env.secretOf)
      reading = observeAt(subject, type, record.on, record.identity, valid, formerGiverOf)
      recorded.set(subject.address, reading)
    }
    return giverFrom(address, type, inputs, await reading, record.on)
  }

  async function observeSubject(subject: Subject): Promise<Observation> {
    const { type, resource, record, address } = subject
    if (!type) {
      return { status: 'failed', waitsFor: [], diagnostics: [pluginMissing(address, record!)] }
    }
    if (!resource) {
      const inputs = validInputs(type, record!, env.secretOf)
      return await observeAt(subject, type, record!.on, record!.identity, inputs, formerGiverOf)
    }
    let { identity } = resource
    let resolved: Resolved | undefined
    if (identity === undefined || type.readsInputs) {
      resolved = await resolve(resource)
      identity = identityOf(type, resolved.value, resource.owner)
    }
    if (identity === undefined) {
      const blank = unknown(...resource.refs.filter((ref) => !known.has(ref)))
      if (!record) return blank
      const former = await observeAt(subject, type, record.on, record.identity, undefined, formerGiverOf)
      if (former.status === 'unreachable' || former.status === 'failed') return former
      return former.status === 'present' ? { ...blank, former } : blank
    }
    const inputs = resolved && !resolved.unknown ? resolved.value : resource.open ? undefined : resource.inputs
    const seen = await observeAt(subject, type, resource.on, identity, inputs)
    if (record) {
      const on = record.on === undefined ? undefined : (subjectOf(record.on)?.address ?? record.on)
      if (on !== resource.on || record.identity !== identity) {
        const former = await observeAt(subject, type, on, record.identity, undefined, formerGiverOf)
        const same = former.scope !== undefined && former.scope === seen.scope && record.identity === identity
        if (!same && former.status === 'present' && !isOne(type, seen, former)) return { ...seen, former }
        if (!same && (former.status === 'unreachable' || former.status === 'failed')) return former
      }
    }
    return await withPrepared(subject, resource, seen)
  }

  /** Reads what a diff needs, unless an input is unknown still. */
  async function withPrepared(subject: Subject, resource: ModelResource, seen: Observation): Promise<Observation> {
    const { type } = resource
    if (env.onlyReads || !type.prepare || (seen.status !== 'present' && seen.status !== 'absent')) return seen
    const resolved = await resolve(resource)
    if (resolved.unknown) return seen
    try {
      const connection = type.provider ? await env.connections.acquire(type.provider, resource.on, giverOf) : undefined
      const self: Reading['self'] = (attributes) =>
        selfOf(
          env.connections,
          subject.address,
          type,
          resolved.value,
          resource.on,
          giverOf,
          attributes ?? seen.attributes,
        )
      return {
        ...seen,
        ...(await prepareObject(resource, resolved.value, connection, { self, log: logOf(subject) }, env.signal)),
      }
    } catch (error) {
      return refusal(error, subject.address)
    }
  }

  async function observeAt(
    subject: Subject,
    type: ResourceType,
    on: string | undefined,
    identity: string,
    inputs: Attributes | undefined,
    giver: GiverOf = giverOf,
  ): Promise<Observation> {
    try {
      const connection = type.provider ? await env.connections.acquire(type.provider, on, giver) : undefined
      const attributes = await reader({
        type,
        address: subject.address,
        owner: subject.owner,
        connection,
        identity,
        record: subject.record,
        inputs,
        timeout: subject.resource?.timeouts.read,
        log: logOf(subject),
        self: (attributes) => selfOf(env.connections, subject.address, type, inputs, on, giver, attributes),
      })
      const scope = connection?.scope === undefined ? {} : { scope: connection.scope }
      const found = attributes ? { status: 'present' as const, attributes } : { status: 'absent' as const }
      return { ...found, identity, ...scope, waitsFor: [], diagnostics: [] }
    } catch (error) {
      return refusal(error, subject.address)
    }
  }

  return { observe, giverOf, resolve }
}

/** One object, found by its old and by its new natural key: it is to be renamed, or a run ended before it was recorded. */
const isOne = ({ id }: ResourceType, one: Observation, other: Observation): boolean =>
  id !== undefined &&
  one.attributes !== undefined &&
  other.attributes !== undefined &&
  id(one.attributes as never) === id(other.attributes as never)

export const pluginMissing = (address: string, { type, plugin }: ResourceRecord): Diagnostic =>
  problem({
    code: 'plugin_missing',
    address,
    summary: `${type} needs the plugin ${plugin}, which is not installed`,
    advice: `npm install ${plugin}, or drop the record with: lares state forget ${address}`,
  })

const connectionUnknown = (address: string): Diagnostic =>
  problem({
    code: 'connection_unknown',
    address,
    summary: `"${address}" is neither in the config nor in the state, so what is on it cannot be reached`,
    advice: 'Put it back into the config, or drop the records of what is on it: lares state forget …',
  })

function giverFrom(
  address: string,
  type: ResourceType,
  inputs: Attributes,
  { status, attributes, waitsFor, diagnostics }: Observation,
  on: string | undefined,
): Giver {
  if (status === 'unreachable' && waitsFor.length > 0) throw new Unavailable('pending', address, diagnostics)
  if (status === 'failed' || status === 'unreachable') throw new Unavailable(status, address, diagnostics)
  if (!attributes) throw new Unavailable('absent', address)
  return { type, inputs, attributes, ...(on === undefined ? {} : { on }) }
}

function refusal(error: unknown, address: string): Observation {
  if (error instanceof Unavailable) {
    const waitsFor = error.on === undefined ? [] : [error.on]
    if (error.reason === 'absent') return unknown(...waitsFor)
    if (error.reason === 'pending') return { status: 'unreachable', waitsFor, diagnostics: error.diagnostics }
    return { status: error.reason, waitsFor: [], diagnostics: error.diagnostics }
  }
  const silent = isSilence(errorCode(error))
  const diagnostics = toDiagnostics(error, { address, summary: 'Cannot be read' })
  if (!silent) return { status: 'failed', waitsFor: [], diagnostics }
  return {
    status: 'unreachable',
    waitsFor: [],
    diagnostics: diagnostics.map((d): Diagnostic => ({ ...d, severity: 'warning', code: 'unreachable' })),
  }
}

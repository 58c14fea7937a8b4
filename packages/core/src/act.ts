import { type Connection, type Giver, type GiverOf, Unavailable } from './connections.ts'
import { type Decision, holderOf } from './decide.ts'
import { errorCode, fail, LaresError } from './diagnostics.ts'
import type { ExecuteInput } from './execute.ts'
import { batcher, Cancelled, deadline, isRetryable, isSilence, limiter, pause } from './limits.ts'
import { type Known, knownOf, lookupIn, type ModelResource, withMarkedSecrets } from './model.ts'
import {
  createReader,
  invalidAttributes,
  type Observation,
  prepareObject,
  type Reading,
  recordedInputs,
  selfOf,
} from './observe.ts'
import { type Action, isSuperseded } from './plan.ts'
import type { Work } from './reconcile.ts'
import { defined, makeRecord, sameRecord, sealAttributes } from './record.ts'
import { containsExpression, type Lookup, type Resolved, resolveTree } from './ref.ts'
import type { ResourceType } from './resource.ts'
import { checkValue } from './schema.ts'
import type { JournalEntry, ResourceRecord } from './state.ts'
import { type Subject, subjectFinder } from './subject.ts'
import { equal, type Json, overlay } from './value.ts'

type Attributes = Record<string, unknown>

/** Carries out single nodes: begin in the journal, the type's verb, validated attributes, end in the journal. */
export interface Actor {
  act(item: Work): Promise<void>
  /** Waits until dependents may use the object. */
  ready(item: Work): Promise<void>
  /** Records what the plan found to be so already. */
  refresh(item: Work): Promise<void>
  /** Half of it is done, so that it is carried through even when the run is cancelled. */
  isBegun(item: Work): boolean
  /** What an undecided node turned out to be. */
  outcome(id: string): Action | undefined
  /** Refs by what is known now. */
  lookup: Lookup
}

const TIMEOUTS = { create: 600_000, update: 600_000, delete: 300_000, ready: 300_000 }
const RETRIES = 2
const RETRY_PAUSE = 500

/** One of the changes that are made in one transaction. */
interface BatchedChange {
  verb: 'create' | 'update' | 'delete'
  context: object
  ms: number
  item: Work
}

/** Everything one verb is called with. */
interface Call {
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
  signal: AbortSignal
}

export function createActor(env: ExecuteInput): Actor {
  const { session, connections, key, redactor, emit, now } = env
  const known = new Map<string, Known>()
  const outcomes = new Map<string, Action>()
  /** What replacements have recorded of the objects they supersede, by the node that deletes them. */
  const deposed = new Map<string, ResourceRecord>()
  const started = new Set<string>()
  const companions = Map.groupBy(env.work.values(), ({ node }) => node.goneWith)
  const slots = limiter(env.parallelism)
  const batches = new Map<string, (change: BatchedChange) => Promise<unknown>>()
  const reader = createReader(env.abort)
  const lookup = lookupIn((address) => known.get(address), env.secretOf)
  const subjectOf = subjectFinder(env.subjects)
  for (const [address, { attributes }] of env.observations) {
    const subject = env.subjects.get(address)
    const secrets = env.work.get(address)?.facts?.resolved
    if (attributes && subject) learn(subject, overlay(env.unsealed(address), attributes) as Attributes, secrets)
  }

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

  return { act, ready, refresh, lookup, isBegun, outcome: (id) => outcomes.get(id) }

  function learn({ type, address }: Subject, attributes: Attributes, resolved: Resolved | undefined): void {
    if (type) known.set(address, knownOf(type, attributes, resolved?.secrets ?? []))
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

  async function callOf(item: Work, on: string | undefined, isFormer = item.removed): Promise<Call> {
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
      signal: env.abort,
      base: { address, owner: subject.owner, connection: connection?.client, log, self },
    }
  }

  async function act(item: Work): Promise<void> {
    const { address } = item.node
    const before = session.state.resources[address]
    try {
      checkCancelled(item)
      await carryOutNode(item)
    } catch (error) {
      // Begun in the journal but never started: as if it had not begun.
      const begun = error instanceof Cancelled && session.state.resources[address] !== before
      if (begun && item.node.from === undefined) await session.append({ op: 'end', address, record: before ?? null })
      throw error
    }
  }

  /** The object that it replaces has gone: without its end there would be neither. */
  function isBegun({ node: { address, order } }: Work): boolean {
    return order === 'delete-first' && started.has(`${address}#old`)
  }

  function checkCancelled(item: Work): void {
    if (env.signal.aborted && !isBegun(item)) throw new Cancelled()
  }

  function start(item: Work): void {
    const { id, address, action } = item.node
    if (started.has(id)) return
    checkCancelled(item)
    started.add(id)
    emit({ type: 'action.started', at: now(), id, address, action })
  }

  async function carryOutNode(item: Work): Promise<void> {
    const { node, subject, record } = item
    const { address } = node
    switch (node.action) {
      case 'keep':
        start(item)
        return await session.append({ op: 'keep', address, record: settled(currentOf(address) ?? record!) })
      case 'forget':
        start(item)
        return await session.append({ op: subject.kept ? 'keep' : 'end', address, record: null })
      case 'delete':
        return await remove(item)
      default:
        return await bringAbout(item)
    }
  }

  /** A record may have changed since the plan was made: what it is on was renamed. */
  function currentOf(address: string): ResourceRecord | undefined {
    return session.state.resources[address] ?? session.state.kept[address]
  }

  async function remove(item: Work): Promise<void> {
    const { node, record } = item
    // Its record goes together with its host's, or a failure in between would leave it unknown.
    if (node.goneWith !== undefined) return start(item)
    const call = await callOf(item, node.on)
    if (isSuperseded(node)) {
      const gone = goneOf(node.id, record!)
      await deleteObject(call, gone, item.observation.attributes)
      return await session.append(...afterSuperseded(node.id, node.address, gone, call.type))
    }
    const { address, keepParts } = node
    const parts = keepParts ? { parts: keepParts } : {}
    const begun: ResourceRecord = { ...(currentOf(address) ?? record!), ...parts, pending: 'delete' }
    await session.append({ op: 'begin', address, record: begun })
    await deleteObject(call, record!, item.observation.attributes, keepParts)
    const end: JournalEntry = keepParts
      ? { op: 'keep', address, record: settled({ ...(currentOf(address) ?? record!), ...parts }) }
      : { op: 'end', address, record: null }
    await session.append(end, ...contentsGone(node.address, call.type))
  }

  async function deleteObject(
    call: Call,
    record: ResourceRecord,
    observed: Attributes | undefined,
    keep: readonly string[] = [],
  ): Promise<void> {
    // It was there before us.
    if (call.type.ownership === 'asserted' && record.found) return
    const found = observed ?? (await readAgain(call, record.identity, record))
    const attributes = found ?? (record.parts ? record.attributes : undefined)
    if (!attributes || holderOf({ ...call.item.subject, record, type: call.type }, attributes) !== 'ours') return
    const inputs = recordedInputs(record, env.secretOf)
    const valid =
      !containsExpression(inputs) && checkValue(call.type.inputs, inputs, call.base.address, 'invalid_input')
    const context = {
      ...call.base,
      identity: record.identity,
      observed: attributes,
      keep,
      inputs: valid && valid.diagnostics.length === 0 ? valid.value : undefined,
    }
    await perform(call, 'delete', context)
  }

  /** The records after an object that was superseded is gone, and with it all that was inside. */
  function afterSuperseded(id: string, address: string, gone: ResourceRecord, type: ResourceType): JournalEntry[] {
    const contents = session.state.resources[address]?.deposed ? [] : contentsGone(address, type)
    const taken = takenWith(id)
      .filter(({ node }) => session.state.resources[node.address]?.deposed)
      .map(({ node, record }) => ({ address: node.address, gone: goneOf(node.id, record!) }))
    const byAddress = Map.groupBy([{ address, gone }, ...taken], (one) => one.address)
    return [
      ...[...byAddress].map(([other, all]) =>
        withoutDeposed(
          other,
          all.map((one) => one.gone),
        ),
      ),
      ...contents,
    ]
  }

  /** A record without some of its deposed objects, or none at all. */
  function withoutDeposed(address: string, gone: readonly ResourceRecord[]): JournalEntry {
    const current = session.state.resources[address]
    if (!current?.deposed) return { op: 'end', address, record: null }
    const left = current.deposed.filter((old) => !gone.some((one) => equal(old, one)))
    const { deposed: _, ...rest } = current
    return { op: 'end', address, record: left.length > 0 ? { ...rest, deposed: left } : rest }
  }

  /** What needs no deletion of its own, because the node's object takes it along. */
  function takenWith(id: string): Work[] {
    return (companions.get(id) ?? []).flatMap((item) => [item, ...takenWith(item.node.id)])
  }

  function goneOf(id: string, record: ResourceRecord): ResourceRecord {
    return deposed.get(id) ?? record
  }

  /** What was on a machine that no longer exists is no longer recorded. */
  function contentsGone(address: string, type: ResourceType): JournalEntry[] {
    return type.provides?.destroysContents ? contentsWith(address, () => null) : []
  }

  /** What is on a machine that is made anew was seen on its former one, which proves nothing about the new one. */
  function contentsUnseen(address: string, type: ResourceType): JournalEntry[] {
    return type.provides ? contentsWith(address, ({ scope: _, ...record }) => record) : []
  }

  function contentsWith(address: string, change: (record: ResourceRecord) => ResourceRecord | null): JournalEntry[] {
    const { resources, kept } = session.state
    return [
      ...Object.keys(resources).map((other) => ({ op: 'end', address: other }) as const),
      ...Object.keys(kept).map((other) => ({ op: 'keep', address: other }) as const),
    ]
      .filter((entry) => isInside(entry.address, address))
      .map((entry) => ({ ...entry, record: change(currentOf(entry.address)!) }))
  }

  function isInside(address: string, host: string): boolean {
    for (let on = currentOf(address)?.on; on !== undefined; on = currentOf(on)?.on) if (on === host) return true
    return false
  }

  async function bringAbout(item: Work): Promise<void> {
    const { node, subject } = item
    const resource = subject.resource!
    const resolved = withMarkedSecrets(resource.type, resolveTree(resource.inputs, lookup))
    if (resolved.unknown) stale(node.address, 'an input is still unknown')
    const checked = checkValue(resource.type.inputs, resolved.value, node.address, 'invalid_input')
    if (checked.diagnostics.length > 0) throw new LaresError(checked.diagnostics)
    const call = await callOf(item, resource.on)
    const identity = resource.type.identity(checked.value as never, subject.owner)
    const undecided =
      node.permitted.length > 1 ||
      node.waitsFor.length > 0 ||
      item.observation.status === 'unknown' ||
      item.facts?.resolved.unknown
    let { observation }: { observation: Observation } = item
    let decision: Pick<Decision, 'action' | 'changes'> = { action: node.action, changes: [...item.changes] }
    if (undecided) {
      observation = await observeAgain(call, resource, identity, checked.value, item)
      const again = decideAgain(item, resolved, observation)
      // A node of its own has deleted the object that this one replaces.
      if (again.action === 'create' && node.action === 'replace' && isOldDeleted(item)) again.action = 'replace'
      if (again.refused) throw new LaresError([again.refused])
      if (!node.permitted.includes(again.action)) stale(node.address, `it would now be: ${again.action}`)
      outcomes.set(node.id, again.action)
      decision = again
    }
    const attributes = await carryOut(call, item, decision, {
      observation,
      identity,
      resolved: { ...resolved, value: checked.value },
    })
    if (!attributes) return
    // What was shown only once is still known, unless it is another object now.
    const renewed = decision.action === 'create' || decision.action === 'replace'
    const shown = renewed ? undefined : env.unsealed(node.address)
    learn(item.subject, overlay(shown, attributes) as Attributes, resolved)
    const record = recordOf(item, identity, call.connection?.scope, attributes, observation.prepared)
    const sealed = await sealAttributes(resource.type, attributes, key)
    await session.append(...recorded(item, { ...record, ...(sealed === undefined ? {} : { sealed }) }))
  }

  function isOldDeleted({ node, record }: Work): boolean {
    return node.order === 'delete-first' && env.work.get(`${node.address}#old`)?.record === record
  }

  function decideAgain(item: Work, resolved: Resolved, observation: Observation): Decision {
    const set = resolveTree(item.subject.resource!.set, lookup).value
    const { dependency: _, ...facts } = item.facts!
    return env.decide({ ...facts, observation, resolved, set })
  }

  async function observeAgain(
    call: Call,
    resource: ModelResource,
    identity: string,
    inputs: Attributes,
    item: Work,
  ): Promise<Observation> {
    const { record } = item
    const { former } = item.observation
    // What could have become another object is still the former one.
    const same = record?.identity === identity && record.on === resource.on
    const attributes = await readAgain(call, identity, item.facts?.subject.record, inputs)
    const prepared = resource.type.prepare
      ? await prepareObject(resource, inputs, call.connection, call.base.self, env.abort)
      : undefined
    return {
      status: attributes ? 'present' : 'absent',
      identity,
      waitsFor: [],
      diagnostics: [],
      ...(call.connection?.scope === undefined ? {} : { scope: call.connection.scope }),
      ...(attributes ? { attributes } : {}),
      ...(prepared === undefined ? {} : { prepared }),
      ...(former && !same ? { former } : {}),
    }
  }

  function readAgain(
    call: Call,
    identity: string,
    record: ResourceRecord | undefined,
    inputs?: Attributes,
  ): Promise<Attributes | null> {
    const { type, connection, base, resource } = call
    return reader({ ...base, type, connection, identity, record, inputs, timeout: resource?.timeouts.read })
  }

  interface Wanted {
    observation: Observation
    identity: string
    resolved: Resolved
  }

  /** Does what was decided. Null when the record is all there is to write and has been written. */
  async function carryOut(
    call: Call,
    item: Work,
    { action, changes }: Pick<Decision, 'action' | 'changes'>,
    wanted: Wanted,
  ): Promise<Attributes | null> {
    const { node } = item
    const { observation, identity, resolved } = wanted
    const context = { ...call.base, inputs: resolved.value, prepared: observation.prepared }
    const observed = observation.attributes ?? observation.former?.attributes
    const begin = (pending: ResourceRecord['pending'], extra: Partial<ResourceRecord> = {}) => {
      const base = recordOf(item, identity, call.connection?.scope, observed ?? {}, undefined)
      const unseen = pending !== 'update' && item.record ? contentsUnseen(node.address, call.type) : []
      return session.append(
        ...recorded(item, { ...base, ...extra, ...(pending ? { pending } : {}) }, 'begin'),
        ...unseen,
      )
    }
    switch (action) {
      case 'none':
      case 'adopt':
        start(item)
        return observed ?? null
      case 'update':
        // The inputs that were applied last stay recorded until the new ones are.
        await begin(
          'update',
          item.record
            ? {
                inputs: item.record.inputs,
                ...(item.record.prepared === undefined ? {} : { prepared: item.record.prepared }),
              }
            : {},
        )
        return await perform(call, 'update', { ...context, observed, changes })
      case 'replace':
        if (node.order === 'swap') {
          await begin('replace', {
            ...(item.record ? { inputs: item.record.inputs, identity: item.record.identity } : {}),
          })
          return await perform(call, 'replace', { ...context, observed, changes })
        }
        await begin('create', { absent: true, attributes: {}, ...(await supersede(item, observation)) })
        return await create(call, context, wanted, item)
      default:
        await begin('create', { absent: observation.status === 'absent', attributes: {} })
        return await create(call, context, wanted, item)
    }
  }

  /** Makes way for the new object: deletes the old one, unless a node of its own does; then records it as still to be deleted. */
  async function supersede(item: Work, observation: Observation): Promise<Partial<ResourceRecord>> {
    const { node } = item
    const former = item.record!
    const { attributes = {} } = observation.former ?? observation
    const id = `${node.address}#old`
    if (env.work.get(id)?.record !== former) {
      await deleteObject(await callOf(item, former.on, true), former, attributes)
      return {}
    }
    if (node.order !== 'create-first') return {}
    const { deposed: earlier = [], ...own } = settled(former)
    const old: ResourceRecord = {
      ...own,
      attributes: recordOf(item, own.identity, own.scope, attributes, undefined).attributes,
      ...(node.from === undefined ? {} : { formerly: [...(own.formerly ?? []), node.from] }),
    }
    deposed.set(id, old)
    return { deposed: [...earlier, old] }
  }

  /** Creates. When the outcome is unknown the object is read again before anything is repeated. */
  async function create(
    call: Call,
    context: object,
    { identity, resolved, observation }: Wanted,
    item: Work,
  ): Promise<Attributes> {
    const retries = call.resource?.retries ?? RETRIES
    for (let attempt = 1; ; attempt++) {
      try {
        return await performOnce(call, 'create', context)
      } catch (error) {
        const code = errorCode(error)
        if (env.abort.aborted || (!isSilence(code) && !isRetryable(error))) throw error
        const found = await readAgain(call, identity, session.state.resources[item.node.address], resolved.value)
        const finished = found && (await finishCreated(call, context, found, item, resolved, observation, error))
        if (finished) return finished
        if (attempt > retries) throw error
        emit({
          type: 'action.retried',
          at: now(),
          id: item.node.id,
          address: item.node.address,
          attempt,
          reason: (error as Error).message,
        })
        await pause(RETRY_PAUSE * 2 ** (attempt - 1), env.abort)
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
    const again = env.decide({
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

  type VerbName = 'create' | 'update' | 'replace' | 'delete'

  async function perform(call: Call, verb: VerbName, context: object): Promise<Attributes> {
    const retries = call.resource?.retries ?? RETRIES
    for (let attempt = 1; ; attempt++) {
      try {
        return await performOnce(call, verb, context)
      } catch (error) {
        if (attempt > retries || !isRetryable(error) || env.abort.aborted) throw error
        const { id, address } = call.item.node
        emit({ type: 'action.retried', at: now(), id, address, attempt, reason: (error as Error).message })
        await pause(RETRY_PAUSE * 2 ** (attempt - 1), env.abort)
      }
    }
  }

  async function performOnce(call: Call, verb: VerbName, context: object): Promise<Attributes> {
    const { type, resource, connection } = call
    const limit = verb === 'replace' ? 'update' : verb
    const ms = resource?.timeouts[limit] ?? TIMEOUTS[limit]
    const run = async () => {
      start(call.item)
      return await deadline(ms, env.abort, async (signal) => {
        const full = { ...context, signal } as never
        return verb === 'delete' ? await type.delete(full) : await type[verb]!(full)
      })
    }
    const answer =
      type.batch && verb !== 'replace'
        ? await inBatch(call, { verb, context, ms, item: call.item })
        : await inSlot(connection, run)
    if (verb === 'delete') return {}
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

  async function ready(item: Work): Promise<void> {
    const { node, subject } = item
    const { resource } = subject
    const attributes = known.get(node.address)?.attributes
    if (!resource?.type.ready || item.removed || !attributes) return
    const call = await callOf(item, resource.on)
    emit({ type: 'action.waiting', at: now(), id: node.id, address: node.address })
    const inputs = resolveTree(resource.inputs, lookup).value
    const ms = resource.timeouts.ready ?? TIMEOUTS.ready
    try {
      await deadline(ms, env.abort, (signal) =>
        resource.type.ready!({ ...call.base, signal, inputs: inputs as never, attributes: attributes as never }),
      )
    } catch (error) {
      if (errorCode(error) !== 'timeout') throw error
      fail(
        {
          code: 'not_ready',
          summary: `It did not become ready: ${(error as Error).message}`,
          address: node.address,
          advice: 'Look at its logs; give it more time with timeouts: { ready: … }.',
        },
        error,
      )
    }
  }

  async function refresh(item: Work): Promise<void> {
    const { node, subject, record, observation } = item
    const identity = observation.identity ?? record?.identity
    if (item.removed || !subject.resource || identity === undefined || !observation.attributes) return
    const current = recordOf(item, identity, observation.scope, observation.attributes, observation.prepared)
    if (record && !subject.kept && node.from === undefined && sameRecord(current, record)) return
    await session.append(...recorded(item, current))
  }

  function recordOf(
    item: Work,
    identity: string,
    scope: string | undefined,
    attributes: Attributes,
    prepared: Json | undefined,
  ): ResourceRecord {
    const { node, subject, observation } = item
    const resource = subject.resource!
    const before = session.state.resources[node.address] ?? item.facts?.subject.record
    const record = makeRecord({ resource, identity, scope, attributes, prepared, before }, lookup, key, redactor)
    const taken =
      item.facts &&
      !item.facts.subject.record &&
      observation.attributes &&
      (node.action === 'adopt' || node.action === 'update')
    const asserted = resource.type.ownership === 'asserted'
    const anew = isAnew(item, attributes)
    return {
      ...record,
      ...(anew ? { adopted: undefined, formerly: undefined } : {}),
      ...(taken ? { adopted: true, ...(asserted ? { found: true } : {}) } : {}),
      ...(node.from === undefined || anew ? {} : { formerly: [...new Set([...(record.formerly ?? []), node.from])] }),
    } as ResourceRecord
  }

  /** True when nothing of a former object is left that could need proof of being ours. A swap may keep it, with its mark. */
  function isAnew({ node, subject }: Work, attributes: Attributes): boolean {
    const action = outcomes.get(node.id) ?? node.action
    if (action !== 'replace' || node.order !== 'swap') return action === 'create' || action === 'replace'
    const mark = subject.type?.owner?.(attributes as never)
    return mark?.lab === subject.owner.lab && mark.address === node.address
  }

  function recorded({ node }: Work, record: ResourceRecord, op: 'begin' | 'end' = 'end'): JournalEntry[] {
    const clean = defined(record) as ResourceRecord
    const { from, address } = node
    if (from !== undefined && session.state.resources[from]) return [{ op: 'move', from, address, record: clean }]
    return [{ op, address, record: clean }]
  }
}

const settled = ({ pending: _, absent: __, ...record }: ResourceRecord): ResourceRecord => record

const stale = (address: string, why: string): never =>
  fail({
    code: 'plan_stale',
    address,
    summary: `What was found is not what was planned: ${why}`,
    advice: 'Plan again.',
  })

import { createLifecycle } from './act-lifecycle.ts'
import { type Call, createCaller } from './call.ts'
import { createCreator, type Wanted } from './creation.ts'
import { type Decision, holderOf, isTakenAsFound } from './decide.ts'
import { errorCode, fail, LaresError } from './diagnostics.ts'
import { createEntries, settled } from './entries.ts'
import type { ExecuteInput } from './execute.ts'
import { type Known, knownOf, lookupIn, withMarkedSecrets } from './known.ts'
import { Cancelled, deadline, isSilence } from './limits.ts'
import type { ModelResource } from './model.ts'
import type { Observation } from './observe.ts'
import { createPerformer, TIMEOUTS } from './perform.ts'
import { type Action, isSuperseded } from './plan.ts'
import { createReader, prepareObject, validInputs } from './reading.ts'
import type { Work } from './reconcile.ts'
import { sameRecord, sealAttributes } from './record.ts'
import { type Lookup, overlay, type Resolved, resolveTree } from './ref.ts'
import { checkValue } from './schema.ts'
import type { JournalEntry, ResourceRecord } from './state.ts'
import { type Subject, subjectFinder } from './subject.ts'

type Attributes = Record<string, unknown>

/** Carries out single nodes: begin in the journal, the type's verb, validated attributes, end in the journal. */
export interface Actor {
  act(item: Work): Promise<void>
  /** Waits until dependents may use the object. */
  ready(item: Work): Promise<void>
  /** Records what the plan found to be so already. */
  refresh(item: Work): Promise<void>
  /** Records what is meant of what a stop or a start leaves as it is. */
  note(item: Work): Promise<void>
  /** Half of it is done, so that it is carried through even when the run is cancelled. */
  isBegun(item: Work): boolean
  /** What an undecided node turned out to be. */
  outcome(id: string): Action | undefined
  /** Refs by what is known now. */
  lookup: Lookup
}

export function createActor(env: ExecuteInput): Actor {
  const { session, key, emit, now } = env
  const known = new Map<string, Known>()
  const outcomes = new Map<string, Action>()
  const started = new Set<string>()
  const reader = createReader(env.abort)
  const subjectOf = subjectFinder(env.subjects)
  const lookup = lookupIn((address) => known.get(address), env.secretOf)
  const callOf = createCaller(env, known, lookup)
  const performer = createPerformer(env, start)
  const { perform } = performer
  const entries = createEntries(env, lookup, (id) => outcomes.get(id))
  const { currentOf, recordOf, recorded, depose } = entries
  const lifecycle = createLifecycle(env, {
    perform,
    callOf,
    read: (call, { record }) =>
      readAgain(call, record!.identity, record, validInputs(call.type, record!, env.secretOf)),
    learn: ({ subject }, attributes) =>
      learn(subject, overlay(env.unsealed(subject.address), attributes) as Attributes, undefined),
  })
  const create = createCreator(env, { lookup, readAgain, ...performer })
  for (const [address, { attributes }] of env.observations) {
    const subject = env.subjects.get(address)
    const secrets = env.work.get(address)?.facts?.resolved
    if (attributes && subject) learn(subject, overlay(env.unsealed(address), attributes) as Attributes, secrets)
  }

  return { act, ready, refresh, note: lifecycle.note, lookup, isBegun, outcome: (id) => outcomes.get(id) }

  function learn({ type, address }: Subject, attributes: Attributes, resolved: Resolved | undefined): void {
    if (type) known.set(address, knownOf(type, attributes, resolved?.secrets ?? []))
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
      case 'stop':
      case 'start':
        start(item)
        outcomes.set(node.id, await lifecycle.carryOut(item, node.action))
        return
      default:
        return await bringAbout(item)
    }
  }

  async function remove(item: Work): Promise<void> {
    const { node, record } = item
    // Its record goes together with its host's, or a failure in between would leave it unknown.
    if (node.goneWith !== undefined) {
      start(item)
      // Its name means something else from now on, and nothing would tell any more where its contents were.
      if (item.subject.displaced && item.type) await session.append(...entries.contentsGone(node.address, item.type))
      return
    }
    if (isSuperseded(node)) {
      const gone = entries.goneOf(node.id, record!)
      if (isThere(item)) await deleteObject(await callOf(item, node.on), gone, item.observation.attributes)
      else start(item)
      return await session.append(...entries.afterSuperseded(node.id, node.address, gone, item.type!))
    }
    const call = await callOf(item, node.on)
    const { address, keepParts } = node
    const parts = keepParts ? { parts: keepParts } : {}
    const begun: ResourceRecord = { ...(currentOf(address) ?? record!), ...parts, pending: 'delete' }
    await session.append({ op: 'begin', address, record: begun })
    await deleteObject(call, record!, item.observation.attributes, keepParts)
    const end: JournalEntry = keepParts
      ? { op: 'keep', address, record: settled({ ...(currentOf(address) ?? record!), ...parts }) }
      : { op: 'end', address, record: null }
    await session.append(end, ...entries.contentsGone(node.address, call.type))
  }

  /** False when the machine that it was on was not found, and nothing on it outlives that. */
  function isThere({ node: { on } }: Work): boolean {
    const host = on === undefined ? undefined : subjectOf(on)
    const seen = host && env.observations.get(host.address)
    return seen?.status !== 'absent' || seen.former !== undefined || !host?.type?.provides?.destroysContents
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
    const context = {
      ...call.base,
      identity: record.identity,
      observed: attributes,
      keep,
      inputs: validInputs(call.type, record, env.secretOf),
    }
    await perform(call, 'delete', context)
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
      // What it depends on has brought it: a package its service. It is made what it should be, as planned.
      if (node.action === 'create' && isTakenAsFound(resource.type) && !node.permitted.includes(again.action))
        again.action = 'create'
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
      ? await prepareObject(resource, inputs, call.connection, call.base, env.abort)
      : { diagnostics: [] }
    for (const { summary } of prepared.diagnostics) call.base.log(summary)
    return {
      status: attributes ? 'present' : 'absent',
      identity,
      waitsFor: [],
      ...(call.connection?.scope === undefined ? {} : { scope: call.connection.scope }),
      ...(attributes ? { attributes } : {}),
      ...prepared,
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
      const unseen = pending !== 'update' && item.record ? entries.contentsUnseen(node.address, call.type) : []
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
      default: {
        const undo = entries.undo(item)
        await begin('create', { absent: observation.status === 'absent', attributes: {} })
        try {
          return await create(call, context, wanted, item)
        } catch (error) {
          if (await isRefused(call, wanted, error)) await session.append(...undo)
          throw error
        }
      }
    }
  }

  /**
   * True when a creation was answered with a no, and nothing is there. Were it still recorded as begun, what somebody else
   * makes under that name would be taken for ours.
   */
  async function isRefused(call: Call, { identity, resolved }: Wanted, error: unknown): Promise<boolean> {
    if (env.abort.aborted || error instanceof Cancelled || isSilence(errorCode(error))) return false
    const record = session.state.resources[call.base.address]
    return (await readAgain(call, identity, record, resolved.value).catch(() => undefined)) === null
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
    return depose(id, item, former, attributes)
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
}

const stale = (address: string, why: string): never =>
  fail({
    code: 'plan_stale',
    address,
    summary: `What was found is not what was planned: ${why}`,
    advice: 'Plan again.',
  })

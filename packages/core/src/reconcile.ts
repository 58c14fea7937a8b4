import { dataHolder } from './addresses.ts'
import { claimClashes, stillNeeded } from './claims.ts'
import { createContents } from './contents.ts'
import { type Decision, dataLoss, decide, decideRemoval, type Facts, lossesOf } from './decide.ts'
import { type Diagnostic, LaresError, reworded, toDiagnostics } from './diagnostics.ts'
import { startsWith } from './diff.ts'
import { topological } from './graph.ts'
import { expectedAttributes, type Known, knownOf, lookupIn, withMarkedSecrets } from './known.ts'
import type { Model, ModelResource } from './model.ts'
import { type Observation, pluginMissing } from './observe.ts'
import { orderPlan } from './order.ts'
import { outlookOf } from './outlook.ts'
import { outputChanges } from './outputs.ts'
import type { Plan, PlanMode, PlanNode } from './plan.ts'
import { createPresenter } from './present.ts'
import { recordOfFound } from './record.ts'
import {
  containsExpression,
  decodeTree,
  overlay,
  type Resolved,
  resolveTree,
  type SecretSource,
  visitExpressions,
} from './ref.ts'
import type { Change, ResourceType } from './resource.ts'
import { checkValue } from './schema.ts'
import type { LabKey, Redactor } from './secret.ts'
import { checkMachines, checkNames, selectSubjects } from './select.ts'
import type { ResourceRecord, State } from './state.ts'
import { createStopped } from './stopped.ts'
import { addressFinder, type Subject } from './subject.ts'
import { canonical, parsePath, valueAt } from './value.ts'

/** The name of a composite stands for the addresses of all its parts. */
export interface PlanOptions {
  mode?: PlanMode
  /** Only these addresses and what they need; of a stop, what needs them. */
  targets?: readonly string[]
  /** All but these addresses and what needs them. */
  exclude?: readonly string[]
  /** Addresses whose objects are to be replaced. */
  replace?: readonly string[]
  /** Addresses of stateful objects, and of parts such as `plex-vm/disks/data`, whose data may be lost. */
  allowDataLoss?: readonly string[]
  /** Addresses that may take over the objects that they find. */
  adopt?: readonly string[]
  /** A stop or a start goes on where something can't be done. */
  force?: boolean
}

/** The plan, and the side of it that is not written down: what the executor needs for each node. */
export interface Reconciled {
  plan: Plan
  work: Map<string, Work>
}

/** What a node of the plan is about. */
export interface Work {
  node: PlanNode
  subject: Subject
  /** Of the object that the node changes; a former or displaced one for `#old`. */
  type: ResourceType | undefined
  record: ResourceRecord | undefined
  observation: Observation
  facts: Facts | undefined
  changes: readonly Change[]
  /** The resource is to go. */
  removed: boolean
}

export interface ReconcileInput {
  model: Model
  state: State
  subjects: ReadonlyMap<string, Subject>
  observations: ReadonlyMap<string, Observation>
  secretOf(source: SecretSource): string | undefined
  unsealed(address: string): Record<string, unknown> | undefined
  key: LabKey
  redactor: Redactor
  /** Digest of the model. */
  config: string
  options: PlanOptions
}

/** Makes the plan. Pure: a function of what is wanted, what was recorded and what was observed. Throws when nothing may be done at all. */
export function reconcile(input: ReconcileInput): Reconciled {
  const { model, state, subjects, observations, key, redactor, options } = input
  const text = (words: string) => redactor.text(words)
  const diagnostics: Diagnostic[] = []
  const work = new Map<string, Work>()
  const known = new Map<string, Known>()
  const lookup = lookupIn((address) => known.get(address), input.secretOf)
  const selected = selectSubjects(model, subjects, options)
  const destroying = options.mode === 'destroy'
  const replaced = new Map<string, PlanNode>()
  const gone = new Set<string>()
  diagnostics.push(...checkNames(subjects, state, options))

  const nowOf = addressFinder(subjects)
  const contents = createContents(input, selected)
  const { onOf, mayLoseOf, kept } = contents
  const presented = createPresenter(redactor)
  const stoppedSince = createStopped(state, subjects, (address) => observations.get(address))
  const lossOf = (lost: readonly string[], doing: string, changes?: readonly Change[]) =>
    dataLoss(dataHolder(lost[0]!, subjects) ?? lost[0]!, lost, doing, changes)

  for (const resource of destroying ? [] : model.resources.values()) {
    const subject = subjects.get(resource.address)!
    const observation = observations.get(resource.address)
    if (!observation || !selected.has(resource.address)) {
      if (observation?.attributes) remember(subject, observation.attributes, [])
      continue
    }
    try {
      decideResource(subject as Subject & { resource: ModelResource; type: ResourceType }, observation)
    } catch (error) {
      failed(subject, observation, error)
    }
  }
  const removed = [...subjects.values()].filter(
    (subject) => (destroying || !subject.resource) && subject.record && selected.has(subject.address),
  )
  // What is inside is decided before what contains it, because what is kept keeps its host.
  const insideFirst = topological(
    removed.map(({ address }) => address),
    contents.recordedOn,
  )
  for (const address of insideFirst) {
    const subject = subjects.get(address)!
    const observation = observations.get(address)!
    try {
      decideRemoved(subject, observation)
    } catch (error) {
      failed(subject, observation, error)
    }
  }

  diagnostics.push(...checkMachines(subjects, observations, (address) => replaced.has(address)))
  diagnostics.push(...claimClashes(work.values()))
  const nodes = orderPlan(work, subjects)
  diagnostics.push(...stillNeeded(work, subjects))
  const fatal = diagnostics.filter(({ severity, code }) => severity === 'error' && FATAL.has(code))
  if (fatal.length > 0) throw new LaresError(reworded(fatal, text))
  const plan: Plan = {
    version: 1,
    lab: model.lab,
    lineage: state.lineage,
    serial: state.serial,
    config: input.config,
    mode: options.mode ?? 'apply',
    nodes,
    outputs: outputChanges(destroying ? {} : model.outputs, state.outputs, { lookup, key, redactor, isOutOfSight }),
    diagnostics: reworded(unique(diagnostics), text),
  }
  return { plan, work }

  /** It cannot be reached in this run, or only what it was before can be told of it. */
  function isOutOfSight(address: string): boolean {
    return work.get(address)?.node.blocked !== undefined && !known.has(address)
  }

  /** What a type threw about one resource is that resource's problem alone. */
  function failed(subject: Subject, observation: Observation, error: unknown): void {
    const { address } = subject
    diagnostics.push(...toDiagnostics(error, { address, summary: 'It cannot be planned' }))
    setAside(subject, observation, 'failed')
  }

  function remember(
    subject: Subject,
    attributes: Record<string, unknown>,
    secrets: Resolved['secrets'],
    partial = false,
  ): void {
    const all = overlay(input.unsealed(subject.address), attributes) as Record<string, unknown>
    const now = knownOf(subject.type!, all, secrets)
    for (const path of now.secrets) redactor.add(valueAt(now.attributes, path))
    known.set(subject.address, { ...now, ...(partial ? { partial } : {}) })
  }

  function decideResource(subject: Subject & { resource: ModelResource; type: ResourceType }, seen: Observation): void {
    const { address, resource, type, record } = subject
    if (stoppedSince(address) !== undefined) {
      const known = asItRan(record, seen)
      if (known) remember(subject, known, [])
      setAside(subject, seen, 'stopped')
      return
    }
    const observation = outlookOf(subject, seen, { work, subjects, replaced, gone })
    diagnostics.push(...observation.diagnostics)
    const resolved = withMarkedSecrets(
      type,
      resource.open ? resolveTree(resource.inputs, lookup) : closed(resource.inputs),
    )
    if (observation.status === 'unreachable' || observation.status === 'failed') {
      setAside(subject, observation, observation.status)
      return
    }
    // Without expressions the model has been checked already.
    if (!resolved.unknown && resource.open) {
      const checked = checkValue(type.inputs, resolved.value, address, 'invalid_input')
      diagnostics.push(...checked.diagnostics)
      if (checked.diagnostics.length > 0) return
    }
    const facts: Facts = {
      subject: gone.has(address) ? (({ record: _, ...rest }) => rest)(subject) : subject,
      observation,
      resolved,
      set: resource.open ? resolveTree(resource.set, lookup).value : resource.set,
      key,
      replace: options.replace?.includes(address) ?? false,
      adopt: options.adopt?.includes(address) ?? false,
      mayLose: mayLoseOf(address),
      ...dependencyOf(resource),
    }
    const decision = decide(facts)
    if (gone.has(address)) decision.causes = ['gone with its host']
    if (decision.action === 'replace' && !decision.refused && type.provides?.destroysContents) {
      const lost = contents.statefulInside(address)
      if (lost.length > 0) decision.refused = lossOf(lost, `Replacing "${address}"`, decision.changes)
    }
    if (subject.displaced && decision.action === 'create') refuseDisplacing(subject, decision)
    const blockedBy = decision.action !== 'none' && resource.dependencies.find((other) => work.get(other)?.node.blocked)
    const blocked = decision.refused ? 'refused' : blockedBy ? 'dependency' : undefined
    if (decision.refused) diagnostics.push(decision.refused)
    const node = add(subject, observation, facts, { ...decision, ...(blocked ? { blocked } : {}) })
    if (blocked) {
      if (observation.attributes) remember(subject, observation.attributes, resolved.secrets)
      return
    }
    const recreated = decision.action === 'create' && subject.record !== undefined
    if (decision.action === 'replace' || recreated) replaced.set(address, node)
    if (decision.action === 'replace' && type.provides?.destroysContents)
      for (const inside of contents.recordedInside(address)) gone.add(inside)
    remember(subject, ...expectedAttributes(subject, decision, observation.attributes, resolved))
  }

  function dependencyOf({ inputs, type }: ModelResource): Pick<Facts, 'dependency'> {
    if (replaced.size === 0) return {}
    let dependency: Facts['dependency']
    visitExpressions(inputs, (body, path) => {
      const node = body.kind === 'ref' ? replaced.get(body.address) : undefined
      if (!node || dependency === 'deleted first') return
      const held = type.replaceOn?.some((text) => startsWith(path, parsePath(text))) ?? false
      if (held && node.order === 'delete-first') dependency = 'deleted first'
      // What swaps leaves nothing behind that others hold on to, unless they say so.
      else if (held || node.order !== 'swap') dependency = 'replaced'
    })
    return dependency ? { dependency } : {}
  }

  /** An object of another type that has this name goes only when its plugin is there and its data may be lost. */
  function refuseDisplacing({ address, displaced, displacedType }: Subject, decision: Decision): void {
    if (!displacedType) {
      decision.refused = pluginMissing(address, displaced!)
      return
    }
    const lost = lossesOf(displacedType, address, displaced!.attributes, mayLoseOf(address))
    if (lost.length > 0) decision.refused = dataLoss(address, lost, `Replacing "${address}" by another type`)
  }

  function decideRemoved(subject: Subject, seen: Observation): void {
    const { address, type, record } = subject
    if (gone.has(address) && isCertainlyGone(subject)) {
      add(subject, seen, undefined, { ...still('forget'), causes: ['gone with its host'] })
      return
    }
    const goneWith = contents.goneWith(subject)
    // A guest that is off or broken takes along what is in it, and nothing needs to answer for that.
    const isTakenAlong = seen.status === 'unreachable' && observations.get(goneWith ?? '')?.status === 'present'
    const observation: Observation = isTakenAlong
      ? { ...seen, status: 'present', attributes: record!.attributes, diagnostics: [] }
      : seen
    diagnostics.push(...observation.diagnostics)
    const { status } = observation
    // A host whose own fate is open may be there, and the object with it.
    const isOpen = status === 'unknown' && observation.waitsFor.some((on) => observations.get(on)?.former)
    if (!type || status === 'unreachable' || status === 'failed' || isOpen) {
      const blocked = isOpen ? 'dependency' : status === 'unreachable' ? 'unreachable' : 'failed'
      setAside(subject, observation, blocked, ['removed'])
      return
    }
    const inside = contents.recordedOn(address)
    const holds = contents.keptOn(address)
    const decision = decideRemoval(
      {
        subject: { ...subject, type, record: record! },
        observation,
        mayLose: mayLoseOf(address),
        containsKept: holds.length > 0,
        goneWith,
        taken: isTaken(record!),
      },
      destroying ? 'asked' : 'removed',
    )
    if (decision.action === 'keep') {
      kept.add(address)
      if (subject.kept) return
    }
    if (decision.keepParts) kept.add(address)
    const goes = decision.action === 'delete'
    const stuck = goes && inside.some((other) => work.get(other)?.node.blocked)
    // What nobody decided to lose: it is to move elsewhere, or not part of this plan.
    const lost = goes && !stuck && type.provides?.destroysContents ? contents.statefulInside(address) : []
    if (lost.length > 0) diagnostics.push(lossOf(lost, `Deleting "${address}"`))
    const blocked = stuck ? 'dependency' : lost.length > 0 ? 'refused' : undefined
    if (!blocked && decision.action !== 'keep' && !decision.keepParts) kept.delete(address)
    const because = decision.action === 'keep' && holds.length > 0 ? { holds } : {}
    add(subject, observation, undefined, { ...decision, ...because, ...(blocked ? { blocked } : {}) })
  }

  /** True for the object that a declared resource has by now. Where several may have one identity, it tells nothing. */
  function isTaken({ type, identity, on }: ResourceRecord): boolean {
    if (destroying) return false
    for (const { node, subject, observation } of work.values()) {
      const { resource } = subject
      const same = node.type === type && observation.identity === identity && resource?.on === nowOf(on)
      if (same && resource && observation.attributes && !node.blocked) return !subject.type?.createFirst
    }
    return false
  }

  /** Its machine, or one further out, is replaced and can turn out no other way. */
  function isCertainlyGone(subject: Subject): boolean {
    for (let on = onOf(subject); on !== undefined; on = onOf(subjects.get(on)!)) {
      const node = replaced.get(on)
      if (node?.action === 'replace') return node.permitted.length === 1
      if (!subjects.has(on)) return false
    }
    return false
  }

  /** Nothing can be said or done about it in this run. */
  function setAside(
    subject: Subject,
    observation: Observation,
    blocked: PlanNode['blocked'],
    causes: PlanNode['causes'] = [],
  ): void {
    add(subject, observation, undefined, { ...still('none'), causes, ...(blocked ? { blocked } : {}) })
  }

  function add(
    subject: Subject,
    observation: Observation,
    facts: Facts | undefined,
    decision: Omit<Decision, 'refused'> & Partial<Pick<PlanNode, 'blocked' | 'keepParts' | 'goneWith' | 'holds'>>,
  ): PlanNode {
    const { address, record, from } = subject
    const on = subject.resource ? subject.resource.on : record?.on
    const type = subject.type?.type ?? record?.type ?? ''
    const {
      action,
      causes,
      effect,
      order,
      changes,
      permitted,
      waitsFor,
      released,
      blocked,
      keepParts,
      goneWith,
      holds,
    } = decision
    const node: PlanNode = {
      id: address,
      address,
      type,
      action,
      causes,
      ...(effect ? { effect } : {}),
      ...(order ? { order } : {}),
      changes: presented(changes, subject, observation, facts),
      after: [],
      permitted,
      waitsFor: [...new Set(waitsFor)],
      ...(on === undefined ? {} : { on }),
      ...(from === undefined ? {} : { from }),
      ...(goneWith === undefined ? {} : { goneWith }),
      ...(keepParts ? { keepParts } : {}),
      ...(holds ? { holds } : {}),
      ...(released ? { released } : {}),
      ...(blocked ? { blocked } : {}),
    }
    const removed = destroying || !subject.resource
    const old = record ?? (action === 'replace' ? recordOfFound(subject, observation) : undefined)
    work.set(address, { node, subject, type: subject.type, record: old, observation, facts, changes, removed })
    return node
  }
}

/** Whoever refers to what is off sees it as it is when it runs. */
function asItRan(record: ResourceRecord | undefined, { attributes }: Observation): Record<string, unknown> | undefined {
  if (!record) return attributes
  const plain = Object.entries(record.attributes).filter(([, value]) => !containsExpression(decodeTree(value)))
  return { ...attributes, ...Object.fromEntries(plain) }
}

const still = (action: 'none' | 'forget') => ({ action, changes: [], permitted: [action], waitsFor: [] })

const closed = (value: Record<string, unknown>): Resolved => ({ value, secrets: [], unknown: false })

const FATAL = new Set([
  'invalid_input',
  'unknown_address',
  'machine_changed',
  'name_is_kept',
  'claim_clash',
  'still_needed',
])

function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map(diagnostics.map((diagnostic) => [canonical(diagnostic), diagnostic]))
  return [...seen.values()]
}

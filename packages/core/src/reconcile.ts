import { type Decision, dataLoss, decide, decideRemoval, type Facts, lossesOf } from './decide.ts'
import { type Diagnostic, LaresError, problem, reworded, toDiagnostics, warning } from './diagnostics.ts'
import { startsWith } from './diff.ts'
import { reachable, reverse, topological } from './graph.ts'
import { type Known, knownOf, lookupIn, type Model, type ModelResource, withMarkedSecrets } from './model.ts'
import { type Observation, pluginMissing } from './observe.ts'
import { orderPlan } from './order.ts'
import { resolveOutputs } from './outputs.ts'
import type { OutputChange, Plan, PlanNode } from './plan.ts'
import { encodeTree, isUnknown, type Resolved, resolveTree, type SecretSource, visitExpressions } from './ref.ts'
import type { Change, ResourceType } from './resource.ts'
import { checkValue, secretPaths } from './schema.ts'
import type { LabKey, Redactor } from './secret.ts'
import { expandPaths, isRecordedSecret, MASK, recordedSecretPaths } from './secret.ts'
import type { ResourceRecord, State } from './state.ts'
import { addressFinder, recordsOf, type Subject } from './subject.ts'
import { canonical, equal, type Json, mapTree, overlay, type Path, parsePath, valueAt } from './value.ts'

export interface PlanOptions {
  mode?: 'apply' | 'destroy'
  /** Only these addresses and what they need. */
  targets?: readonly string[]
  /** All but these addresses and what needs them. */
  exclude?: readonly string[]
  /** Addresses whose objects are to be replaced. */
  replace?: readonly string[]
  /** Addresses of stateful objects, and of parts such as `plex-vm/disks/data`, whose data may be lost. */
  allowDataLoss?: readonly string[]
  /** Addresses that may take over the objects that they find. */
  adopt?: readonly string[]
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
  const mayLose = new Set(options.allowDataLoss)
  checkNames(subjects, state, options, diagnostics)

  const nowOf = addressFinder(subjects)
  const onOf = ({ resource, record }: Subject) => (resource ? resource.on : nowOf(record?.on))
  /** What is to be on a host, and what is recorded to be there. */
  const contents = containment(subjects, (subject) => [onOf(subject)])
  const recordedContents = containment(subjects, (subject) => recordsOf(subject).map(({ on }) => nowOf(on)))

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
  const kept = new Set(Object.keys(state.kept).filter(isStillKept))
  const removed = [...subjects.values()].filter(
    (subject) => (destroying || !subject.resource) && subject.record && selected.has(subject.address),
  )
  // What is inside is decided before what contains it, because what is kept keeps its host.
  const insideFirst = topological(
    removed.map(({ address }) => address),
    (address) => recordedContents(address),
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

  checkMachines()
  const nodes = orderPlan(work, subjects)
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
    outputs: outputChanges(),
    diagnostics: reworded(unique(diagnostics), text),
  }
  return { plan, work }

  /** What a type threw about one resource is that resource's problem alone. */
  function failed(subject: Subject, observation: Observation, error: unknown): void {
    const { address } = subject
    diagnostics.push(...toDiagnostics(error, { address, summary: 'It cannot be planned' }))
    add(subject, observation, undefined, {
      action: 'none',
      causes: [],
      changes: [],
      permitted: ['none'],
      waitsFor: [],
      blocked: 'failed',
    })
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
    const { address, resource, type } = subject
    const host = resource.on === undefined ? undefined : work.get(resource.on)?.node
    // A host without an address yet may get one by its own action in this plan.
    const pending =
      seen.status === 'unreachable' && seen.waitsFor.some((on) => on === host?.id && host.action !== 'none')
    // It is recorded elsewhere, and nobody knows whether it is there still.
    const isOutOfSight = subject.record && (seen.status === 'failed' || seen.status === 'unreachable')
    const observation: Observation = gone.has(address)
      ? { status: 'unknown', waitsFor: [resource.on!], diagnostics: [] }
      : isRenewed(resource.on) && !isOutOfSight
        ? {
            status: 'unknown',
            waitsFor: [resource.on],
            diagnostics: [],
            ...(seen.former ? { former: seen.former } : {}),
          }
        : pending
          ? { ...seen, status: 'unknown', diagnostics: [] }
          : seen
    diagnostics.push(...observation.diagnostics)
    const resolved = withMarkedSecrets(
      type,
      resource.open ? resolveTree(resource.inputs, lookup) : closed(resource.inputs),
    )
    if (observation.status === 'unreachable' || observation.status === 'failed') {
      add(subject, observation, undefined, {
        action: 'none',
        causes: [],
        changes: [],
        permitted: ['none'],
        waitsFor: [],
        blocked: observation.status,
      })
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
      const lost = statefulInside(address)
      if (lost.length > 0) decision.refused = dataLoss(lost, `Replacing "${address}"`, decision.changes)
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
      for (const inside of recordedContents.all(address)) gone.add(inside)
    remember(subject, ...expected(subject, decision, observation, resolved))
  }

  /** What the attributes will be, as far as that can be told. */
  function expected(
    subject: Subject & { resource: ModelResource; type: ResourceType },
    { action, changes }: Decision,
    { attributes }: Observation,
    resolved: Resolved,
  ): [Record<string, unknown>, Resolved['secrets'], boolean] {
    if (attributes && (action === 'none' || action === 'adopt')) return [attributes, resolved.secrets, false]
    if (attributes && action === 'update') {
      const names = new Set(changes.map(({ path }) => String(parsePath(path)[0])))
      const after = Object.fromEntries(
        [...names].filter((name) => name in attributes).map((name) => [name, resolved.value[name]]),
      )
      return [{ ...attributes, ...after }, resolved.secrets, false]
    }
    const predicted = resolved.unknown ? {} : (subject.type.predict?.(resolved.value as never, subject.owner) ?? {})
    return [predicted, resolved.secrets, true]
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

  /** A machine that is replaced: what was seen on it says nothing of what will be there. */
  function isRenewed(address: string | undefined): address is string {
    const subject = address === undefined ? undefined : subjects.get(address)
    if (!subject) return false
    const isReplaced = replaced.get(subject.address)?.action === 'replace' && subject.type?.provides?.destroysContents
    return isReplaced || isRenewed(subject.resource?.on)
  }

  /** The data on a machine that would go with it, of what was kept, too. */
  function statefulInside(address: string): string[] {
    const inside = new Set([...contents.all(address), ...recordedContents.all(address)])
    const hosts = new Set<string | undefined>([address, ...inside])
    const keptInside = Object.keys(state.kept).filter(
      (other) => isStillKept(other) && hosts.has(nowOf(state.kept[other]!.on)),
    )
    const others = [...inside].flatMap((other) => {
      const { resource, type, record, displaced, displacedType } = subjects.get(other)!
      const observation = observations.get(other)
      const seen = observation?.former ?? observation
      const losses = (of: ResourceType, attributes: Record<string, unknown> | undefined) =>
        lossesOf(of, other, attributes, mayLoseOf(other))
      const displacedLosses = (old: ResourceRecord) =>
        !hosts.has(nowOf(old.on)) || mayLose.has(other)
          ? []
          : displacedType
            ? losses(displacedType, old.attributes)
            : [other]
      const lost = displaced ? displacedLosses(displaced) : []
      if (seen?.status === 'absent' && record?.parts)
        lost.push(...record.parts.filter((part) => !mayLose.has(`${other}/${part}`)).map((part) => `${other}/${part}`))
      if (!type || seen?.status === 'absent' || !hosts.has(record ? nowOf(record.on) : resource?.on)) return lost
      // Without a record, as when the state was lost, what is out there counts all the same.
      if (!record && (!seen || seen.status === 'unknown')) return lost
      const recorded = record?.pending === 'create' ? undefined : record?.attributes
      return [...lost, ...losses(type, seen?.attributes ?? recorded)]
    })
    return [...new Set([...others, ...keptInside])]
  }

  /** An object of another type that has this name goes only when its plugin is there and its data may be lost. */
  function refuseDisplacing({ address, displaced, displacedType }: Subject, decision: Decision): void {
    if (!displacedType) {
      decision.refused = pluginMissing(address, displaced!)
      return
    }
    const lost = lossesOf(displacedType, address, displaced!.attributes, mayLoseOf(address))
    if (lost.length > 0) decision.refused = dataLoss(lost, `Replacing "${address}" by another type`)
  }

  function decideRemoved(subject: Subject, observation: Observation): void {
    const { address, type, record } = subject
    if (gone.has(address) && isCertainlyGone(subject)) {
      const causes: PlanNode['causes'] = ['gone with its host']
      add(subject, observation, undefined, {
        action: 'forget',
        causes,
        changes: [],
        permitted: ['forget'],
        waitsFor: [],
      })
      return
    }
    diagnostics.push(...observation.diagnostics)
    const { status } = observation
    // A host whose own fate is open may be there, and the object with it.
    const isOpen = status === 'unknown' && observation.waitsFor.some((on) => observations.get(on)?.former)
    if (!type || status === 'unreachable' || status === 'failed' || isOpen) {
      const blocked = isOpen ? 'dependency' : status === 'unreachable' ? 'unreachable' : 'failed'
      add(subject, observation, undefined, {
        action: 'none',
        causes: ['removed'],
        changes: [],
        permitted: ['none'],
        waitsFor: [],
        blocked,
      })
      return
    }
    const inside = recordedContents(address)
    const keptOnIt = Object.entries(state.kept).filter(([other, { on }]) => nowOf(on) === address && kept.has(other))
    const holds = [...new Set([...inside.filter((other) => kept.has(other)), ...keptOnIt.map(([other]) => other)])]
    const decision = decideRemoval(
      {
        subject: { ...subject, type, record: record! },
        observation,
        mayLose: mayLoseOf(address),
        containsKept: holds.length > 0,
        goneWith: goneWith(subject),
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
    const lost = goes && !stuck && type.provides?.destroysContents ? statefulInside(address) : []
    if (lost.length > 0) diagnostics.push(dataLoss(lost, `Deleting "${address}"`))
    const blocked = stuck ? 'dependency' : lost.length > 0 ? 'refused' : undefined
    if (!blocked && decision.action !== 'keep' && !decision.keepParts) kept.delete(address)
    const because = decision.action === 'keep' && holds.length > 0 ? { holds } : {}
    add(subject, observation, undefined, { ...decision, ...because, ...(blocked ? { blocked } : {}) })
  }

  function mayLoseOf(address: string): (part?: string) => boolean {
    return (part) => mayLose.has(part === undefined ? address : `${address}/${part}`)
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

  /** The nearest container that is removed together with everything on it. */
  function goneWith(subject: Subject): string | undefined {
    for (let on = onOf(subject); on !== undefined; ) {
      const host = subjects.get(on)
      if (!host?.record || (host.resource && !destroying) || !selected.has(on)) return undefined
      // Whatever is kept inside keeps the host, and then its other contents are deleted one by one.
      const stays = recordedContents.all(on).some(willBeKept) || (host.type?.stateful === true && willBeKept(on))
      if (host.type?.provides?.destroysContents && !stays) return on
      on = onOf(host)
    }
    return undefined
  }

  function willBeKept(address: string): boolean {
    const { type, record } = subjects.get(address)!
    const seen = observations.get(address)
    if (kept.has(address)) return true
    if (!type) return false
    if (seen?.status === 'absent') return record?.parts?.every(mayLoseOf(address)) === false
    return lossesOf(type, address, seen?.attributes ?? record?.attributes, mayLoseOf(address)).length > 0
  }

  function isStillKept(address: string): boolean {
    const { parts } = state.kept[address]!
    return parts ? !parts.every(mayLoseOf(address)) : !mayLose.has(address)
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
    const secrets = changes.length > 0 ? secretsIn(subject, observation, facts) : []
    const node: PlanNode = {
      id: address,
      address,
      type,
      action,
      causes,
      ...(effect ? { effect } : {}),
      ...(order ? { order } : {}),
      changes: changes.map((change) => presentable(change, secrets)),
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
    const old = record ?? (action === 'replace' ? unrecorded(subject, observation) : undefined)
    work.set(address, { node, subject, type: subject.type, record: old, observation, facts, changes, removed })
    return node
  }

  /** What would be recorded of an object that was found without a record, as when the state was lost. */
  function unrecorded({ resource, type }: Subject, { identity, scope }: Observation): ResourceRecord | undefined {
    if (!resource || !type || identity === undefined) return undefined
    const { on, dependencies } = resource
    return {
      type: type.type,
      plugin: type.plugin?.package ?? '',
      version: type.version ?? 1,
      identity,
      ...(scope === undefined ? {} : { scope }),
      ...(on === undefined ? {} : { on }),
      dependencies,
      inputs: {},
      attributes: {},
    }
  }

  /** Paths at which inputs or attributes are secret, or were when they were last applied. */
  function secretsIn({ type, record }: Subject, { attributes, former }: Observation, facts: Facts | undefined): Path[] {
    const marked = type ? secretPaths(type.attributes) : []
    const paths = [
      ...(facts?.resolved.secrets.map(({ path }) => path) ?? []),
      ...[attributes, former?.attributes].flatMap((tree) => expandPaths(tree, marked)),
      ...recordedSecretPaths(record?.inputs),
      ...recordedSecretPaths(record?.attributes),
    ]
    for (const tree of [attributes, former?.attributes]) for (const path of paths) redactor.add(valueAt(tree, path))
    return paths
  }

  /** A change as it may be shown and saved. */
  function presentable(change: Change, secrets: readonly Path[]): Change {
    const at = parsePath(change.path)
    const hidden = secrets.some((path) => startsWith(at, path))
    const side = (value: unknown): Json =>
      redactor.tree(
        mapTree(encodeTree(value), (node, path) => {
          if (isRecordedSecret(node)) return MASK
          return secrets.some((secret) => equal(secret, [...at, ...path])) ? MASK : undefined
        }) as Json,
      )
    const { before, after, nested, ...rest } = change
    return {
      ...rest,
      ...(before === undefined ? {} : { before: hidden ? MASK : side(before) }),
      ...(after === undefined ? {} : { after: hidden && !isUnknown(after) ? MASK : side(after) }),
      ...(hidden ? { secret: true } : {}),
      ...(nested ? { nested: nested.map((inner) => presentable(inner, secrets)) } : {}),
    }
  }

  /** Another machine behind the endpoint of one that we know stops everything. */
  function checkMachines(): void {
    const changed = new Map<string, string[]>()
    for (const { address, record, resource } of subjects.values()) {
      const seen = observations.get(address)
      if (!record?.scope || !seen?.scope || seen.scope === record.scope || seen.former) continue
      const on = resource ? resource.on : record.on
      if (on !== record.on || (on !== undefined && replaced.has(on)) || record.pending) continue
      changed.set(on ?? '', [...(changed.get(on ?? '') ?? []), address])
    }
    for (const [on, addresses] of changed) {
      diagnostics.push(
        problem({
          code: 'machine_changed',
          ...(on === '' ? {} : { address: on }),
          summary: `Behind ${on === '' ? 'this machine' : `"${on}"`} there is another machine than before`,
          detail: `recorded on the former one: ${addresses.slice(0, 10).join(', ')}${addresses.length > 10 ? ', …' : ''}`,
          advice: `Point "${on}" at the right machine again. If the old one is gone for good: lares state forget ${addresses.slice(0, 10).join(' ')}`,
        }),
      )
    }
  }

  /** True for an output of what cannot be reached in this run. */
  function isOutOfSight(name: string): boolean {
    let blocked = false
    visitExpressions(model.outputs[name], (body) => {
      blocked ||= body.kind === 'ref' && work.get(body.address)?.node.blocked !== undefined && !known.has(body.address)
    })
    return blocked
  }

  function outputChanges(): Plan['outputs'] {
    const changes: Plan['outputs'] = {}
    const after = destroying ? {} : resolveOutputs(model.outputs, lookup, key)
    for (const name of new Set([...Object.keys(state.outputs), ...Object.keys(after)])) {
      const before = state.outputs[name]
      const now = after[name]
      if (equal(before, now) || (now !== undefined && isOutOfSight(name))) continue
      const secret = isRecordedSecret(before) || isRecordedSecret(now)
      const change: OutputChange = {
        ...(before === undefined ? {} : { before }),
        ...(now === undefined ? {} : { after: now }),
      }
      changes[name] = secret ? { ...change, secret } : redactor.tree(change)
    }
    return changes
  }
}

const closed = (value: Record<string, unknown>): Resolved => ({ value, secrets: [], unknown: false })

const FATAL = new Set(['invalid_input', 'unknown_address', 'machine_changed', 'name_is_kept'])

/** Direct contents of an address, and `all`: contents at any depth. */
function containment(subjects: ReadonlyMap<string, Subject>, hostsOf: (subject: Subject) => (string | undefined)[]) {
  const inside = reverse(subjects.keys(), (address) => hostsOf(subjects.get(address)!).filter((on) => on !== undefined))
  const all = (address: string) => [...reachable(inside(address), inside)]
  return Object.assign((address: string) => [...inside(address)], { all })
}

/** The addresses that `--target` and `--exclude` leave. */
function selectSubjects(
  model: Model,
  subjects: ReadonlyMap<string, Subject>,
  { targets, exclude, mode }: PlanOptions,
): Set<string> {
  if (!targets?.length && !exclude?.length) return new Set(subjects.keys())
  const nowOf = addressFinder(subjects)
  const recordedEdges = (address: string): readonly string[] => {
    const subject = subjects.get(address)
    return subject ? recordsOf(subject).flatMap(({ dependencies }) => dependencies.map(nowOf)) : []
  }
  const edgesOf = (address: string) => subjects.get(address)?.resource?.dependencies ?? recordedEdges(address)
  const dependents = reverse(subjects.keys(), (address) => [...edgesOf(address), ...recordedEdges(address)])
  // What goes takes with it what needs it; what comes brings what it needs.
  const goes = (address: string) => mode === 'destroy' || !model.resources.has(address)
  const selected = targets?.length
    ? new Set([
        ...reachable(
          targets.filter((address) => !goes(address)),
          edgesOf,
        ),
        ...reachable(targets.filter(goes), dependents),
      ])
    : new Set(subjects.keys())
  if (exclude?.length) {
    const out = new Set([
      ...reachable(
        exclude.filter((address) => !goes(address)),
        dependents,
      ),
      ...[...reachable(exclude, recordedEdges)].filter(goes),
    ])
    for (const address of out) selected.delete(address)
  }
  return selected
}

function checkNames(
  subjects: ReadonlyMap<string, Subject>,
  state: State,
  options: PlanOptions,
  diagnostics: Diagnostic[],
): void {
  const { targets = [], exclude = [], replace = [], adopt = [], allowDataLoss = [] } = options
  for (const address of new Set([...targets, ...exclude, ...replace, ...adopt])) {
    if (!subjects.has(address))
      diagnostics.push(
        problem({ code: 'unknown_address', summary: `There is no resource "${address}" in the config or the state` }),
      )
  }
  for (const name of allowDataLoss) {
    const address = name.split('/')[0]!
    if (!subjects.has(address))
      diagnostics.push(
        warning({
          code: 'unknown_address',
          summary: `--allow-data-loss names "${name}", which is nothing of this lab`,
        }),
      )
  }
  for (const { address, resource, record, kept } of subjects.values()) {
    const other = state.kept[address]
    if (resource && !kept && other && !record) {
      diagnostics.push(
        problem({
          code: 'name_is_kept',
          address,
          summary: `"${address}" is the name of a kept ${other.type}`,
          advice: `Rename the new resource, or drop the kept one: lares state forget ${address}`,
        }),
      )
    }
  }
}

function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map(diagnostics.map((diagnostic) => [canonical(diagnostic), diagnostic]))
  return [...seen.values()]
}

import type { Diagnostic } from './diagnostics.ts'
import { problem } from './diagnostics.ts'
import { type DiffFacts, diffInputs, leavesOf, startsWith, unsetLeaves } from './diff.ts'
import type { ModelResource } from './model.ts'
import type { Observation } from './observe.ts'
import type { Action, Cause, ReplaceOrder } from './plan.ts'
import { isUnknown, type Resolved } from './ref.ts'
import type { Change, Effect, Owner, ResourceType } from './resource.ts'
import type { LabKey } from './secret.ts'
import type { ResourceRecord } from './state.ts'
import type { Subject } from './subject.ts'
import { equal, formatPath, parsePath } from './value.ts'

/** Everything a decision about one declared resource depends on. */
export interface Facts {
  subject: Subject & { resource: ModelResource; type: ResourceType }
  observation: Observation
  resolved: Resolved
  /** What the user wrote, resolved. */
  set: Record<string, unknown>
  key: LabKey
  /** The user asked for a new object. */
  replace?: boolean
  /** The user agreed to take over what is there. */
  adopt?: boolean
  /** The user agreed to lose its data, or those of a part of it. */
  mayLose?(part?: string): boolean
  /** What its inputs refer to is replaced: it is looked at again, or, where the old one has to go first, replaced too. */
  dependency?: 'replaced' | 'deleted first'
}

/** What is to be done with one object, and why. */
export interface Decision {
  action: Action
  causes: Cause[]
  effect?: Effect
  order?: ReplaceOrder
  changes: Change[]
  permitted: Action[]
  waitsFor: string[]
  released?: string[]
  refused?: Diagnostic
  /** The object that is replaced is the former one: under its old identity or on its old machine. */
  moved?: boolean
}

const decision = (action: Action, causes: Cause[], more: Partial<Decision> = {}): Decision => ({
  action,
  causes,
  changes: [],
  permitted: [action],
  waitsFor: [],
  ...more,
})

/** Decides about one declared resource. Pure; also asked by the executor once what was unknown is known. */
export function decide(facts: Facts): Decision {
  const { subject } = facts
  const { record } = subject
  const observation = withoutDeposed(subject, facts.observation)
  if (observation.former) return decideMoved(facts, observation.former)
  if (observation.status === 'unknown') {
    const permitted: Action[] = record ? ['create', 'update', 'none'] : ['create', 'none']
    // What is taken as found may come with its host.
    if (!record && isTakenAsFound(subject.type)) permitted.push('update', 'adopt')
    return decision('create', [record ? 'missing' : 'new'], { permitted, waitsFor: observation.waitsFor })
  }
  if (!observation.attributes) {
    const cause: Cause = record?.pending === 'create' ? 'interrupted' : record ? 'missing' : 'new'
    return decision('create', [cause], { changes: outlineOf(facts) })
  }
  const holder = holderOf(subject, observation.attributes)
  if (holder !== 'ours' && !facts.adopt && !(holder === 'nobody' && isTakenAsFound(subject.type))) {
    return decision('none', [], { refused: alreadyExists(subject, observation, holder) })
  }
  return decidePresent(facts, observation.attributes, holder)
}

export const isTakenAsFound = ({ ownership = 'exclusive' }: ResourceType): boolean => ownership !== 'exclusive'

function decidePresent(facts: Facts, observed: Record<string, unknown>, holder: Holder): Decision {
  const { subject } = facts
  const changes = changesOf(facts, observed)
  const released = releasedOf(facts)
  const causes = causesOf(facts, changes)
  const effect = effectOf(subject.type, changes)
  const lost = changes
    .flatMap(allOf)
    .flatMap(({ loses = [] }) => loses)
    .filter((part) => !facts.mayLose?.(part))
  if (lost.length > 0) {
    const { address } = subject
    const addresses = lost.map((part) => `${address}/${part}`)
    const losing = changes.flatMap(allOf).filter(({ loses }) => loses !== undefined && lost.includes(loses))
    const refused = dataLoss(address, addresses, `Changing "${address}"`, losing)
    return decision('update', causes, { changes, ...(effect ? { effect } : {}), ...released, refused })
  }
  if (holder !== 'ours') {
    const reasons: Cause[] = [facts.adopt ? 'asked' : 'new']
    if (changes.length === 0 || effect === 'replace') return decision('adopt', reasons)
    return decision('update', reasons, { changes, ...(effect ? { effect } : {}) })
  }
  if (facts.replace || facts.dependency === 'deleted first' || effect === 'replace') {
    return replacement(facts, changes, causes, released)
  }
  if (changes.length > 0) {
    // A change that is certain stays one, whatever the others turn out to be.
    const undecided = changes.every((change) => isUnknown(change.after))
    const permitted: Action[] = undecided ? ['update', 'none'] : ['update']
    return decision('update', causes, { changes, permitted, ...(effect ? { effect } : {}), ...released })
  }
  if (facts.dependency === 'replaced') {
    return decision('none', ['dependency replaced'], {
      permitted: ['none', 'update'],
      waitsFor: facts.subject.resource.refs,
      ...released,
    })
  }
  return decision('none', subject.from ? ['renamed'] : [], released)
}

function releasedOf({ subject, set }: Facts): Pick<Decision, 'released'> {
  if (subject.type.whenUnset !== 'release') return {}
  const released = unsetLeaves(subject.record?.inputs, leavesOf(set)).map(({ path }) => formatPath(path))
  return released.length > 0 ? { released } : {}
}

function replacement(facts: Facts, changes: Change[], causes: Cause[], released: Partial<Decision>): Decision {
  const { subject } = facts
  const { type } = subject
  const order: ReplaceOrder =
    facts.dependency === 'deleted first'
      ? 'delete-first'
      : type.replace
        ? 'swap'
        : type.createFirst
          ? 'create-first'
          : 'delete-first'
  const certain = changes.some((change) => change.effect === 'replace' && !isUnknown(change.after))
  const forced = certain || facts.replace || facts.dependency === 'deleted first'
  const permitted: Action[] = forced ? ['replace'] : ['replace', 'update', 'none']
  const refused = refusedLoss(facts, facts.observation.attributes, changes, order)
  return decision('replace', causes, { changes, order, effect: 'replace', permitted, ...released, ...refused })
}

/** The recorded object is found under another identity or on another machine than the one that is wanted now. */
function decideMoved(facts: Facts, former: Observation): Decision {
  const { subject, observation } = facts
  const holder = former.attributes ? holderOf(subject, former.attributes) : 'nobody'
  if (holder !== 'ours') return decide({ ...facts, observation: withoutFormer(observation) })
  if (observation.attributes && holderOf(subject, observation.attributes) !== 'ours' && !facts.adopt) {
    return decision('none', [], {
      refused: alreadyExists(subject, observation, holderOf(subject, observation.attributes)),
    })
  }
  const sameMachine = former.scope === observation.scope
  const order: ReplaceOrder =
    !sameMachine || subject.type.createFirst ? 'create-first' : subject.type.replace ? 'swap' : 'delete-first'
  const changes = changesOf(facts, former.attributes ?? {})
  const refused = refusedLoss(facts, former.attributes, changes, order)
  const unknown = observation.status === 'unknown'
  return decision('replace', ['changed'], {
    changes,
    order: unknown ? 'delete-first' : order,
    effect: 'replace',
    permitted: unknown ? ['replace', 'update', 'none'] : ['replace'],
    waitsFor: observation.waitsFor,
    moved: true,
    ...refused,
  })
}

/** What a replacement must not do, because the user did not agree to it. */
function refusedLoss(
  { subject, mayLose = () => false }: Facts,
  attributes: Record<string, unknown> | undefined,
  changes: readonly Change[],
  order: ReplaceOrder,
): Partial<Decision> {
  // A type that swaps carries its parts over.
  if (order === 'swap' && subject.type.stateful !== true) return {}
  const lost = lossesOf(subject.type, subject.address, attributes, mayLose)
  return lost.length > 0 ? { refused: dataLoss(subject.address, lost, `Replacing "${subject.address}"`, changes) } : {}
}

/** Addresses of the data that go with an object and may not. */
export function lossesOf(
  type: ResourceType,
  address: string,
  attributes: Record<string, unknown> | undefined,
  mayLose: (part?: string) => boolean,
): string[] {
  if (type.stateful === true) return mayLose() ? [] : [address]
  return partsOf(type, attributes)
    .filter((part) => !mayLose(part))
    .map((part) => `${address}/${part}`)
}

/** The observation without an object that was found only because its successor is not there yet. */
function withoutDeposed({ type, record }: Facts['subject'], observation: Observation): Observation {
  const { attributes, identity } = observation
  const instanceOf = type.createFirst
  if (!attributes || typeof instanceOf !== 'function' || record?.pending !== 'create') return observation
  const found = instanceOf(attributes as never)
  const former = record.deposed?.some(
    (old) => old.type === type.type && old.identity === identity && instanceOf(old.attributes as never) === found,
  )
  if (!former) return observation
  const { attributes: _, ...rest } = observation
  return { ...rest, status: 'absent' }
}

const withoutFormer = ({ former: _, ...observation }: Observation): Observation => observation

function changesOf(facts: Facts, observed: Record<string, unknown>): Change[] {
  const { subject, observation, resolved, set, key } = facts
  const { type, record, resource } = subject
  const diffFacts: DiffFacts = {
    type,
    key,
    address: subject.address,
    owner: resource.owner,
    desired: resolved.value,
    set,
    recorded: record?.inputs,
    recordedAttributes: record?.attributes,
    observed,
    prepared: observation.prepared,
    recordedPrepared: record?.prepared,
    interrupted: record?.pending !== undefined,
  }
  const changes = type.diff
    ? type.diff({
        ...diffFacts,
        diff: (options: Parameters<typeof diffInputs>[1]) => diffInputs(diffFacts, options),
      } as never)
    : diffInputs(diffFacts)
  return changes.filter(({ path }) => !resource.ignoreChanges.some((ignored) => startsWith(parsePath(path), ignored)))
}

function outlineOf({ subject, observation, resolved, set }: Facts): Change[] {
  const { type, address, owner } = subject
  return type.outline?.({ address, owner, desired: resolved.value, set, prepared: observation.prepared }) ?? []
}

/** A change, and those of what it consists of. */
const allOf = (change: Change): Change[] => [change, ...(change.nested ?? []).flatMap(allOf)]

function causesOf(facts: Facts, changes: readonly Change[]): Cause[] {
  const causes = new Set<Cause>(facts.replace ? ['asked'] : [])
  if (facts.dependency === 'deleted first') causes.add('dependency replaced')
  if (facts.subject.record?.pending) causes.add('interrupted')
  for (const { cause } of changes) causes.add(cause === 'unset' ? 'changed' : cause)
  return [...causes]
}

function effectOf(type: ResourceType, changes: readonly Change[]): Effect | undefined {
  const effects = new Set(changes.map((change) => change.effect))
  if (effects.has('replace') || (changes.length > 0 && !type.update && !type.batch)) return 'replace'
  return effects.has('restart') ? 'restart' : changes.length > 0 ? 'live' : undefined
}

type Holder = 'ours' | 'nobody' | Owner

/** Whose the object is: by its mark, or by our record where it carries none. */
export function holderOf(subject: Subject, attributes: Record<string, unknown>): Holder {
  const { type, record, from, owner } = subject
  const mark = type?.owner?.(attributes as never)
  if (mark) {
    const names = [owner.address, ...(record?.formerly ?? []), ...(from === undefined ? [] : [from])]
    if (mark.lab === owner.lab && names.includes(mark.address)) return 'ours'
    // What was taken over keeps the mark that it had; another one is another object.
    const taken = record?.adopted && equal(type?.owner?.(record.attributes as never), mark)
    return taken ? 'ours' : mark
  }
  if (!record) return 'nobody'
  if (record.adopted) return 'ours'
  if (type?.owner) return 'nobody'
  return record.pending === 'create' && !record.absent ? 'nobody' : 'ours'
}

export function alreadyExists(subject: Subject, observation: Observation, holder: Holder): Diagnostic {
  const { address, type } = subject
  const whose =
    typeof holder === 'string'
      ? 'this lab did not make it'
      : `it belongs to "${holder.address}" of the lab "${holder.lab}"`
  return problem({
    code: 'already_exists',
    address,
    summary: `${type!.type} "${observation.identity}" already exists, and ${whose}`,
    advice: `To take it over: lares import ${address}. Otherwise give this resource another name, or remove the object by hand.`,
  })
}

export const dataLoss = (
  address: string,
  lost: readonly string[],
  doing: string,
  changes: readonly Change[] = [],
): Diagnostic => {
  const reasons = changes
    .filter(({ effect, loses }) => effect === 'replace' || loses !== undefined)
    .map(({ path, loses, note }) => (loses === undefined || note === undefined ? path : `${path} (${note})`))
  return problem({
    code: 'data_loss',
    address,
    summary: `${doing} would lose the data of ${lost.map((address) => `"${address}"`).join(', ')}`,
    ...(reasons.length > 0 ? { detail: `because of: ${reasons.join(', ')}` } : {}),
    advice: `Undo the change, or agree to the loss with: ${lost.map((address) => `--allow-data-loss ${address}`).join(' ')}`,
  })
}

/** Everything a decision about an object that is no longer wanted depends on. */
export interface RemovalFacts {
  subject: Subject & { record: ResourceRecord; type: ResourceType }
  observation: Observation
  mayLose(part?: string): boolean
  /** It contains something that is kept. */
  containsKept: boolean
  /** What contains it is deleted, and it with that. */
  goneWith: string | undefined
  /** Another resource has taken the object over. */
  taken: boolean
}

/** Decides about an object that is no longer declared. Pure. */
export function decideRemoval(
  facts: RemovalFacts,
  cause: Cause,
): Decision & { keepParts?: string[]; goneWith?: string } {
  const { subject, observation, mayLose } = facts
  const { type, record } = subject
  if (facts.taken) return decision('forget', [cause])
  if (observation.status === 'unknown') return decision('forget', ['gone with its host'])
  // Of an object whose parts were kept, these parts may be all that is left.
  const attributes = observation.attributes ?? (record.parts ? record.attributes : undefined)
  if (!attributes || holderOf(subject, attributes) !== 'ours') return decision('forget', [cause])
  // Whatever is kept keeps its host's record, too: without it nobody could get there.
  if (facts.containsKept) return decision('keep', [cause])
  if (type.ownership === 'asserted' && record.found) return decision('forget', [cause])
  if (type.stateful === true && !mayLose()) return decision('keep', [cause])
  if (facts.goneWith !== undefined) return { ...decision('delete', ['gone with its host']), goneWith: facts.goneWith }
  const left = observation.attributes || !record.parts ? partsOf(type, attributes) : record.parts
  const parts = left.filter((part) => !mayLose(part))
  if (!observation.attributes && parts.length === left.length) return decision('keep', [cause])
  return { ...decision('delete', [cause]), ...(parts.length > 0 ? { keepParts: parts } : {}) }
}

export const partsOf = (type: ResourceType, attributes: Record<string, unknown> | undefined): string[] =>
  typeof type.stateful === 'function' && attributes ? [...type.stateful(attributes as never)] : []

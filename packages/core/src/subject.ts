import { reachable } from './graph.ts'
import type { Model, ModelResource } from './model.ts'
import type { Plugin } from './plugin.ts'
import type { Owner, ResourceType } from './resource.ts'
import type { ResourceRecord, State } from './state.ts'

/** What a plan decides about: a declared resource, a recorded object, or both. */
export interface Subject {
  address: string
  owner: Owner
  /** Of the resource, or else of the record; undefined when its plugin is missing. */
  type: ResourceType | undefined
  resource?: ModelResource
  record?: ResourceRecord
  /** The record's former address. */
  from?: string
  /** The record comes from what was kept. */
  kept?: boolean
  /** An object of another type that had this name. */
  displaced?: ResourceRecord
  displacedType?: ResourceType
}

/**
 * Pairs what is declared with what was recorded: by address, by `movedFrom`, and by identity when a resource was renamed.
 * Of what is kept, only what is declared again or `concerned` takes part.
 */
export function pairSubjects(
  model: Model,
  state: State,
  plugins: ReadonlyMap<string, Plugin>,
  concerned: ReadonlySet<string> = new Set(),
): Map<string, Subject> {
  const typeOf = (record: ResourceRecord) => plugins.get(record.plugin)?.types.get(record.type)
  const free = new Map(Object.entries(state.resources))
  const subjects = new Map<string, Subject>()
  const undecided: ModelResource[] = []
  for (const resource of model.resources.values()) {
    const { address, type } = resource
    const subject: Subject = { address, owner: resource.owner, type, resource }
    subjects.set(address, subject)
    const record = state.resources[address]
    const kept = state.kept[address]
    if (record) {
      free.delete(address)
      if (record.type === type.type) subject.record = record
      else {
        const displacedType = typeOf(record)
        Object.assign(subject, { displaced: record }, displacedType ? { displacedType } : {})
      }
    }
    if (subject.record) continue
    const former = resource.movedFrom.find((name) => free.get(name)?.type === type.type)
    if (former !== undefined) take(subject, former)
    else if (kept?.type === type.type) Object.assign(subject, { record: kept, kept: true })
    else undecided.push(resource)
  }
  if (undecided.length > 0 && free.size > 0) {
    const byIdentity = new Map(
      [...free].map(([address, record]) => [`${record.type} ${record.on ?? ''} ${record.identity}`, address]),
    )
    for (const resource of undecided) {
      const { identity, on = '' } = resource
      // A host comes before what is on it, so a new name of its own is known by now.
      const former = byIdentity.get(`${resource.type.type} ${subjects.get(on)?.from ?? on} ${identity}`)
      if (identity !== undefined && former !== undefined && free.has(former))
        take(subjects.get(resource.address)!, former)
    }
  }
  // With it goes the way to it.
  const named = reachable(concerned, (address) => [state.kept[address]?.on ?? []].flat())
  for (const address of named) {
    const record = state.kept[address]
    if (record && !subjects.has(address)) {
      subjects.set(address, { address, owner: { lab: model.lab, address }, type: typeOf(record), record, kept: true })
    }
  }
  for (const [address, record] of free) {
    subjects.set(address, { address, owner: { lab: model.lab, address }, type: typeOf(record), record })
  }
  return subjects

  function take(subject: Subject, former: string): void {
    Object.assign(subject, { record: free.get(former), from: former })
    free.delete(former)
  }
}

/** What is to be destroyed is where it was recorded, whatever the config says by now. */
export function asRecorded(subjects: ReadonlyMap<string, Subject>): Map<string, Subject> {
  const nowOf = addressFinder(subjects)
  const recorded = (subject: Subject): Subject => {
    const { address, owner, type, resource, record, displaced, displacedType } = subject
    if (displaced) return { address, owner, type: displacedType, record: displaced }
    if (!resource || !record) return subject
    const isThere = nowOf(record.on) === resource.on && record.identity === resource.identity
    // A machine may have got another endpoint; the config knows the one that answers.
    if (isThere || (type?.provides && record.on === undefined)) return subject
    const { resource: _, ...rest } = subject
    return rest
  }
  return new Map([...subjects].map(([address, subject]) => [address, recorded(subject)]))
}

/** What is recorded under an address: the object, one of another type that had this name, and former ones of either. */
export const recordsOf = ({ record, displaced }: Subject): ResourceRecord[] =>
  [record, displaced].flatMap((one) => (one ? [one, ...(one.deposed ?? [])] : []))

/** Where the state has it, which is another address than its own until an apply has renamed it. */
export const recordedAs = ({ address, from }: Subject): string => from ?? address

/** The addresses of now for those that records know. */
export function addressFinder(subjects: ReadonlyMap<string, Subject>): <A extends string | undefined>(address: A) => A {
  const renamed = new Map<string | undefined, string>()
  for (const { from, address } of subjects.values()) if (from !== undefined) renamed.set(from, address)
  return (address) => (renamed.get(address) as typeof address) ?? address
}

/** Finds subjects by the addresses of now, and by those that they had when something on them was recorded. */
export function subjectFinder(subjects: ReadonlyMap<string, Subject>): (address: string) => Subject | undefined {
  const nowOf = addressFinder(subjects)
  return (address) => subjects.get(nowOf(address))
}

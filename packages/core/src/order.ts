import { plannedClaims, recordedClaims } from './claims.ts'
import { findCycle, reachable, reverse, topological } from './graph.ts'
import { isSuperseded, type PlanNode } from './plan.ts'
import type { Work } from './reconcile.ts'
import type { ResourceType } from './resource.ts'
import type { ResourceRecord } from './state.ts'
import { addressFinder, recordsOf, type Subject } from './subject.ts'

/** Adds the deletions of what is superseded, draws every edge, and returns the nodes, each after what it waits for. */
export function orderPlan(work: Map<string, Work>, subjects: ReadonlyMap<string, Subject>): PlanNode[] {
  const nowOf = addressFinder(subjects)
  for (const item of [...work.values()]) addSuperseded(item, work)
  for (const { node, record } of work.values()) {
    const taker = isSuperseded(node) ? takerOf(nowOf(record?.on)) : undefined
    if (taker !== undefined) node.goneWith = taker
  }
  const ids = [...work.keys()]
  const recordedDependents = reverse(subjects.keys(), (address) =>
    recordsOf(subjects.get(address)!).flatMap(({ dependencies }) => dependencies.map(nowOf)),
  )
  /** What takes along all that is on a machine: no call is needed, nor possible where the machine's name has moved on. */
  function takerOf(host: string | undefined): string | undefined {
    const subject = subjects.get(host ?? '')
    if (!subject) return undefined
    const item = work.get(subject.address)
    const isBegun = item?.node.action === 'create' && item.record?.deposed !== undefined
    const isReplaced = subject.displaced || isBegun || item?.node.action === 'replace'
    const old = isReplaced ? work.get(`${subject.address}#old`) : undefined
    return old?.type?.provides?.destroysContents ? old.node.id : takerOf(nowOf(recordsOf(subject)[0]?.on))
  }
  const edges = new Map<string, Set<string>>(ids.map((id) => [id, new Set()]))
  const superseded = new Map<string, string[]>()
  for (const { node } of work.values()) {
    if (isSuperseded(node)) superseded.set(node.address, [...(superseded.get(node.address) ?? []), node.id])
  }
  const oldOf = (address: string) => superseded.get(address) ?? []
  const edge = (id: string, before: string): void => {
    if (id !== before && work.has(before)) edges.get(id)?.add(before)
  }
  const wishes: Wish[] = []
  /** A deletion comes after what the recorded dependents do, and after their former objects have gone. */
  const afterDependents = (id: string, address: string, counts: (dependent: string) => boolean): void => {
    for (const dependent of recordedDependents(address)) {
      const isInside = recordsOf(subjects.get(dependent)!).some(({ on }) => nowOf(on) === address)
      const rank = isInside ? 0 : id === address ? 1 : 2
      for (const before of [...(counts(dependent) ? [dependent] : []), ...oldOf(dependent)])
        if (id !== before && work.has(before)) wishes.push({ id, before, rank })
    }
  }
  /** What goes, or moves to another machine, is to be away before the one that it was on. */
  const leaves = (dependent: string): boolean => {
    const { removed, subject } = work.get(dependent) ?? {}
    return removed === true || (subject?.record !== undefined && nowOf(subject.record.on) !== subject.resource?.on)
  }
  for (const { node, subject, removed } of work.values()) {
    const { id, address } = node
    if (isSuperseded(node)) {
      const current = work.get(address)
      const createFirst = current?.node.order !== 'delete-first'
      edge(id, oldOf(address)[oldOf(address).indexOf(id) - 1] ?? id)
      // The record names both, and ends with the last of them.
      if (current?.removed) edge(address, id)
      else if (createFirst) edge(id, address)
      afterDependents(id, address, (dependent) => createFirst || leaves(dependent))
    } else if (subject.resource && !removed) {
      for (const dependency of subject.resource.dependencies) edge(id, dependency)
      if (node.order === 'delete-first') for (const old of oldOf(address)) edge(id, old)
      // Without a node of its own for the old object, this one deletes it.
      if (node.action === 'replace' && node.order !== 'swap' && oldOf(address).length === 0)
        afterDependents(id, address, leaves)
    } else {
      afterDependents(id, address, () => true)
    }
  }
  addWishes([...wishes, ...claimWishes(work)], edges)
  const drawn = new Map(ids.map((id) => [id, [...edges.get(id)!]]))
  const edgesOf = (id: string) => drawn.get(id)!
  const cycle = findCycle(ids, edgesOf)
  if (cycle) throw new Error(`The plan has a cycle: ${cycle.join(' -> ')}`)
  return topological(ids, edgesOf).map((id) => {
    const { node } = work.get(id)!
    node.after = edgesOf(id)
    return node
  })
}

/** An order that is wanted, and given up where something else is in its way; the lower its rank, the later. */
interface Wish {
  id: string
  before: string
  rank: number
}

/**
 * What was recorded and what is wanted now can contradict each other: what depended on an object by way of one that goes
 * may depend on its successor directly.
 */
function addWishes(wishes: readonly Wish[], edges: Map<string, Set<string>>): void {
  const edgesOf = (id: string) => [...(edges.get(id) ?? [])]
  const added = wishes.filter(({ id, before }) => !edges.get(id)!.has(before))
  for (const { id, before } of added) edges.get(id)!.add(before)
  if (!findCycle(edges.keys(), edgesOf)) return
  for (const { id, before } of added) edges.get(id)!.delete(before)
  for (const { id, before } of added.toSorted((a, b) => a.rank - b.rank))
    if (!reachable([before], edgesOf).has(id)) edges.get(id)!.add(before)
}

/** The objects that a node supersedes are deleted by nodes of their own. */
function addSuperseded({ node, subject, record, observation }: Work, work: Map<string, Work>): void {
  const { displaced, displacedType, type } = subject
  const undecided = node.permitted.length > 1
  if (node.blocked) return
  if (displaced) {
    if (node.action === 'create') {
      node.order = 'delete-first'
      addOld(node, subject, displaced, displacedType, work)
    }
  } else if (node.action === 'replace' && record && !undecided && node.order !== 'swap') {
    addOld(node, subject, record, type, work, observation.former ?? observation)
  }
  for (const old of record?.deposed ?? []) addOld(node, subject, old, type, work)
}

function addOld(
  node: PlanNode,
  subject: Subject,
  record: ResourceRecord,
  type: ResourceType | undefined,
  work: Map<string, Work>,
  observation: Work['observation'] = { status: 'unknown', waitsFor: [], diagnostics: [] },
): void {
  const { address, causes } = node
  let id = `${address}#old`
  for (let n = 2; work.has(id); n++) id = `${address}#old${n}`
  work.set(id, {
    node: {
      id,
      address,
      type: record.type,
      action: 'delete',
      causes: causes.length > 0 ? causes : ['interrupted'],
      changes: [],
      after: [],
      permitted: ['delete'],
      waitsFor: [],
      ...(record.on === undefined ? {} : { on: record.on }),
    },
    subject,
    type,
    record,
    observation,
    facts: undefined,
    changes: [],
    removed: true,
  })
}

/**
 * What claims a port or a name is created after what had it is deleted; what needs it is made after what claims it, and
 * has let go of it before that is deleted.
 */
function claimWishes(work: ReadonlyMap<string, Work>): Wish[] {
  const items = [...work.values()]
  const leaving = new Map<string, string>()
  const held = new Map<string, string[]>()
  for (const { node, type, record } of items)
    if (node.action === 'delete') for (const { id } of recordedClaims(type, record)) leaving.set(id, node.id)
  const needing = items.filter(({ type }) => type?.needs)
  if (needing.length > 0)
    for (const item of items)
      if (item.node.action !== 'delete')
        for (const { id } of plannedClaims(item)) held.set(id, [...(held.get(id) ?? []), item.node.id])
  const wish = (id: string | undefined, before: string | undefined): Wish[] =>
    id === undefined || before === undefined || before === id ? [] : [{ id, before, rank: 3 }]
  const taking =
    leaving.size === 0 ? [] : items.filter(({ node: { action } }) => action === 'create' || action === 'update')
  return [
    ...taking.flatMap((item) => plannedClaims(item).flatMap((each) => wish(item.node.id, leaving.get(each.id)))),
    ...needing.flatMap((item) => {
      const { node, type, record } = item
      const needs = node.action === 'delete' ? [] : plannedClaims(item, 'needs')
      return [
        ...needs.flatMap((each) => (held.get(each.id) ?? []).flatMap((holder) => wish(node.id, holder))),
        ...recordedClaims(type, record, 'needs').flatMap((each) => wish(leaving.get(each.id), node.id)),
      ]
    }),
  ]
}

import { type Diagnostic, problem } from './diagnostics.ts'
import type { Work } from './reconcile.ts'
import type { Claim, ResourceType } from './resource.ts'
import type { ResourceRecord } from './state.ts'
import type { Subject } from './subject.ts'
import type { Json } from './value.ts'

/** A claim that can be compared with those of others. */
export interface Claimed extends Claim {
  id: string
}

/** What a resource claims, or needs of what others claim. Inputs that are unknown or of an older version tell of nothing. */
export function claimsOf(
  type: ResourceType | undefined,
  inputs: unknown,
  prepared: Json | undefined,
  on: string | undefined,
  trait: 'claims' | 'needs' = 'claims',
): Claimed[] {
  if (!type?.[trait] || inputs === undefined) return []
  try {
    const claims = type[trait](inputs as never, prepared)
    return claims.map((one) => ({ ...one, id: `${one.kind} ${one.scope === 'lab' ? '' : (on ?? '')} ${one.key}` }))
  } catch {
    return []
  }
}

/** What was recorded of claims or needs. */
export const recordedClaims = (
  type: ResourceType | undefined,
  record: ResourceRecord | undefined,
  trait?: 'claims' | 'needs',
): Claimed[] => claimsOf(type, record?.inputs, record?.prepared, record?.on, trait)

/** What is claimed or needed once the plan is carried out; for what cannot be told yet, what was recorded. */
export const plannedClaims = (
  { node, type, facts, observation, record }: Work,
  trait?: 'claims' | 'needs',
): Claimed[] =>
  facts && !facts.resolved.unknown
    ? claimsOf(type, facts.resolved.value, observation.prepared, node.on, trait)
    : recordedClaims(type, record, trait)

/** What two resources want that only one can have, as far as it shows once refs are known and files are read. */
export function claimClashes(work: Iterable<Work>): Diagnostic[] {
  const holders = new Map<string, string>()
  const clashes = new Map<string, Diagnostic>()
  for (const { node, type, facts, observation, removed } of work) {
    if (removed || facts === undefined || facts.resolved.unknown) continue
    const { address } = node
    for (const { id, kind, key, shared, advice } of claimsOf(
      type,
      facts.resolved.value,
      observation.prepared,
      node.on,
    )) {
      if (shared) continue
      const other = holders.get(id) ?? address
      holders.set(id, other)
      const pair = `${other} ${address}`
      if (other === address || clashes.has(pair)) continue
      const summary = `"${other}" and "${address}" both want ${kind} ${key}`
      clashes.set(pair, problem({ code: 'claim_clash', address, summary, ...(advice === undefined ? {} : { advice }) }))
    }
  }
  return [...clashes.values()]
}

/** What is surely needed once the plan is carried out. Inputs that are not known yet may be what lets go. */
const sureNeeds = (item: Work): Claimed[] =>
  item.node.action === 'none' || (item.facts && !item.facts.resolved.unknown) ? plannedClaims(item, 'needs') : []

/**
 * What goes though something that stays needs what it claims, and nothing else comes to claim it. What is removed stays for
 * nobody's sake, though it may not be possible to delete it: then the order keeps what it needs.
 */
export function stillNeeded(work: ReadonlyMap<string, Work>, subjects: ReadonlyMap<string, Subject>): Diagnostic[] {
  const leaving = new Map<string, string>()
  for (const { node, type, record } of work.values())
    if (node.action === 'delete') for (const { id } of recordedClaims(type, record)) leaving.set(id, node.address)
  if (leaving.size === 0) return []
  const staying = [...work.values()].filter(({ removed }) => !removed)
  for (const item of staying) for (const { id } of plannedClaims(item)) leaving.delete(id)
  const beyond = [...subjects.values()].filter(({ address }) => !work.has(address))
  const needs = [
    ...staying.map((item) => ({ address: item.node.address, needed: sureNeeds(item) })),
    ...beyond.map(({ address, type, record }) => ({ address, needed: recordedClaims(type, record, 'needs') })),
  ]
  return needs.flatMap(({ address, needed }) =>
    needed.flatMap(({ id, kind, key }) => {
      const holder = leaving.get(id)
      if (holder === undefined || holder === address) return []
      const summary = `"${holder}" cannot go while "${address}" uses ${kind} ${key}`
      const advice = `Remove "${address}" too, or have it use something else.`
      return [problem({ code: 'still_needed', address: holder, summary, advice })]
    }),
  )
}

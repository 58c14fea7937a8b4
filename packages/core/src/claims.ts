import { type Diagnostic, problem } from './diagnostics.ts'
import type { Work } from './reconcile.ts'
import type { Claim, ResourceType } from './resource.ts'
import type { Json } from './value.ts'

/** A claim that can be compared with those of others. */
export interface Claimed extends Claim {
  id: string
}

/** What a resource claims. Inputs that are unknown or of an older version claim nothing that could be told. */
export function claimsOf(
  type: ResourceType | undefined,
  inputs: unknown,
  prepared: Json | undefined,
  on: string | undefined,
): Claimed[] {
  if (!type?.claims || inputs === undefined) return []
  try {
    const claims = type.claims(inputs as never, prepared)
    return claims.map((one) => ({ ...one, id: `${one.kind} ${one.scope === 'lab' ? '' : (on ?? '')} ${one.key}` }))
  } catch {
    return []
  }
}

/** What two resources want that only one can have, as far as it shows once refs are known and files are read. */
export function claimClashes(work: Iterable<Work>): Diagnostic[] {
  const holders = new Map<string, string>()
  const clashes = new Map<string, Diagnostic>()
  for (const { node, type, facts, observation, removed } of work) {
    if (removed || facts === undefined || facts.resolved.unknown) continue
    const { address } = node
    for (const { id, kind, key } of claimsOf(type, facts.resolved.value, observation.prepared, node.on)) {
      const other = holders.get(id) ?? address
      holders.set(id, other)
      const pair = `${other} ${address}`
      if (other === address || clashes.has(pair)) continue
      const summary = `"${other}" and "${address}" both want ${kind} ${key}`
      clashes.set(pair, problem({ code: 'claim_clash', address, summary }))
    }
  }
  return [...clashes.values()]
}

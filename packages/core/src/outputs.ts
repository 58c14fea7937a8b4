import { containsExpression, encodeTree, isUnknown, type Lookup, resolveTree } from './ref.ts'
import type { LabKey } from './secret.ts'
import { formatPath, type Json, mapTree } from './value.ts'

/**
 * Outputs as they are recorded: secret ones as their HMAC and source. One that is not known is marked so, or keeps the
 * value that it had, where that is given.
 */
export function resolveOutputs(
  outputs: Record<string, unknown>,
  lookup: Lookup,
  key: LabKey,
  former?: Record<string, Json>,
): Record<string, Json> {
  const resolved = resolveTree(outputs, lookup)
  const secret = new Map(resolved.secrets.map((leaf) => [formatPath(leaf.path), leaf]))
  const recorded = mapTree(resolved.value, (value, path) => {
    const leaf = secret.get(formatPath(path))
    if (!leaf || isUnknown(value)) return isUnknown(value) ? encodeTree(value) : undefined
    return {
      $lares: 'secret',
      hmac: key.hmac(String(value)),
      ...(leaf.source === undefined ? {} : { source: leaf.source }),
    }
  }) as Record<string, Json>
  if (!former) return recorded
  const known = Object.keys(recorded).filter((name) => !containsExpression(resolved.value[name]) || name in former)
  return Object.fromEntries(
    known.map((name) => [name, containsExpression(resolved.value[name]) ? former[name]! : recorded[name]!]),
  )
}

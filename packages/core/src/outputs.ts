import type { OutputChange, Plan } from './plan.ts'
import { containsExpression, encodeTree, isUnknown, type Lookup, resolveTree, visitExpressions } from './ref.ts'
import { isRecordedSecret, type LabKey, type Redactor } from './secret.ts'
import { equal, formatPath, type Json, mapTree } from './value.ts'

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

/** How outputs change. What cannot be told of keeps the value that it had. */
export function outputChanges(
  outputs: Record<string, unknown>,
  recorded: Record<string, Json>,
  {
    lookup,
    key,
    redactor,
    isOutOfSight,
  }: { lookup: Lookup; key: LabKey; redactor: Redactor; isOutOfSight(address: string): boolean },
): Plan['outputs'] {
  const changes: Plan['outputs'] = {}
  const resolved = resolveOutputs(outputs, lookup, key)
  for (const name of new Set([...Object.keys(recorded), ...Object.keys(resolved)])) {
    const [before, after] = [recorded[name], resolved[name]]
    if (equal(before, after) || (after !== undefined && refersTo(outputs[name], isOutOfSight))) continue
    const change: OutputChange = {
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    }
    const secret = isRecordedSecret(before) || isRecordedSecret(after)
    changes[name] = secret ? { ...change, secret } : redactor.tree(change)
  }
  return changes
}

function refersTo(output: unknown, matches: (address: string) => boolean): boolean {
  let found = false
  visitExpressions(output, (body) => {
    found ||= body.kind === 'ref' && matches(body.address)
  })
  return found
}

import { containsExpression, expressionOf, UNKNOWN } from './ref.ts'
import type { Change, DiffContext, Effect, ResourceType } from './resource.ts'
import { schemaAt } from './schema.ts'
import { equalsRecorded, isRecordedSecret, type LabKey } from './secret.ts'
import { equal, formatPath, isObject, type Path, parsePath, valueAt } from './value.ts'

export interface Leaf {
  path: Path
  value: unknown
}

/** What the user wrote, down to scalars and whole lists. */
export function leavesOf(tree: unknown, path: Path = [], found: Leaf[] = []): Leaf[] {
  if (
    isObject(tree) &&
    !expressionOf(tree) &&
    !isRecordedSecret(tree) &&
    (Object.keys(tree).length > 0 || path.length === 0)
  ) {
    for (const key in tree) if (tree[key] !== undefined) leavesOf(tree[key], [...path, key], found)
  } else found.push({ path, value: tree })
  return found
}

export const startsWith = (path: Path, prefix: Path): boolean => prefix.every((step, i) => path[i] === step)
const overlap = (a: Path, b: Path): boolean => startsWith(a, b) || startsWith(b, a)

const effectOf = (type: ResourceType, path: Path): Effect => {
  const listed = (paths: readonly string[] | undefined) =>
    paths?.some((text) => startsWith(path, parsePath(text))) ?? false
  if (listed(type.replaceOn)) return 'replace'
  return listed(type.restartOn) ? 'restart' : 'live'
}

export type DiffFacts = Omit<DiffContext<Record<string, unknown>, Record<string, unknown>>, 'diff'> & {
  type: ResourceType
  key: LabKey
  /** An update had begun and its outcome is not known, so what cannot be observed is done again. */
  interrupted: boolean
}

/** Compares only what the user set, with what is there and with what was set before. */
export function diffInputs(
  facts: DiffFacts,
  options: { desired?: Record<string, unknown>; observed?: unknown; skip?: readonly string[] } = {},
): Change[] {
  const { type, set, recorded, key } = facts
  const desired = options.desired ?? facts.desired
  const observed = options.observed ?? facts.observed
  const skipped = (path: Path) => options.skip?.some((text) => startsWith(path, parsePath(text))) ?? false
  const observable = (path: Path) => schemaAt(type.attributes, path) !== undefined
  const changes: Change[] = []
  const leaves = leavesOf(set)
  for (const { path, value } of leaves) {
    if (skipped(path)) continue
    const after = valueAt(desired, path)
    const before = observable(path) ? valueAt(observed, path) : valueAt(recorded, path)
    const settled = observable(path)
      ? equal(after, before)
      : recorded !== undefined && !facts.interrupted && equalsRecorded(after, before, key)
    if (settled) continue
    const wanted = containsExpression(after) ? UNKNOWN : after
    const before_ = isRecordedSecret(before) ? undefined : before
    changes.push({
      path: formatPath(path),
      ...(before_ === undefined ? {} : { before: before_ }),
      after: wanted,
      effect: effectOf(type, path),
      // As it was written, without the defaults in lists, which are not recorded.
      cause: observable(path) && equalsRecorded(value, valueAt(recorded, path), key) ? 'drifted' : 'changed',
    })
  }
  if (type.whenUnset === 'release') return changes
  for (const { path, value } of unsetLeaves(recorded, leaves)) {
    if (skipped(path)) continue
    const after = valueAt(desired, path)
    const before = observable(path) ? valueAt(observed, path) : value
    // Without a default there is nothing to compare with: only what we set ourselves is taken back.
    const reset =
      after === undefined ? equalsRecorded(before, value, key) && before !== undefined : !equal(before, after)
    if (!reset) continue
    changes.push({
      path: formatPath(path),
      ...(isRecordedSecret(before) ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      effect: effectOf(type, path),
      cause: 'unset',
    })
  }
  return changes
}

/** What had been set and is no longer. */
export const unsetLeaves = (recorded: unknown, leaves: readonly Leaf[]): Leaf[] =>
  recorded === undefined
    ? []
    : leavesOf(recorded).filter(({ path }) => path.length > 0 && !leaves.some((leaf) => overlap(leaf.path, path)))

import type { Facts } from './decide.ts'
import { startsWith } from './diff.ts'
import type { Observation } from './observe.ts'
import { encodeTree, isUnknown } from './ref.ts'
import type { Change } from './resource.ts'
import { secretPaths } from './schema.ts'
import { expandPaths, isRecordedSecret, MASK, type Redactor, recordedSecretPaths } from './secret.ts'
import type { Subject } from './subject.ts'
import { equal, type Json, mapTree, type Path, parsePath, valueAt } from './value.ts'

/** Gives changes as they may be shown and saved: what is secret is masked, and known to the redactor from then on. */
export function createPresenter(redactor: Redactor) {
  return (
    changes: readonly Change[],
    subject: Subject,
    observation: Observation,
    facts: Facts | undefined,
  ): Change[] => {
    if (changes.length === 0) return []
    const secrets = secretsIn(subject, observation, facts)
    return changes.map((change) => presentable(change, secrets))
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
}

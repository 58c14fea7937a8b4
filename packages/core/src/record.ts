import { withMarkedSecrets } from './known.ts'
import type { ModelResource } from './model.ts'
import type { Observation } from './observe.ts'
import { type Lookup, resolveTree } from './ref.ts'
import type { ResourceType } from './resource.ts'
import { secretPaths } from './schema.ts'
import {
  expandPaths,
  type LabKey,
  type Redactor,
  recordedSecretPaths,
  recordInputs,
  recordPrepared,
  recordTree,
  sameAsRecorded,
} from './secret.ts'
import type { ResourceRecord } from './state.ts'
import type { Subject } from './subject.ts'
import { equal, type Json, type JsonObject, type Path, valueAt } from './value.ts'

export interface RecordInput {
  resource: ModelResource
  identity: string
  scope: string | undefined
  attributes: Record<string, unknown>
  prepared: Json | undefined
  /** The record it takes the place of. */
  before: ResourceRecord | undefined
}

/** Makes what state records of an object: secrets as HMACs with sources, never as they are. */
export function makeRecord(input: RecordInput, lookup: Lookup, key: LabKey, redactor: Redactor): ResourceRecord {
  const { resource, identity, scope, attributes, prepared, before } = input
  const { type } = resource
  const resolve = (tree: Record<string, unknown>) => withMarkedSecrets(type, resolveTree(tree, lookup))
  const set = resolve(resource.set)
  const inputSecrets = resource.open ? resolve(resource.inputs).secrets : set.secrets
  // A secret that was set and let go is still one.
  const released = recordedSecretPaths(before?.attributes).filter((path) =>
    sameAsRecorded(valueAt(attributes, path), valueAt(before?.attributes, path), key),
  )
  const hidden = [
    ...[...expandPaths(attributes, secretPaths(type.attributes)), ...released].map((path) => ({ path })),
    ...inputSecrets,
  ]
  const kept = before && {
    adopted: before.adopted,
    found: before.found,
    formerly: before.formerly,
    deposed: before.deposed,
  }
  return {
    ...blankRecord(resource, identity, scope),
    inputs: recordInputs(set.value, resource.set, set.secrets, key, redactor),
    attributes: recordTree(attributes, hidden, key, redactor) as JsonObject,
    ...(prepared === undefined ? {} : { prepared: recordPrepared(prepared, redactor) }),
    ...defined(kept),
    ...(before?.sealed === undefined ? {} : { sealed: before.sealed }),
  }
}

/** A copy without properties that are undefined. */
export const defined = <T extends object>(object: T | undefined): Partial<T> =>
  Object.fromEntries(Object.entries(object ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>

/** Seals the secret attributes, which may be shown only once. Undefined when there are none. */
export async function sealAttributes(
  type: ResourceType,
  attributes: Record<string, unknown>,
  key: LabKey,
): Promise<string | undefined> {
  const paths = expandPaths(attributes, secretPaths(type.attributes)).filter(
    (path) => valueAt(attributes, path) != null,
  )
  if (paths.length === 0) return undefined
  return await key.seal(JSON.stringify(paths.map((path) => [path, valueAt(attributes, path)])))
}

/** The inverse of `sealAttributes`: a tree with only the secret attributes in it. */
export async function unsealAttributes(sealed: string, key: LabKey): Promise<Record<string, unknown>> {
  const tree: Record<string, unknown> = {}
  for (const [path, value] of JSON.parse(await key.unseal(sealed)) as [Path, unknown][]) {
    let node = tree
    for (const step of path.slice(0, -1)) {
      node[step] ??= {}
      node = node[step] as Record<string, unknown>
    }
    node[path.at(-1)!] = value
  }
  return tree
}

/** True when nothing but what a read may always change differs. */
export const sameRecord = (a: ResourceRecord, b: ResourceRecord): boolean =>
  a.identity === b.identity &&
  a.scope === b.scope &&
  a.on === b.on &&
  a.version === b.version &&
  a.pending === b.pending &&
  equal(a.dependencies, b.dependencies) &&
  equal(a.inputs, b.inputs) &&
  equal(a.prepared, b.prepared) &&
  equal(a.deposed, b.deposed) &&
  equal(a.attributes, b.attributes)

/** What would be recorded of an object that was found without a record, as when the state was lost. */
export function recordOfFound({ resource }: Subject, { identity, scope }: Observation): ResourceRecord | undefined {
  if (!resource || identity === undefined) return undefined
  return blankRecord(resource, identity, scope)
}

/** Where an object is and what it depends on. */
const blankRecord = (
  { type, on, dependencies }: ModelResource,
  identity: string,
  scope: string | undefined,
): ResourceRecord => ({
  type: type.type,
  plugin: type.plugin?.package ?? '',
  version: type.version ?? 1,
  identity,
  ...(scope === undefined ? {} : { scope }),
  ...(on === undefined ? {} : { on }),
  dependencies,
  inputs: {},
  attributes: {},
})

import { type Lookup, type Resolved, type SecretLeaf, type SecretSource, UNKNOWN } from './ref.ts'
import type { ResourceType } from './resource.ts'
import { secretPaths } from './schema.ts'
import { expandPaths } from './secret.ts'
import { formatPath, type Path, valueAt } from './value.ts'

/** What is known of a resource's attributes, and where in them secrets are. */
export interface Known {
  attributes: Record<string, unknown>
  secrets: readonly Path[]
  /** More will be known after apply. */
  partial?: boolean
}

/** Looks refs up in what is known, and secrets in what was read. */
export const lookupIn =
  (known: (address: string) => Known | undefined, secretOf: (source: SecretSource) => string | undefined): Lookup =>
  (body) => {
    if (body.kind === 'secret') return { value: secretOf(body.source) ?? UNKNOWN, secretPaths: [[]] }
    const found = known(body.address)
    if (!found) return { value: UNKNOWN }
    const value = valueAt(found.attributes, body.path)
    if (value === undefined && found.partial) return { value: UNKNOWN }
    const secretPaths = found.secrets.flatMap((path) => {
      if (body.path.every((step, i) => i >= path.length || path[i] === step)) return [path.slice(body.path.length)]
      return []
    })
    return { value, secretPaths }
  }

/** Where secrets are in attributes: what the schema marks, and what came from a secret input of the same path. */
export const knownOf = (
  type: ResourceType,
  attributes: Record<string, unknown>,
  inputs: readonly SecretLeaf[],
): Known => ({
  attributes,
  secrets: [
    ...expandPaths(attributes, secretPaths(type.attributes)),
    ...inputs.flatMap(({ path }) => (valueAt(attributes, path) === undefined ? [] : [path])),
  ],
})

/** Every leaf of the inputs that is secret: by its source, or by the schema's mark. */
export const withMarkedSecrets = (type: ResourceType, resolved: Resolved): Resolved => {
  const marked = secretPaths(type.inputs)
  if (marked.length === 0) return resolved
  const known = new Set(resolved.secrets.map(({ path }) => formatPath(path)))
  const more = expandPaths(resolved.value, marked).filter((path) => !known.has(formatPath(path)))
  return { ...resolved, secrets: [...resolved.secrets, ...more.map((path) => ({ path }))] }
}

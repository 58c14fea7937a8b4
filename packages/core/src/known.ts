import { containsExpression, type Lookup, type Resolved, type SecretLeaf, type SecretSource, UNKNOWN } from './ref.ts'
import type { Change, Owner, ResourceType } from './resource.ts'
import { keysAt, secretPaths } from './schema.ts'
import { expandPaths } from './secret.ts'
import { formatPath, type Path, parsePath, valueAt } from './value.ts'

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

/** What the attributes will be after an action, as far as that can be told; the secrets in them; whether more is to come. */
export function expectedAttributes(
  { type, owner }: { type: ResourceType; owner: Owner },
  { action, changes }: { action: string; changes: readonly Change[] },
  attributes: Record<string, unknown> | undefined,
  resolved: Resolved,
): [Record<string, unknown>, Resolved['secrets'], boolean] {
  if (attributes && (action === 'none' || action === 'adopt')) return [attributes, resolved.secrets, false]
  if (attributes && action === 'update') {
    const inputs = new Set(keysAt(type.inputs, []))
    const names = new Set(keysAt(type.attributes, []))
    const after = Object.fromEntries(
      changes.flatMap(({ path, after }) => {
        const [name, ...inside] = parsePath(path)
        if (name === undefined || !names.has(String(name))) return []
        if (inputs.has(String(name))) return [[name, resolved.value[name]]]
        // What no input says: the type tells what it becomes, as a whole or not at all.
        return [[name, inside.length === 0 ? after : UNKNOWN]]
      }),
    )
    return [{ ...attributes, ...after }, resolved.secrets, false]
  }
  const predicted = withKnown(resolved.value, resolved.unknown, (known) => type.predict?.(known as never, owner)) ?? {}
  return [predicted, resolved.secrets, true]
}

// One for all, because an error is costly to make.
const untold = new Error('not known yet')

/** What a function makes of inputs; undefined when it touches one that is not known yet. */
export function withKnown<T>(
  inputs: Record<string, unknown>,
  open: boolean,
  use: (inputs: Record<string, unknown>) => T,
  onUntold?: (input: unknown, key: string) => void,
): T | undefined {
  if (!open) return use(inputs)
  const known = new Proxy(inputs, {
    get(target, key) {
      const value = target[key as string]
      if (typeof value === 'object' && containsExpression(value)) {
        onUntold?.(value, key as string)
        throw untold
      }
      return value
    },
  })
  try {
    return use(known)
  } catch (error) {
    if (error === untold) return undefined
    throw error
  }
}

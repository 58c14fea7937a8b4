import { createHash } from 'node:crypto'
import type { Lab } from './config.ts'
import type { Declaration } from './declaration.ts'
import {
  type Diagnostic,
  type DiagnosticInput,
  didYouMean,
  hasErrors,
  isLaresError,
  problem,
  toDiagnostics,
} from './diagnostics.ts'
import { startsWith } from './diff.ts'
import { findCycle, topological } from './graph.ts'
import { checkOptions } from './options.ts'
import { PLUGIN_API } from './plugin.ts'
import { acceptedProviders } from './provider.ts'
import { containsExpression, encodeTree, visitExpressions } from './ref.ts'
import type { Claim, Owner, ResourceType, Verb } from './resource.ts'
import { checkInputs, keysAt, schemaAt, secretPaths } from './schema.ts'
import { formatPath, type Path, parsePath } from './value.ts'

/** A declared resource that was found valid. */
export interface ModelResource {
  address: string
  type: ResourceType
  owner: Owner
  /** What the user wrote, with expressions. */
  set: Record<string, unknown>
  /** The same with defaults. */
  inputs: Record<string, unknown>
  /** Inputs hold expressions. */
  open: boolean
  /** The natural key, unless it depends on what is not known yet. */
  identity: string | undefined
  on?: string
  /** Addresses that its inputs refer to. */
  refs: string[]
  /** All addresses that must be there before it: `on`, `dependsOn` and refs. */
  dependencies: string[]
  movedFrom: readonly string[]
  ignoreChanges: readonly Path[]
  timeouts: { [V in Verb]?: number }
  retries?: number
}

/** The validated set of resources. */
export interface Model {
  lab: string
  /** Each comes after what it depends on. */
  resources: Map<string, ModelResource>
  outputs: Record<string, unknown>
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/

/** The model, or every problem with the lab at once. */
export function buildModel(lab: Lab): { model: Model; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [...lab.diagnostics]
  const declared = new Map<string, Declaration>()
  const report = (declaration: Declaration | undefined, diagnostic: DiagnosticInput, path: Path = []): void => {
    const source = declaration?.locate?.(path)
    const where = declaration ? { address: declaration.address } : {}
    diagnostics.push(problem({ ...where, ...diagnostic, ...(source ? { source } : {}) }))
  }
  if (!NAME.test(lab.name)) {
    report(undefined, {
      code: 'invalid_config',
      summary: `"${lab.name}" is no name for a lab`,
      path: 'name',
      advice: 'Letters, digits, - and _, beginning with a letter.',
    })
  }
  for (const plugin of lab.plugins) {
    if (plugin.api !== PLUGIN_API) {
      report(undefined, {
        code: 'plugin_api_mismatch',
        summary: `${plugin.package} ${plugin.version} was built for plugin API ${plugin.api}; this core speaks ${PLUGIN_API}`,
        advice: plugin.api > PLUGIN_API ? 'Update @lares/core.' : `Update ${plugin.package}.`,
      })
    }
  }
  for (const declaration of lab.declarations) {
    const { address } = declaration
    if (!NAME.test(address) || address === 'secret') {
      report(declaration, {
        code: 'invalid_name',
        summary: `"${address}" is no name for a resource`,
        advice: 'Letters, digits, - and _, beginning with a letter; "secret" is taken.',
      })
    } else if (declared.has(address)) {
      report(declaration, {
        code: 'duplicate_name',
        summary: `Two resources are named "${address}"`,
        advice: 'A name is unique in the whole lab: rename one.',
      })
    } else declared.set(address, declaration)
  }
  const resources = new Map<string, ModelResource>()
  for (const declaration of declared.values()) {
    resources.set(declaration.address, modelResource(lab, declaration, declared, report))
  }
  for (const [name, value] of Object.entries(lab.outputs)) {
    visitExpressions(value, (body) => {
      if (body.kind === 'ref') checkRef(body.address, body.path, undefined, ['outputs', name], declared, report)
    })
  }
  const edgesOf = (address: string) => resources.get(address)?.dependencies ?? []
  const cycle = findCycle(resources.keys(), edgesOf)
  if (cycle) {
    report(declared.get(cycle[0]!), {
      code: 'cycle',
      summary: `Resources depend on each other in a circle: ${cycle.join(' -> ')}`,
      advice: 'Remove one of these refs, "on" or "dependsOn".',
    })
    return { model: { lab: lab.name, resources: new Map(), outputs: {} }, diagnostics }
  }
  const ordered = new Map(topological(resources.keys(), edgesOf).map((address) => [address, resources.get(address)!]))
  if (!hasErrors(diagnostics)) reportClashes(ordered, declared, report)
  return { model: { lab: lab.name, resources: ordered, outputs: lab.outputs }, diagnostics }
}

type Report = (declaration: Declaration | undefined, diagnostic: DiagnosticInput, path?: Path) => void

function modelResource(
  lab: Lab,
  declaration: Declaration,
  declared: Map<string, Declaration>,
  report: Report,
): ModelResource {
  const { address, type } = declaration
  const refs = new Set<string>()
  visitExpressions(declaration.inputs, (body, path) => {
    if (body.kind !== 'ref') return
    refs.add(body.address)
    checkRef(body.address, body.path, declaration, path, declared, report)
  })
  const checked = checkInputs(type.inputs, declaration.inputs, address)
  for (const { severity: _, ...diagnostic } of checked.diagnostics) {
    report(declaration, diagnostic, diagnostic.path ? parsePath(diagnostic.path) : [])
  }
  for (const { address: other } of declaration.dependsOn)
    checkAddress(other, declaration, ['dependsOn'], declared, report)
  checkOn(declaration, declared, report)
  for (const former of declaration.movedFrom) {
    if (declared.has(former)) {
      report(
        declaration,
        { code: 'moved_from_present', summary: `movedFrom names "${former}", which is still a resource of its own` },
        ['movedFrom'],
      )
    }
  }
  const parsed = <T>(read: () => T, option: string): T | undefined => {
    try {
      return read()
    } catch (error) {
      const detail = isLaresError(error) ? error.diagnostics[0]!.summary : (error as Error).message
      report(declaration, { code: 'invalid_input', summary: `"${option}" is not valid: ${detail}`, path: option }, [
        option,
      ])
      return undefined
    }
  }
  const options = checkOptions(declaration)
  for (const { severity: _, ...diagnostic } of options.diagnostics)
    report(declaration, diagnostic, diagnostic.path ? parsePath(diagnostic.path) : [])
  /** State and plans name every object by its identity. */
  const checkIdentity = (input: unknown, key: string): void =>
    visitExpressions(input, (body) => {
      const target = body.kind === 'ref' && declared.get(body.address)
      const marked = target && secretPaths(target.type.attributes).some((path) => startsWith(body.path, path))
      if (body.kind !== 'secret' && !marked) return
      const summary = `"${key}" is what ${type.type} is known by, and cannot be secret`
      report(declaration, { code: 'secret_in_identity', summary, path: key }, [key])
    })
  const owner: Owner = { lab: lab.name, address }
  const open = containsExpression(checked.value)
  const dependencies = new Set([...refs, ...declaration.dependsOn.map((pointer) => pointer.address)])
  if (declaration.on) dependencies.add(declaration.on.address)
  return {
    address,
    type,
    owner,
    set: declaration.inputs,
    inputs: checked.value,
    open,
    identity:
      checked.diagnostics.length > 0
        ? undefined
        : parsed(() => identityOf(type, checked.value, owner, open, checkIdentity), 'identity'),
    ...(declaration.on ? { on: declaration.on.address } : {}),
    refs: [...refs],
    dependencies: [...dependencies],
    movedFrom: declaration.movedFrom,
    ...options.value,
  }
}

function checkAddress(
  address: string,
  from: Declaration | undefined,
  path: Path,
  declared: Map<string, Declaration>,
  report: Report,
): Declaration | undefined {
  const found = declared.get(address)
  if (!found) {
    report(
      from,
      {
        code: 'unknown_reference',
        summary: `There is no resource "${address}"`,
        path: formatPath(path),
        ...didYouMean(address, declared.keys()),
      },
      path,
    )
  }
  return found
}

function checkRef(
  address: string,
  path: Path,
  from: Declaration | undefined,
  at: Path,
  declared: Map<string, Declaration>,
  report: Report,
): void {
  const target = checkAddress(address, from, at, declared, report)
  if (!target || schemaAt(target.type.attributes, path) !== undefined) return
  const parent = path.slice(0, -1)
  const names = keysAt(target.type.attributes, parent)
  report(
    from,
    {
      code: 'unknown_reference',
      summary: `"${address}" (${target.type.type}) has no attribute "${formatPath(path)}"`,
      path: formatPath(at),
      ...(didYouMean(String(path.at(-1)), names) ??
        (names.length > 0 ? { advice: `It has: ${names.join(', ')}.` } : {})),
    },
    at,
  )
}

function checkOn(declaration: Declaration, declared: Map<string, Declaration>, report: Report): void {
  const { on, type } = declaration
  if (!on) {
    if (type.provider && !hasFallback(type.provider)) {
      report(declaration, {
        code: 'on_missing',
        summary: `"on" is missing: ${type.type} needs a resource that provides ${acceptedProviders(type.provider).join(' or ')}`,
      })
    }
    return
  }
  const target = checkAddress(on.address, declaration, ['on'], declared, report)
  if (!target) return
  if (!type.provider) {
    report(declaration, { code: 'on_invalid', summary: `${type.type} takes no "on"`, path: 'on' }, ['on'])
    return
  }
  const accepted = acceptedProviders(type.provider)
  const given = target.type.provides?.provider.name
  if (given === undefined || !accepted.includes(given)) {
    report(
      declaration,
      {
        code: 'on_invalid',
        summary: `"${on.address}" (${target.type.type}) ${given ? `provides ${given}` : 'is no connection'}; ${type.type} needs ${accepted.join(' or ')}`,
        path: 'on',
      },
      ['on'],
    )
  }
}

const hasFallback = (provider: NonNullable<ResourceType['provider']>): boolean =>
  provider.fallback !== undefined || (provider.over !== undefined && hasFallback(provider.over))

/** Two resources that mean one object, or that claim what only one can have. */
function reportClashes(
  resources: Map<string, ModelResource>,
  declared: Map<string, Declaration>,
  report: Report,
): void {
  const taken = new Map<string, string>()
  const claim = (resource: ModelResource, key: string, diagnostic: (other: string) => DiagnosticInput): void => {
    const other = taken.get(key)
    if (other === undefined) taken.set(key, resource.address)
    else report(declared.get(resource.address), diagnostic(other))
  }
  for (const resource of resources.values()) {
    const { type, on = '' } = resource
    const { identity } = resource
    if (identity !== undefined) {
      claim(resource, `${type.type}\0${on}\0${identity}`, (other) => ({
        code: 'identity_clash',
        summary: `"${other}" and "${resource.address}" are the same object: ${type.type} "${identity}"`,
        advice: 'Remove one of them, or give it another name.',
      }))
    }
    if (!type.claims || resource.open) continue
    for (const { kind, scope, key } of claimsOf(resource, (error) => {
      for (const { severity: _, ...d } of toDiagnostics(error, { summary: 'Its claims cannot be told' }))
        report(declared.get(resource.address), d)
    })) {
      claim(resource, `${kind}\0${scope === 'lab' ? '' : on}\0${key}`, (other) => ({
        code: 'claim_clash',
        summary: `"${other}" and "${resource.address}" both want ${kind} ${key}`,
      }))
    }
  }
}

function claimsOf({ type, inputs }: ModelResource, onError: (error: unknown) => void): readonly Claim[] {
  try {
    return type.claims!(inputs as never)
  } catch (error) {
    onError(error)
    return []
  }
}

// One for all, because an error is costly to make.
const untold = new Error('not known yet')

/** The natural key, or undefined while it depends on what is unknown. */
export const identityOf = (
  type: ResourceType,
  inputs: Record<string, unknown>,
  owner: Owner,
  open = containsExpression(inputs),
  onUntold?: (input: unknown, key: string) => void,
): string | undefined => withKnown(inputs, open, (known) => type.identity(known as never, owner), onUntold)

/** What a function makes of inputs; undefined when it touches one that is not known yet. */
function withKnown<T>(
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

/** Changes whenever the config means something else. */
export function modelDigest(model: Model): string {
  const hash = createHash('sha256')
  const encoded = (tree: Record<string, unknown>) => (containsExpression(tree) ? encodeTree(tree) : tree)
  for (const {
    address,
    type,
    on,
    set,
    dependencies,
    ignoreChanges,
    movedFrom,
    timeouts,
    retries,
  } of model.resources.values()) {
    hash.update(
      JSON.stringify([address, type.type, on, encoded(set), dependencies, ignoreChanges, movedFrom, timeouts, retries]),
    )
  }
  return hash.update(JSON.stringify([model.lab, encoded(model.outputs)])).digest('hex')
}

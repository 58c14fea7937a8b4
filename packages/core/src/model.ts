import { createHash } from 'node:crypto'
import type { Lab } from './config.ts'
import { type Declaration, NAME } from './declaration.ts'
import {
  type Diagnostic,
  type DiagnosticInput,
  hasErrors,
  isLaresError,
  problem,
  toDiagnostics,
} from './diagnostics.ts'
import { startsWith } from './diff.ts'
import { type Expansion, expandComposites } from './expansion.ts'
import { findCycle, topological } from './graph.ts'
import { withKnown } from './known.ts'
import { checkOptions } from './options.ts'
import { PLUGIN_API } from './plugin.ts'
import { containsExpression, encodeTree, visitExpressions } from './ref.ts'
import { checkPointers, checkRefs, type Declared, type Report, reportAll } from './references.ts'
import type { Claim, Owner, ResourceType, Verb } from './resource.ts'
import { checkInputs, secretPaths } from './schema.ts'
import { canonical, type Path } from './value.ts'

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

/** The model, or every problem with the lab at once. */
export function buildModel(lab: Lab): { model: Model; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [...lab.diagnostics]
  const declared = new Map<string, Declaration>()
  const report: Report = (declaration, diagnostic, path = []) => {
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
  const expansion = expandComposites(declared, report)
  const resources = new Map<string, ModelResource>()
  for (const declaration of expansion.resources) {
    resources.set(declaration.address, modelResource(lab, declaration, declared, expansion, report))
  }
  checkRefs({ outputs: lab.outputs }, undefined, declared, report)
  const edgesOf = (address: string) => resources.get(address)?.dependencies ?? []
  const cycle = findCycle(resources.keys(), edgesOf)
  if (cycle) {
    report(expansion.all.get(cycle[0]!), {
      code: 'cycle',
      summary: `Resources depend on each other in a circle: ${cycle.join(' -> ')}`,
      advice: 'Remove one of these refs, "on" or "dependsOn".',
    })
    return { model: { lab: lab.name, resources: new Map(), outputs: {} }, diagnostics }
  }
  const ordered = new Map(topological(resources.keys(), edgesOf).map((address) => [address, resources.get(address)!]))
  if (!hasErrors(diagnostics)) reportClashes(ordered, expansion.all, report)
  const outputs = expansion.replaceRefs(lab.outputs)
  return { model: { lab: lab.name, resources: ordered, outputs }, diagnostics }
}

function modelResource(
  lab: Lab,
  declaration: Declaration<ResourceType>,
  declared: Declared,
  expansion: Expansion,
  report: Report,
): ModelResource {
  const { address, type } = declaration
  const { all, addressesOf } = expansion
  const visible = declared.has(address) ? declared : all
  const named = checkRefs(declaration.inputs, declaration, visible, report)
  const set = expansion.replaceRefs(declaration.inputs)
  const refs = set === declaration.inputs ? named : refsIn(set)
  const checked = checkInputs(type.inputs, set, address)
  reportAll(checked.diagnostics, declaration, report)
  checkPointers(declaration, visible, report, all)
  const options = checkOptions(declaration)
  reportAll(options.diagnostics, declaration, report)
  /** State and plans name every object by its identity. */
  const checkIdentity = (input: unknown, key: string): void =>
    visitExpressions(input, (body) => {
      const target = body.kind === 'ref' && all.get(body.address)
      const marked = target && secretPaths(target.type.attributes).some((path) => startsWith(body.path, path))
      if (body.kind !== 'secret' && body.kind !== 'concealed' && !marked) return
      const summary = `"${key}" is what ${type.type} is known by, and cannot be secret`
      report(declaration, { code: 'secret_in_identity', summary, path: key }, [key])
    })
  const owner: Owner = { lab: lab.name, address }
  const open = containsExpression(checked.value)
  const identity = (): string | undefined => {
    if (checked.diagnostics.length > 0) return undefined
    try {
      return identityOf(type, checked.value, owner, open, checkIdentity)
    } catch (error) {
      const detail = isLaresError(error) ? error.diagnostics[0]!.summary : (error as Error).message
      const summary = `"identity" is not valid: ${detail}`
      report(declaration, { code: 'invalid_input', summary, path: 'identity' }, ['identity'])
      return undefined
    }
  }
  const dependencies = new Set([...refs, ...declaration.dependsOn.flatMap((pointer) => addressesOf(pointer.address))])
  if (declaration.on) dependencies.add(declaration.on.address)
  return {
    address,
    type,
    owner,
    set,
    inputs: checked.value,
    open,
    identity: identity(),
    ...(declaration.on ? { on: declaration.on.address } : {}),
    refs,
    dependencies: [...dependencies],
    movedFrom: declaration.movedFrom,
    ...options.value,
  }
}

function refsIn(tree: unknown): string[] {
  const addresses = new Set<string>()
  visitExpressions(tree, (body) => {
    if (body.kind === 'ref') addresses.add(body.address)
  })
  return [...addresses]
}

/** Two resources that mean one object, or that claim what only one can have. */
function reportClashes(resources: Map<string, ModelResource>, declared: Declared, report: Report): void {
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
    for (const { kind, scope, key, shared, advice } of claimsOf(resource, (error) => {
      for (const { severity: _, ...d } of toDiagnostics(error, { summary: 'Its claims cannot be told' }))
        report(declared.get(resource.address), d)
    })) {
      if (shared) continue
      claim(resource, `${kind}\0${scope === 'lab' ? '' : on}\0${key}`, (other) => ({
        code: 'claim_clash',
        summary: `"${other}" and "${resource.address}" both want ${kind} ${key}`,
        ...(advice === undefined ? {} : { advice }),
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

/** The natural key, or undefined while it depends on what is unknown. */
export const identityOf = (
  type: ResourceType,
  inputs: Record<string, unknown>,
  owner: Owner,
  open = containsExpression(inputs),
  onUntold?: (input: unknown, key: string) => void,
): string | undefined => withKnown(inputs, open, (known) => type.identity(known as never, owner), onUntold)

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
    visitExpressions(set, (body) => {
      if (body.kind === 'concealed') hash.update(canonical(encodeTree(body.value)))
    })
    hash.update(
      JSON.stringify([address, type.type, on, encoded(set), dependencies, ignoreChanges, movedFrom, timeouts, retries]),
    )
  }
  return hash.update(JSON.stringify([model.lab, encoded(model.outputs)])).digest('hex')
}

import { type CompositeType, isComposite } from './composite.ts'
import { type Declarable, makeFactory, optionNames, type ResourceFactory } from './declaration.ts'
import type { ResourceType } from './resource.ts'

/** The version of the contract between core and plugins. A plugin built for another one is refused. */
export const PLUGIN_API = 1

export const PLUGIN: unique symbol = Symbol.for('lares.plugin') as never

/** A plugin as the engine sees it. */
export interface Plugin {
  /** Prefix of its resource types: `nfs`. */
  name: string
  /** The npm package, as state records it: `@lares/plugin-nfs`. */
  package: string
  version: string
  api: number
  /** By full type name, `nfs.export`. */
  types: ReadonlyMap<string, ResourceType>
  /** The same of its composites. */
  composites: ReadonlyMap<string, CompositeType>
}

/** A plugin as a config sees it: one factory for each resource type and composite. */
export type PluginExport<R> = { readonly [K in keyof R]: ResourceFactory<R[K]> } & { readonly [PLUGIN]: Plugin }

/** The default export of a plugin package: resource types and composites. Keys of `resources` are the names of the factories; types are `<name>.<key>`. */
export function definePlugin<const R extends Record<string, unknown>>(definition: {
  name: string
  package: string
  version: string
  resources: { [K in keyof R]: R[K] }
}): PluginExport<R> {
  const { name, package: packageName, version, resources } = definition
  const types = new Map<string, ResourceType>()
  const composites = new Map<string, CompositeType>()
  const plugin: Plugin = { name, package: packageName, version, api: PLUGIN_API, types, composites }
  const factories: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(resources)) {
    const type: Declarable = { ...(value as Declarable), plugin }
    if (type.type !== `${name}.${key}`)
      throw new TypeError(`Plugin "${name}": "${key}" must have the type "${name}.${key}"`)
    const taken = ['type', ...optionNames].find((option) => option in type.inputs.shape)
    if (taken !== undefined)
      throw new TypeError(`Plugin "${name}": "${key}" has an input "${taken}", which means something else in YAML`)
    if (isComposite(type)) composites.set(type.type, type)
    else types.set(type.type, type)
    factories[key] = makeFactory(type)
  }
  return Object.assign(factories, { [PLUGIN]: plugin }) as unknown as PluginExport<R>
}

/** The plugin in a module's default export, also one that another copy of core made. */
export const pluginOf = (value: unknown): Plugin | undefined =>
  typeof value === 'object' && value !== null ? (value as { [PLUGIN]?: Plugin })[PLUGIN] : undefined

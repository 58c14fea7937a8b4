import { makeFactory, type ResourceFactory } from './declaration.ts'
import type { ResourceDefinition, ResourceType } from './resource.ts'

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
}

/** A plugin as a config sees it: one factory for each resource type. */
export type PluginExport<R> = { readonly [K in keyof R]: ResourceFactory<R[K]> } & { readonly [PLUGIN]: Plugin }

/** The default export of a plugin package. Keys of `resources` are the names of the factories; types are `<name>.<key>`. */
export function definePlugin<const R extends Record<string, unknown>>(definition: {
  name: string
  package: string
  version: string
  resources: { [K in keyof R]: R[K] }
}): PluginExport<R> {
  const { name, package: packageName, version, resources } = definition
  const types = new Map<string, ResourceType>()
  const plugin: Plugin = { name, package: packageName, version, api: PLUGIN_API, types }
  const factories: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(resources)) {
    const type: ResourceType = { ...(value as ResourceDefinition as ResourceType), plugin }
    if (type.type !== `${name}.${key}`)
      throw new TypeError(`Plugin "${name}": "${key}" must have the type "${name}.${key}"`)
    types.set(type.type, type)
    factories[key] = makeFactory(type)
  }
  return Object.assign(factories, { [PLUGIN]: plugin }) as unknown as PluginExport<R>
}

/** The plugin in a module's default export, also one that another copy of core made. */
export const pluginOf = (value: unknown): Plugin | undefined =>
  typeof value === 'object' && value !== null ? (value as { [PLUGIN]?: Plugin })[PLUGIN] : undefined

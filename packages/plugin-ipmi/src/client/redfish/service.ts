import type { CallOptions } from '../driver.ts'
import { BmcError } from '../error.ts'
import type { Login } from '../login.ts'
import type { RedfishSession } from './session.ts'
import { type Json, link, part, parts, text } from './values.ts'

/** The resources of a service that are about one machine, found by their links. */
export interface Service {
  root(options?: CallOptions): Promise<Json>
  /** Read anew each time. */
  system(options?: CallOptions): Promise<Json>
  systemPath(options?: CallOptions): Promise<string>
  /** The BMC itself. */
  manager(options?: CallOptions): Promise<Json>
  managerPath(options?: CallOptions): Promise<string>
  /** What the machine is in. */
  chassis(options?: CallOptions): Promise<Json[]>
  /** All members of a collection, read. */
  members(path: string, what: string, options?: CallOptions): Promise<Json[]>
}

const MOST_PAGES = 1_000

export function serviceOf(session: RedfishSession, { system: wanted }: Login): Service {
  const { description, root } = session
  let knownSystem: string | undefined
  let knownManager: string | undefined

  async function canExpand(options?: CallOptions): Promise<boolean> {
    const { ProtocolFeaturesSupported } = await root(options)
    return part(part(ProtocolFeaturesSupported).ExpandQuery).NoLinks === true
  }

  /** As they stand in the collection: links, or the members themselves. */
  async function entries(path: string, what: string, options?: CallOptions): Promise<Json[]> {
    const expanded = (await canExpand(options)) ? `${path}${path.includes('?') ? '&' : '?'}$expand=.($levels=1)` : path
    const found: Json[] = []
    const seen = new Set<string>()
    let next: string | undefined = expanded
    while (next !== undefined && !seen.has(next) && seen.size < MOST_PAGES) {
      seen.add(next)
      const page: Json = await session.get(next, { ...options, what })
      found.push(...parts(page.Members))
      next = text(page['Members@odata.nextLink'])
    }
    return found
  }

  async function members(path: string, what: string, options?: CallOptions): Promise<Json[]> {
    const found: Json[] = []
    for (const each of await entries(path, what, options)) {
      const at = link(each)
      // More than its name says that it is the member itself.
      if (Object.keys(each).some((name) => !name.startsWith('@'))) found.push(each)
      else if (at !== undefined) found.push(await session.get(at, { ...options, what }))
    }
    return found
  }

  async function systemPath(options?: CallOptions): Promise<string> {
    if (knownSystem !== undefined) return knownSystem
    const collection = link((await root(options)).Systems)
    const what = 'find the machine'
    const all =
      collection === undefined ? [] : (await entries(collection, what, options)).flatMap((each) => link(each) ?? [])
    const chosen = wanted === undefined ? all : all.filter((path) => idOf(path) === wanted)
    if (chosen.length !== 1) throw notOne(description, wanted, all.map(idOf))
    knownSystem = chosen[0]!
    return knownSystem
  }

  const system = async (options?: CallOptions): Promise<Json> =>
    await session.get(await systemPath(options), { ...options, what: 'read the machine' })

  async function managerPath(options?: CallOptions): Promise<string> {
    if (knownManager !== undefined) return knownManager
    const [own] = parts(part((await system(options)).Links).ManagedBy)
    const collection = link((await root(options)).Managers)
    const [first] =
      own === undefined && collection !== undefined ? await entries(collection, 'find the BMC', options) : []
    const found = link(own ?? first)
    if (found === undefined) throw new BmcError('unsupported', `${description}: it tells nothing of the BMC itself`)
    knownManager = found
    return found
  }

  return {
    root,
    system,
    systemPath,
    managerPath,
    manager: async (options) => await session.get(await managerPath(options), { ...options, what: 'read the BMC' }),
    async chassis(options) {
      const linked = parts(part((await system(options)).Links).Chassis).flatMap((each) => link(each) ?? [])
      const collection = link((await root(options)).Chassis)
      if (linked.length === 0)
        return collection === undefined ? [] : await members(collection, 'read the chassis', options)
      const found: Json[] = []
      for (const path of linked) found.push(await session.get(path, { ...options, what: 'read the chassis' }))
      return found
    },
    members,
  }
}

/** By the last part of its path, which is what its `Id` is. */
const idOf = (path: string): string => path.split('/').filter(Boolean).at(-1) ?? ''

function notOne(description: string, wanted: string | undefined, ids: readonly string[]): BmcError {
  const advice = `There are: ${ids.join(', ')}; say which by "system".`
  if (ids.length === 0) return new BmcError('unsupported', `${description}: it tells of no machine`)
  return wanted === undefined
    ? new BmcError('invalid', `${description}: it has ${ids.length} machines`, { advice })
    : new BmcError('invalid', `${description}: it has no machine "${wanted}"`, { advice })
}

/** What is allowed as a value, where the BMC says so. */
export function allowed(owner: Json, name: string): string[] | undefined {
  const list = owner[`${name}@Redfish.AllowableValues`]
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : undefined
}

export const healthOf = (resource: Json): string | undefined => text(part(resource.Status).Health)

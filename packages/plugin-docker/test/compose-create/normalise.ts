import type { ContainerInspect } from '../../src/client/index.ts'
import type { Inspected } from './sides.ts'

type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json }
type JsonObject = { [key: string]: Json }

/** Where an inspect tells what the engine chose or what happened, and not what was asked for. */
const GIVEN = {
  containers: [
    ...['Id', 'Created', 'State', 'ResolvConfPath', 'HostnamePath', 'HostsPath', 'LogPath', 'GraphDriver'],
    ...['ExecIDs', 'RestartCount', 'ProcessLabel', 'MountLabel', 'AppArmorProfile'],
  ],
  networks: ['Id', 'Created', 'Containers'],
  volumes: ['CreatedAt'],
} as const

/** Lists whose order means nothing to an engine, and which Compose, too, writes in any order. */
const SETS: readonly RegExp[] = [
  /\.Config\.Env$/,
  /\.HostConfig\.(?:Binds|Mounts|Links|CapAdd|CapDrop|SecurityOpt|GroupAdd|ExtraHosts|Ulimits|Devices)$/,
  /\.HostConfig\.(?:DeviceRequests\.\d+\.Capabilities\.\d+|PortBindings\..+)$/,
  /\.Networks\..+\.(?:Aliases|Links|IPAMConfig\.LinkLocalIPs)$/,
  /^containers\.[^.]+\.Mounts$/,
]

/** What was inspected, without what differs each time, in one order. */
export function normalised(inspected: Inspected): JsonObject {
  const names = new Map([
    ...Object.values(inspected.containers).map(({ Id, Name }): [string, string] => [Id, Name.slice(1)]),
    ...Object.entries(inspected.images).map(([name, { Id }]): [string, string] => [Id, name]),
  ])
  const rename = (text: string) => [...names].reduce((it, [id, name]) => it.replaceAll(id, name), text)
  const sections = {
    containers: mapped(inspected.containers, (it) => withoutGiven(containerJson(it), GIVEN.containers)),
    networks: mapped(inspected.networks, (it) =>
      withoutPicks(withoutGiven(it as unknown as JsonObject, GIVEN.networks)),
    ),
    images: mapped(inspected.images, ({ RepoTags, Os, Architecture, Config }) => ({
      RepoTags: (RepoTags ?? []).toSorted(),
      Os,
      Architecture,
      Config: withoutGiven(Config as unknown as JsonObject, ['Image', 'Hostname']),
    })),
    files: inspected.files as unknown as JsonObject,
    volumes: mapped(inspected.volumes, (it) => withoutGiven(it as unknown as JsonObject, GIVEN.volumes)),
  }
  return tidy(JSON.parse(rename(JSON.stringify(sections))) as JsonObject, '') as JsonObject
}

const mapped = <Item>(items: Readonly<Record<string, Item>>, map: (item: Item) => JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(items).map(([name, item]) => [name, map(item)]))

const withoutGiven = (json: JsonObject, given: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(json).filter(([key]) => !given.includes(key)))

/** An engine names a container by its id, its anonymous volumes at random, and picks addresses when it starts. */
function containerJson(container: ContainerInspect): JsonObject {
  const { Networks } = container.NetworkSettings
  const text = JSON.stringify({ ...container, NetworkSettings: { Networks } })
  const short = container.Id.slice(0, 12)
  const named = text
    .replaceAll(`"${short}"`, '"<id>"')
    .replace(/(?<="com\.docker\.compose\.depends_on":")[^"]*/, (list) => list.split(',').toSorted().join(','))
  return JSON.parse(named.replaceAll(/(?<![0-9a-f:])[0-9a-f]{64}(?=\/_data|","Source")/g, '<anonymous>')) as JsonObject
}

/** A subnet that nobody asked for is another one each time. */
function withoutPicks(network: JsonObject): JsonObject {
  const ipam = network['IPAM'] as JsonObject
  const pools = (ipam['Config'] as JsonObject[] | null) ?? []
  const isPicked = pools.every((pool) =>
    /^(?:172\.(?:1[6-9]|2[0-9]|3[01])\.0\.0\/16|192\.168\.\d+\.0\/20)$/.test(String(pool['Subnet'])),
  )
  return isPicked ? { ...network, IPAM: { ...ipam, Config: null } } : network
}

/** In one order, and without what is empty: an absent list and an empty one are the same to an engine. */
function tidy(value: Json, path: string): Json {
  if (Array.isArray(value)) {
    const items = value.map((item, index) => tidy(item, `${path}.${index}`))
    return SETS.some((set) => set.test(path)) ? items.toSorted(byText) : items
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, it]): [string, Json] => [
    key,
    tidy(it, `${path}.${key}`.replace(/^\./, '')),
  ])
  return Object.fromEntries(
    entries.filter(([, it]) => OWN_KEYS.test(path) || !isEmpty(it)).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

const byText = (a: Json, b: Json): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

/** Maps of the user's own keys: a label may be empty, and an exposed port says nothing but that it is there. */
const OWN_KEYS = /\.(?:ExposedPorts|Labels|Tmpfs|Options|Sysctls|Volumes|PortBindings)$/

const isEmpty = (value: Json): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0)

/** The paths at which two of them differ, each as deep as it can be told. */
export function differingPaths(a: Json, b: Json, path: string[] = []): string[][] {
  if (JSON.stringify(a) === JSON.stringify(b)) return []
  const isMap = (value: Json): value is JsonObject =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isMap(a) || !isMap(b)) return [path]
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].flatMap((key) => differingPaths(a[key], b[key], [...path, key]))
}

import type { Project } from '../../src/compose/load/project/project.ts'
import type { Service } from '../../src/compose/load/project/service.ts'

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
type JsonObject = { [key: string]: Json }

/** What Compose prints as text: sizes in bytes, and durations. */
const SIZES = ['mem_limit', 'mem_reservation', 'memswap_limit', 'mem_swappiness', 'shm_size', 'size', 'memory', 'rate']
const DURATIONS = [
  'stop_grace_period',
  'interval',
  'timeout',
  'start_period',
  'start_interval',
  'delay',
  'monitor',
  'window',
]
/** Mappings of the user's own keys, whose values are printed as they are. */
const OWN_KEYS =
  /^(?:environment|labels|args|options|driver_opts|annotations|sysctls|storage_opt|aux_addresses|networks)$/
/** What Compose leaves out although it was said. */
const HIDDEN = ['env_file', 'label_file', 'extends']
/** What it prints even when it is false or 0. */
const PRINTED = ['attach', 'init', 'replicas', 'scale', 'required', 'retries', 'command', 'entrypoint', 'parallelism']

/** A project as `docker compose config --format json` prints it, but for empty objects. */
export function asCompose(project: Project): JsonObject {
  const services = Object.entries(project.services).map(([name, service]): [string, Json] => [
    name,
    serviceJson(service),
  ])
  return withoutHollow({
    name: project.name,
    services: Object.fromEntries(services),
    networks: sectionJson(project.networks),
    volumes: sectionJson(project.volumes),
    configs: sectionJson(project.configs),
    secrets: sectionJson(project.secrets),
    ...project.extensions,
  })
}

/** What Compose printed, with dollar signs as they are meant and without empty objects. */
export const fromCompose = (printed: string): JsonObject =>
  withoutHollow(JSON.parse(printed.replaceAll('$$', '$')) as JsonObject)

function serviceJson(service: Service): Json {
  return printed({ command: null, entrypoint: null, ...service } as JsonObject)
}

function sectionJson(objects: Readonly<Record<string, object>>): Json {
  return Object.fromEntries(
    Object.entries(objects).map(([key, object]) => {
      const { content, environment, ipam, ...rest } = object as JsonObject
      const { options: _, ...printedIpam } = (ipam ?? {}) as JsonObject
      const source = environment === undefined ? content : undefined
      return [
        key,
        printed({
          ...rest,
          ...(environment !== undefined && { environment }),
          ...(source !== undefined && { content: source }),
          ...(ipam !== undefined && { ipam: printedIpam }),
        }),
      ]
    }),
  )
}

function printed(value: Json): Json {
  if (Array.isArray(value)) return value.map(printed)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).flatMap(([key, it]): [string, Json][] => {
    if (key.startsWith('x-') || HIDDEN.includes(key)) return []
    if (typeof it === 'number' && DURATIONS.includes(key)) return [[key, goDuration(it)]]
    if ((it === false || it === 0 || it === '') && !PRINTED.includes(key)) return []
    if (Array.isArray(it) && it.length === 0 && !PRINTED.includes(key)) return []
    if (typeof it === 'number' && SIZES.includes(key)) return [[key, String(it)]]
    if (key === 'extra_hosts') return [[key, hostLines(it as JsonObject)]]
    if (key === 'blkio_config') return [[key, blkio(printed(it) as JsonObject)]]
    if (OWN_KEYS.test(key) && it !== null && !Array.isArray(it))
      return [[key, key === 'networks' ? attachments(it as JsonObject) : it]]
    return [[key, printed(it)]]
  })
  return Object.fromEntries(entries)
}

const hostLines = (hosts: JsonObject): Json =>
  Object.entries(hosts)
    .flatMap(([host, addresses]) => (addresses as string[]).map((address) => `${host}=${address}`))
    .toSorted()

const attachments = (networks: JsonObject): Json =>
  Object.fromEntries(Object.entries(networks).map(([name, it]) => [name, it === null ? null : printed(it)]))

/** Compose prints the fields of devices with capitals. */
const blkio = (config: JsonObject): Json =>
  Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      Array.isArray(value)
        ? value.map((item) =>
            Object.fromEntries(
              Object.entries(item as JsonObject).map(([name, it]) => [name[0]!.toUpperCase() + name.slice(1), it]),
            ),
          )
        : value,
    ]),
  )

/** A duration as Go prints it: `1h0m0s`, `1m30s`, `500ms`. */
function goDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s'
  if (nanoseconds < 1e9) {
    const [unit, size] = nanoseconds < 1e3 ? ['ns', 1] : nanoseconds < 1e6 ? ['µs', 1e3] : ['ms', 1e6]
    return `${nanoseconds / (size as number)}${unit}`
  }
  const [hours, minutes] = [Math.floor(nanoseconds / 3600e9), Math.floor((nanoseconds % 3600e9) / 60e9)]
  const seconds = `${Number((nanoseconds % 60e9) / 1e9)}s`
  return hours > 0 ? `${hours}h${minutes}m${seconds}` : minutes > 0 ? `${minutes}m${seconds}` : seconds
}

/** Without objects that say nothing, which Compose prints here and there; sections and networks stay. */
function withoutHollow<Value extends Json>(value: Value, key = ''): Value {
  if (Array.isArray(value)) return value.map((item) => withoutHollow(item)) as Value
  if (value === null || typeof value !== 'object') return value
  const kept = Object.entries(value)
    .map(([name, it]): [string, Json] => [name, withoutHollow(it, name)])
    .filter(([name, it]) => OWN_KEYS.test(key) || !isHollow(it) || (key === 'services' && name !== ''))
    .filter(([name, it]) => !(name === 'exec' && (it as JsonObject)['command'] === null))
  return Object.fromEntries(kept) as Value
}

const isHollow = (value: Json): boolean =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0

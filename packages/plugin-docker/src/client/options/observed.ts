import { formatSize } from '@lares/core'
import { formatDuration } from '../notation/duration.ts'
import { canonicalImage } from '../notation/image-reference.ts'
import { type PortBinding, parsePort, portFromEngine, sortPorts } from '../notation/port.ts'
import type { ContainerConfig, ContainerInspect, HostConfig, ImageInspect } from '../wire.ts'
import { sortHosts } from './canonical.ts'
import { withContainerNames } from './container-names.ts'
import { defined, isEmpty } from './defined.ts'
import { devicesFromEngine, gpusFromEngine } from './devices.ts'
import { configFields, type EngineDefaults, hostFields, imageFields } from './fields.ts'
import { healthcheckFromEngine } from './healthcheck.ts'
import { mountsFromEngine, tmpfsFromEngine } from './mounts.ts'
import { networksFromEngine } from './networks.ts'
import { keptLimits, resourcesFromEngine } from './resources.ts'
import { restartFromEngine } from './restart.ts'
import { canonicalCapabilities, securityOptionsFromEngine } from './security.ts'
import type { ContainerSpec, ResourcesSpec } from './spec.ts'

const DEFAULT_SHM_SIZE = 64 * 1024 ** 2

/** What is needed to tell what was said about a container from what its image or the engine filled in. */
export type ObservedContext = {
  /** The image that the container was made from. */
  image: Pick<ImageInspect, 'Config' | 'Os' | 'Architecture' | 'Variant'>
  defaults: EngineDefaults
  /** The options that it is going to be compared with, in canonical form. */
  wanted?: Partial<ContainerSpec>
  /** The name of another container by its id, where the two are to be compared by name. */
  nameOf?: (id: string) => string | undefined
  /** It was made from exactly what is wanted: a limit that it lacks nevertheless is one that its kernel lacks. */
  madeAsWanted?: boolean
}

/**
 * The options of an existing container in canonical form. A value that equals what its image or the engine gives by
 * themselves is shown only when `wanted` has that option too, because then it is a wish that came true.
 */
export function observedOptions(container: ContainerInspect, context: ObservedContext): ContainerSpec {
  const { nameOf } = context
  const inspect = nameOf ? { ...container, HostConfig: withContainerNames(container.HostConfig, nameOf) } : container
  const { Config: config, HostConfig: host } = inspect
  const { image, defaults, wanted = {} } = context
  const imageConfig: ContainerConfig = image.Config ?? {}
  const said = <K extends keyof ContainerSpec>(option: K, value: ContainerSpec[K], unset: unknown) =>
    wanted[option] !== undefined || !same(value, unset) ? value : undefined
  const fields = (table: readonly (readonly [keyof ContainerSpec, string, unknown])[], source: object) =>
    Object.fromEntries(
      table.map(([option, key, unset]) => {
        const shown = (source as Record<string, unknown>)[key] ?? ''
        const value = shown === '' ? unset : shown
        const given = value === unset ? unset : (fillIns(defaults)[option] ?? unset)
        return [option, value === null ? undefined : said(option, value as ContainerSpec[typeof option], given)]
      }),
    )

  return defined({
    image: canonicalImage(config.Image ?? inspect.Image),
    platform: wanted.platform && platformOf(image, wanted.platform),
    ...processFromEngine(config, imageConfig, wanted),
    ...Object.fromEntries(
      imageFields.map(([option, key]) => [
        option,
        said(option, config[key] as ContainerSpec[typeof option], imageConfig[key] ?? ''),
      ]),
    ),
    ...fields(configFields, config),
    ...fields(hostFields, host),
    extraHosts: said('extraHosts', sortHosts(host.ExtraHosts ?? []), []),
    groupAdd: said('groupAdd', (host.GroupAdd ?? []).toSorted(), []),
    env: ownEntries(envFromEngine(config.Env), envFromEngine(imageConfig.Env), wanted.env),
    labels: ownEntries(config.Labels ?? {}, imageConfig.Labels ?? {}, wanted.labels) as Record<string, string>,
    hostname: ownHostname(inspect, wanted.hostname),
    domainname:
      host.NetworkMode === 'host' && !wanted.domainname ? undefined : said('domainname', config.Domainname, ''),
    stopGracePeriod: said('stopGracePeriod', formatDuration((config.StopTimeout || 0) * 1e9), '0s'),
    healthcheck: healthcheckFromEngine(config.Healthcheck, imageConfig.Healthcheck, wanted.healthcheck),
    ...portsFromEngine(inspect, imageConfig, wanted.expose ?? [], said),
    mounts: said('mounts', mountsFromEngine(host), []),
    tmpfs: said('tmpfs', tmpfsFromEngine(host.Tmpfs), []),
    ...networksFromEngine(inspect, wanted),
    restart: said('restart', restartFromEngine(host.RestartPolicy), 'no'),
    logging: loggingFromEngine(host, defaults, wanted.logging),
    resources: emptyUnless(wanted.resources, {
      ...resourcesFromEngine(host, wanted.resources),
      ...discarded(host, wanted.resources, context),
    }),
    capAdd: said('capAdd', canonicalCapabilities(host.CapAdd), []),
    capDrop: said('capDrop', canonicalCapabilities(host.CapDrop), []),
    securityOptions: said('securityOptions', securityOptionsFromEngine(host, wanted.securityOptions), []),
    devices: said('devices', devicesFromEngine(host.Devices), []),
    gpus: said('gpus', gpusFromEngine(host.DeviceRequests), []),
    ulimits: said('ulimits', ulimitsFromEngine(host.Ulimits), {}),
    shmSize: said('shmSize', formatSize(host.ShmSize || DEFAULT_SHM_SIZE), formatSize(DEFAULT_SHM_SIZE)),
  }) as ContainerSpec
}

const same = (a: unknown, b: unknown) =>
  a === b || JSON.stringify(a) === JSON.stringify(b) || (isEmpty(a) && isEmpty(b))

const fillIns = ({ runtime, cgroupNamespace }: EngineDefaults): Partial<ContainerSpec> => ({ runtime, cgroupNamespace })

function processFromEngine(config: ContainerConfig, image: ContainerConfig, wanted: Partial<ContainerSpec>) {
  const command = config.Cmd?.length ? config.Cmd : undefined
  const imageCommandWasDropped = command === undefined && Boolean(image.Cmd?.length)
  const entrypointDiffers = !same(config.Entrypoint ?? [], image.Entrypoint ?? [])
  return {
    entrypoint:
      wanted.entrypoint !== undefined || entrypointDiffers || imageCommandWasDropped
        ? (config.Entrypoint ?? [])
        : undefined,
    command: wanted.command !== undefined || !same(command, image.Cmd ?? undefined) ? command : undefined,
  }
}

function ownEntries<T>(own: Record<string, T>, inherited: Record<string, T>, wanted?: Record<string, T>) {
  const entries = Object.entries(own).filter(
    ([name, value]) => wanted?.[name] !== undefined || !(name in inherited) || inherited[name] !== value,
  )
  return entries.length > 0 || wanted !== undefined ? Object.fromEntries(entries) : undefined
}

function envFromEngine(env: readonly string[] | null | undefined): Record<string, string | null> {
  return Object.fromEntries(
    (env ?? []).map((entry) => {
      const equals = entry.indexOf('=')
      return equals < 0 ? [entry, null] : [entry.slice(0, equals), entry.slice(equals + 1)]
    }),
  )
}

/** The engine names a container by its short id, and one on the host's network by the host. */
function ownHostname({ Id, Config, HostConfig }: ContainerInspect, wanted: string | undefined): string | undefined {
  const isGiven =
    Config.Hostname === Id.slice(0, 12) ||
    HostConfig.UTSMode === 'host' ||
    /^(?:host|container:.*)$/.test(HostConfig.NetworkMode ?? '')
  return wanted === undefined && isGiven ? undefined : Config.Hostname || undefined
}

function portsFromEngine(
  { Config: config, HostConfig: host }: ContainerInspect,
  image: ContainerConfig,
  wanted: readonly string[],
  said: <K extends 'ports' | 'expose'>(
    option: K,
    value: ContainerSpec[K],
    unset: unknown,
  ) => ContainerSpec[K] | undefined,
) {
  const bindings = Object.entries(host.PortBindings ?? {}).flatMap(([key, bound]): PortBinding[] =>
    (bound?.length ? bound : [{}]).map((one) => portFromEngine(key, one)),
  )
  const given = new Set([
    ...bindings.map(({ target, protocol }) => `${target}/${protocol}`),
    ...Object.keys(image.ExposedPorts ?? {}),
  ])
  const exposed = Object.keys(config.ExposedPorts ?? {}).flatMap(parsePort)
  const own = exposed
    .map(({ target, protocol }) => `${target}/${protocol}`)
    .filter((key) => !given.has(key) || wanted.includes(key))
  return {
    ports: said('ports', sortPorts(bindings), []),
    expose: said('expose', sortPorts(own.map((key) => portFromEngine(key, {}))), []),
  }
}

/** The engine adds its own options to those of its default driver, so there only the ones asked for are shown. */
function loggingFromEngine(
  { LogConfig: config }: HostConfig,
  defaults: EngineDefaults,
  wanted: ContainerSpec['logging'],
): ContainerSpec['logging'] {
  const isDefault = config?.Type === defaults.loggingDriver
  const options = Object.entries(config?.Config ?? {}).filter(
    ([name]) => !isDefault || wanted?.options?.[name] !== undefined,
  )
  const logging = defined({
    driver: wanted?.driver !== undefined || !isDefault ? config?.Type : undefined,
    options: wanted?.options !== undefined || options.length > 0 ? Object.fromEntries(options) : undefined,
  })
  return emptyUnless(wanted, logging)
}

/** Limits that were asked for and that the engine could not keep are as wanted: asking again changes nothing. */
function discarded(host: HostConfig, wanted: ResourcesSpec = {}, { defaults, madeAsWanted }: ObservedContext) {
  const kept = keptLimits(host)
  const lacking = Object.entries(wanted).filter(
    ([limit]) => !kept.has(limit) && (madeAsWanted || defaults.discards?.some((it) => it === limit)),
  )
  return Object.fromEntries(lacking)
}

const emptyUnless = <T extends object>(wanted: unknown, value: T): T | undefined =>
  isEmpty(value) && wanted === undefined ? undefined : value

const ulimitsFromEngine = (ulimits: HostConfig['Ulimits']) =>
  Object.fromEntries((ulimits ?? []).map(({ Name, Soft, Hard }) => [Name, { soft: Soft, hard: Hard }]))

function platformOf({ Os, Architecture, Variant }: ObservedContext['image'], wanted: string): string {
  const full = [Os, Architecture, Variant].filter(Boolean).join('/')
  const isMet = full === wanted || `${Os}/${Architecture}` === wanted || Os === wanted
  return isMet ? wanted : full
}

import { formatSize, parseSize } from '@lares/core'
import type { ContainerOptions } from '../../options.ts'
import { formatDuration, parseDuration } from '../notation/duration.ts'
import { canonicalImage } from '../notation/image-reference.ts'
import { canonicalPorts, formatPort } from '../notation/port.ts'
import { defined, mapValues } from './defined.ts'
import { canonicalDevices, canonicalGpus } from './devices.ts'
import { canonicalHealthcheck } from './healthcheck.ts'
import { canonicalMounts, canonicalTmpfs } from './mounts.ts'
import { canonicalNetworks } from './networks.ts'
import { canonicalResources } from './resources.ts'
import { canonicalRestart } from './restart.ts'
import { canonicalCapabilities, canonicalSecurityOptions } from './security.ts'
import type { ContainerSpec } from './spec.ts'

/** How each option that has several spellings gets its one. Options that are not listed have only one. */
const spellings: { [K in keyof ContainerOptions]?: (value: NonNullable<ContainerOptions[K]>) => unknown } = {
  image: canonicalImage,
  command: (command) => (command.length > 0 ? command : undefined),
  user: unlessEmpty,
  workingDir: unlessEmpty,
  stopSignal: unlessEmpty,
  stopGracePeriod: (period) => formatDuration(Math.ceil(parseDuration(period) / 1e9) * 1e9),
  healthcheck: canonicalHealthcheck,
  ports: (ports) => canonicalPorts(ports.map(portText)),
  expose: canonicalPorts,
  mounts: canonicalMounts,
  tmpfs: canonicalTmpfs,
  extraHosts: canonicalExtraHosts,
  restart: canonicalRestart,
  logging: ({ driver, options }) => defined({ driver, options }),
  resources: canonicalResources,
  capAdd: canonicalCapabilities,
  capDrop: canonicalCapabilities,
  securityOptions: canonicalSecurityOptions,
  devices: canonicalDevices,
  gpus: canonicalGpus,
  sysctls: (sysctls) => mapValues(sysctls, String),
  ulimits: (ulimits) =>
    mapValues(ulimits, (limit) => (typeof limit === 'number' ? { soft: limit, hard: limit } : limit)),
  groupAdd: (groups) => groups.map(String).toSorted(),
  shmSize: (size) => formatSize(parseSize(size)),
}

/**
 * One spelling for everything that a user can write about a container; applying it twice changes nothing.
 * @throws RangeError that names the option and says what is wrong with its value.
 */
export function canonicalOptions(options: ContainerOptions): ContainerSpec {
  const { networks, networkMode, ...others } = options
  const spec = Object.entries(defined(others)).map(([option, value]) => {
    const spell = spellings[option as keyof ContainerOptions] as ((value: unknown) => unknown) | undefined
    return [option, spell ? named(option, () => spell(value)) : value]
  })
  const canonical = { ...Object.fromEntries(spec), ...canonicalNetworks(defined({ networks, networkMode })) }
  return defined(canonical) as ContainerSpec
}

/** The engine takes an empty text for "as the image says". */
function unlessEmpty(text: string): string | undefined {
  return text === '' ? undefined : text
}

function named<T>(option: string, spell: () => T): T {
  try {
    return spell()
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`${option}: ${error.message}`, { cause: error })
    throw error
  }
}

function portText(port: NonNullable<ContainerOptions['ports']>[number]): string | number {
  if (typeof port !== 'object') return port
  const { target, hostIp, published, protocol = 'tcp' } = port
  return formatPort({ target, protocol, ...defined({ hostIp, published: published?.toString() }) })
}

function canonicalExtraHosts(hosts: NonNullable<ContainerOptions['extraHosts']>): string[] {
  if (!Array.isArray(hosts)) return sortHosts(Object.entries(hosts).map(([name, address]) => `${name}:${address}`))
  return sortHosts(hosts.map((host) => host.replace(/^([^:=]+)=/, '$1:')))
}

/** By name; several addresses of one stay in their order. */
export function sortHosts(hosts: readonly string[]): string[] {
  const nameOf = (host: string) => host.slice(0, host.indexOf(':'))
  return hosts.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0))
}

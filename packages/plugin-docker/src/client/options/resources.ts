import { formatSize, parseSize } from '@lares/core'
import type { ContainerOptions } from '../../options.ts'
import { formatDuration, parseDuration } from '../notation/duration.ts'
import type { HostConfig, ThrottleDevice } from '../wire.ts'
import { defined, mapValues } from './defined.ts'
import type { ResourcesSpec } from './spec.ts'

type ResourcesOptions = NonNullable<ContainerOptions['resources']>
type Options = Partial<Record<keyof ResourcesSpec, keyof HostConfig>>

const PLAIN = {
  cpuShares: 'CpuShares',
  cpusetCpus: 'CpusetCpus',
  cpusetMems: 'CpusetMems',
  memorySwappiness: 'MemorySwappiness',
  oomKillDisable: 'OomKillDisable',
  oomScoreAdj: 'OomScoreAdj',
  blkioWeight: 'BlkioWeight',
} as const satisfies Options
const SIZES = { memory: 'Memory', memoryReservation: 'MemoryReservation' } as const satisfies Options
const MICROSECONDS = {
  cpuQuota: 'CpuQuota',
  cpuPeriod: 'CpuPeriod',
  cpuRtRuntime: 'CpuRealtimeRuntime',
  cpuRtPeriod: 'CpuRealtimePeriod',
} as const satisfies Options
const RATES = { readBps: 'BlkioDeviceReadBps', writeBps: 'BlkioDeviceWriteBps' } as const satisfies Options
const COUNTS = { readIops: 'BlkioDeviceReadIOps', writeIops: 'BlkioDeviceWriteIOps' } as const satisfies Options

const keysOf = <T extends object>(table: T) => Object.entries(table) as [keyof T, T[keyof T]][]
const canonicalSize = (size: string | number) => formatSize(parseSize(size))

export function canonicalResources(options: ResourcesOptions): ResourcesSpec {
  const { memory, memoryReservation, memorySwap, pidsLimit, readBps, writeBps, ...plain } = options
  const swapIsUnlimited = memorySwap === 'unlimited' || memorySwap === '-1'
  return defined({
    ...plain,
    memory: memory === undefined ? undefined : canonicalSize(memory),
    memoryReservation: memoryReservation === undefined ? undefined : canonicalSize(memoryReservation),
    memorySwap: memorySwap === undefined ? undefined : swapIsUnlimited ? 'unlimited' : canonicalSize(memorySwap),
    ...durations(options),
    pidsLimit: pidsLimit === undefined ? undefined : pidsLimit <= 0 ? -1 : pidsLimit,
    readBps: readBps && mapValues(readBps, canonicalSize),
    writeBps: writeBps && mapValues(writeBps, canonicalSize),
  }) as ResourcesSpec
}

const durations = (options: ResourcesOptions) =>
  Object.fromEntries(
    keysOf(MICROSECONDS).flatMap(([option]) => {
      const duration = options[option]
      return duration === undefined ? [] : [[option, formatDuration(parseDuration(duration))]]
    }),
  )

export function resourcesToEngine(spec: ResourcesSpec): HostConfig {
  const host: Partial<Record<keyof HostConfig, unknown>> = {}
  for (const [option, key] of keysOf(PLAIN)) host[key] = spec[option]
  for (const [option, key] of keysOf(SIZES)) host[key] = spec[option] && parseSize(spec[option])
  for (const [option, key] of keysOf(MICROSECONDS)) host[key] = spec[option] && parseDuration(spec[option]) / 1000
  for (const [option, key] of keysOf(RATES)) host[key] = spec[option] && throttle(mapValues(spec[option], parseSize))
  for (const [option, key] of keysOf(COUNTS)) host[key] = spec[option] && throttle(spec[option])
  host.BlkioWeightDevice =
    spec.blkioWeightDevice && Object.entries(spec.blkioWeightDevice).map(([Path, Weight]) => ({ Path, Weight }))
  host.NanoCpus = spec.cpus && Math.round(spec.cpus * 1e9)
  host.PidsLimit = spec.pidsLimit
  host.MemorySwap = spec.memorySwap && (spec.memorySwap === 'unlimited' ? -1 : parseSize(spec.memorySwap))
  return defined(host) as HostConfig
}

const throttle = (rates: Record<string, number>): ThrottleDevice[] =>
  Object.entries(rates).map(([Path, Rate]) => ({ Path, Rate }))

/** Limits that are set; one that is at the engine's default is shown only when it was asked for. */
export function resourcesFromEngine(host: HostConfig, wanted: ResourcesSpec = {}): ResourcesSpec {
  const spec: Partial<Record<keyof ResourcesSpec, unknown>> = {}
  for (const [option, key] of keysOf(PLAIN)) spec[option] = isUnset(host[key]) ? unsetLike(wanted[option]) : host[key]
  for (const [option, key] of keysOf(SIZES))
    spec[option] = host[key] ? formatSize(host[key]) : unsetLike(wanted[option], '0B')
  for (const [option, key] of keysOf(MICROSECONDS)) {
    spec[option] = host[key] ? formatDuration(host[key] * 1000) : unsetLike(wanted[option], '0s')
  }
  for (const [option, key] of keysOf(RATES)) {
    spec[option] = host[key]?.length ? mapValues(rates(host[key]), formatSize) : unsetLike(wanted[option])
  }
  for (const [option, key] of keysOf(COUNTS)) {
    spec[option] = host[key]?.length ? rates(host[key]) : unsetLike(wanted[option])
  }
  // Kernels without weights leave it at 0, which is no weight that could be asked for.
  if (!host.BlkioWeight) spec.blkioWeight = undefined
  const weights = (host.BlkioWeightDevice ?? []).map(({ Path, Weight }) => [Path, Weight])
  spec.blkioWeightDevice = weights.length > 0 ? Object.fromEntries(weights) : unsetLike(wanted.blkioWeightDevice)
  spec.cpus = host.NanoCpus ? host.NanoCpus / 1e9 : undefined
  spec.pidsLimit = (host.PidsLimit ?? 0) > 0 ? host.PidsLimit : wanted.pidsLimit === undefined ? undefined : -1
  spec.memorySwap = swapFromEngine(host, wanted)
  return defined(spec) as ResourcesSpec
}

/** The limits that an engine holds for a container. */
export const keptLimits = (host: HostConfig): ReadonlySet<string> => new Set(Object.keys(resourcesFromEngine(host)))

const isUnset = (value: unknown) =>
  value === undefined || value === null || value === 0 || value === '' || value === false || value === -1

/** A value that is not set, in the type of the one that was asked for. */
function unsetLike(wanted: unknown, empty: string = ''): unknown {
  if (wanted === undefined) return undefined
  if (typeof wanted === 'number') return 0
  if (typeof wanted === 'boolean') return false
  return typeof wanted === 'string' ? empty : {}
}

/** Without a wish the engine fills in twice the memory, or -1 where the kernel cannot limit swap. */
function swapFromEngine({ Memory = 0, MemorySwap = 0 }: HostConfig, wanted: ResourcesSpec): string | undefined {
  const isFilledIn = MemorySwap === 0 || MemorySwap === -1 || MemorySwap === 2 * Memory
  if (wanted.memorySwap === undefined && isFilledIn) return undefined
  return MemorySwap === -1 ? 'unlimited' : formatSize(MemorySwap)
}

const rates = (devices: readonly ThrottleDevice[]) => Object.fromEntries(devices.map(({ Path, Rate }) => [Path, Rate]))

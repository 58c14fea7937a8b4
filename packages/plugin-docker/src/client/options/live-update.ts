import type { HostConfig } from '../wire.ts'
import { defined } from './defined.ts'
import { resourcesToEngine } from './resources.ts'
import { restartToEngine } from './restart.ts'
import type { ContainerSpec, ResourcesSpec } from './spec.ts'

/** What an engine can change while a container runs. */
export type UpdateBody = Partial<
  Pick<
    HostConfig,
    | 'BlkioWeight'
    | 'CpuShares'
    | 'CpuPeriod'
    | 'CpuQuota'
    | 'CpusetCpus'
    | 'CpusetMems'
    | 'Memory'
    | 'MemoryReservation'
    | 'MemorySwap'
    | 'NanoCpus'
    | 'PidsLimit'
    | 'RestartPolicy'
  >
>

const LIVE: ReadonlySet<keyof ResourcesSpec> = new Set([
  'blkioWeight',
  'cpuShares',
  'cpuPeriod',
  'cpuQuota',
  'cpusetCpus',
  'cpusetMems',
  'memory',
  'memoryReservation',
  'memorySwap',
  'cpus',
  'pidsLimit',
])

type LiveSpec = Pick<ContainerSpec, 'resources' | 'restart'>

/**
 * True when a resource limit can be changed to its new value while the container runs. Most limits can be changed but not
 * taken away: the engine reads zero as "as it is".
 */
export function isLiveLimit(limit: keyof ResourcesSpec, wanted: ResourcesSpec[keyof ResourcesSpec]): boolean {
  return LIVE.has(limit) && (limit === 'pidsLimit' || (wanted !== undefined && wanted !== '0B' && wanted !== 0))
}

/**
 * The update request that brings a container from its observed limits and restart policy to the wanted ones, or undefined
 * when one of them needs a new container. Both in canonical form; an empty object means that nothing differs.
 */
export function liveUpdate(observed: LiveSpec, wanted: LiveSpec): UpdateBody | undefined {
  const before: ResourcesSpec = observed.resources ?? {}
  const after: ResourcesSpec = wanted.resources ?? {}
  const limits = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof ResourcesSpec)[]
  const changed = limits.filter((limit) => JSON.stringify(before[limit]) !== JSON.stringify(after[limit]))
  if (!changed.every((limit) => isLiveLimit(limit, after[limit]))) return undefined
  const spec: ResourcesSpec = Object.fromEntries(changed.map((limit) => [limit, after[limit]]))
  const restart = wanted.restart ?? 'no'
  return {
    ...resourcesToEngine(spec),
    ...(changed.includes('pidsLimit') && { PidsLimit: after.pidsLimit ?? -1 }),
    ...swapAlong(changed, after),
    ...defined({ RestartPolicy: restart === (observed.restart ?? 'no') ? undefined : restartToEngine(restart) }),
  }
}

/** The engine refuses a memory limit above the swap limit that it filled in itself, so that one follows. */
function swapAlong(changed: readonly (keyof ResourcesSpec)[], { memory, memorySwap }: ResourcesSpec): UpdateBody {
  if (!changed.includes('memory') || memory === undefined) return {}
  const { Memory, MemorySwap } = resourcesToEngine(defined({ memory, memorySwap }))
  return { MemorySwap: MemorySwap ?? 2 * (Memory ?? 0) }
}

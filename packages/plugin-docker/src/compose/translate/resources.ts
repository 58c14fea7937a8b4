import { formatDuration } from '../../client/index.ts'
import { defined, isEmpty } from '../../client/options/defined.ts'
import type { ContainerOptions } from '../../options.ts'
import type { Service } from '../load/project/service.ts'

type Resources = NonNullable<ContainerOptions['resources']>

/** The limits of a service; those of `deploy` count before its own. Zero is no limit, as in Compose. */
export function resourcesOf(service: Service): Resources | undefined {
  const { limits, reservations } = service.deploy?.resources ?? {}
  const blkio = service.blkio_config ?? {}
  const resources = defined({
    cpus: limits?.cpus || service.cpus || undefined,
    cpuShares: service.cpu_shares || undefined,
    cpuQuota: microseconds(service.cpu_quota),
    cpuPeriod: microseconds(service.cpu_period),
    cpuRtRuntime: microseconds(service.cpu_rt_runtime),
    cpuRtPeriod: microseconds(service.cpu_rt_period),
    cpusetCpus: service.cpuset || undefined,
    memory: positive(limits?.memory) ?? positive(service.mem_limit),
    memoryReservation: positive(reservations?.memory) ?? positive(service.mem_reservation),
    memorySwap: service.memswap_limit === -1 ? 'unlimited' : positive(service.memswap_limit),
    memorySwappiness: service.mem_swappiness,
    oomKillDisable: service.oom_kill_disable,
    oomScoreAdj: service.oom_score_adj || undefined,
    pidsLimit: positive(limits?.pids) ?? (service.pids_limit || undefined),
    blkioWeight: blkio.weight || undefined,
    blkioWeightDevice: byPath(blkio.weight_device, ({ weight }) => weight),
    readBps: byPath(blkio.device_read_bps, ({ rate }) => rate),
    writeBps: byPath(blkio.device_write_bps, ({ rate }) => rate),
    readIops: byPath(blkio.device_read_iops, ({ rate }) => rate),
    writeIops: byPath(blkio.device_write_iops, ({ rate }) => rate),
  })
  return isEmpty(resources) ? undefined : resources
}

const positive = (amount: number | undefined): number | undefined =>
  amount !== undefined && amount > 0 ? amount : undefined

const microseconds = (amount: number | undefined): string | undefined =>
  amount !== undefined && amount > 0 ? formatDuration(amount * 1000) : undefined

const byPath = <Limit extends { path: string }>(
  limits: readonly Limit[] | undefined,
  amount: (limit: Limit) => number,
): Record<string, number> | undefined =>
  limits === undefined || limits.length === 0
    ? undefined
    : Object.fromEntries(limits.map((limit) => [limit.path, amount(limit)]))

import type { EngineInfo } from '../wire.ts'
import type { ResourcesSpec } from './spec.ts'

type Limit = keyof ResourcesSpec

/** How newer engines say what their kernel lacks. */
const WARNINGS: readonly (readonly [warning: RegExp, limit: Limit])[] = [
  [/No blkio weight support/, 'blkioWeight'],
  [/No blkio weight_device support/, 'blkioWeightDevice'],
  [/No blkio throttle\.read_bps_device support/, 'readBps'],
  [/No blkio throttle\.write_bps_device support/, 'writeBps'],
  [/No blkio throttle\.read_iops_device support/, 'readIops'],
  [/No blkio throttle\.write_iops_device support/, 'writeIops'],
]

/** Limits that an engine takes and does not keep, because its kernel lacks them. */
export function discardedLimits(info: EngineInfo): Limit[] {
  const isSecondCgroups = info.CgroupVersion === '2'
  const lacks: readonly (readonly [limit: Limit, isLacking: boolean])[] = [
    ['memory', info.MemoryLimit === false],
    ['memoryReservation', info.MemoryLimit === false],
    ['memorySwap', info.SwapLimit === false],
    ['memorySwappiness', isSecondCgroups || info.MemoryLimit === false],
    ['oomKillDisable', isSecondCgroups || info.OomKillDisable === false],
    ['cpuShares', info.CPUShares === false],
    ['pidsLimit', info.PidsLimit === false],
  ]
  const said = WARNINGS.filter(([warning]) => info.Warnings?.some((text) => warning.test(text)))
  return [...lacks.filter(([, isLacking]) => isLacking).map(([limit]) => limit), ...said.map(([, limit]) => limit)]
}

import { defined } from '../../client/options/defined.ts'
import type { ContainerOptions } from '../../options.ts'
import type { DeviceRequest, Service } from '../load/project/service.ts'

type Gpus = Exclude<NonNullable<ContainerOptions['gpus']>, string | number>

/** A device by the name that its vendor's CDI specification gives it: `nvidia.com/gpu=all`. */
const isCdiName = (source: string): boolean => /^[\w.-]+\/[\w.-]+=[\w.:-]+$/.test(source)

/** Devices of the host. */
export function devicesOf({ devices = [] }: Service): string[] | undefined {
  const own = devices.filter(({ source }) => !isCdiName(source))
  if (own.length === 0) return undefined
  return own.map(({ source, target = source, permissions = 'rwm' }) => [source, target, permissions].join(':'))
}

/** Devices that a driver provides: GPUs, and what CDI names. */
export function deviceRequests({ gpus = [], devices = [], deploy }: Service): Gpus | undefined {
  const cdi = devices.map(({ source }) => source).filter(isCdiName)
  const requests: Gpus = [
    ...(deploy?.resources?.reservations?.devices ?? []).map((request) => requestOf(request, [])),
    ...(cdi.length > 0 ? [{ driver: 'cdi', ids: cdi, capabilities: [] }] : []),
    ...gpus.map((request) => requestOf(request, ['gpu'])),
  ]
  return requests.length > 0 ? requests : undefined
}

function requestOf({ driver, count, device_ids, capabilities = [], options }: DeviceRequest, implied: string[]) {
  return defined({
    driver,
    count: device_ids === undefined ? (count === -1 ? ('all' as const) : count) : undefined,
    ids: device_ids,
    capabilities: [...new Set([...capabilities, ...implied])],
    options,
  })
}

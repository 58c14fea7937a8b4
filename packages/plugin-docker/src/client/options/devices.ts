import type { ContainerOptions } from '../../options.ts'
import type { DeviceRequest, HostConfig } from '../wire.ts'
import { defined, isEmpty } from './defined.ts'
import type { GpuSpec } from './spec.ts'

const isPermissions = (text: string) => /^[rwm]{1,3}$/.test(text)

/** `/dev/dri`, `/dev/sda:rw` and `/dev/sda:/dev/xvda:rw`, all written out in full. */
export function canonicalDevices(devices: readonly string[]): string[] {
  return devices.map((device) => Object.values(parseDevice(device)).join(':')).toSorted()
}

function parseDevice(text: string) {
  const [host = '', second = host, third = 'rwm'] = text.split(':')
  const short = isPermissions(second)
  return { host, container: short ? host : second, permissions: short ? second : third }
}

export function devicesToEngine(devices: readonly string[]): NonNullable<HostConfig['Devices']> {
  return devices.map(parseDevice).map(({ host, container, permissions }) => ({
    PathOnHost: host,
    PathInContainer: container,
    CgroupPermissions: permissions,
  }))
}

export function devicesFromEngine(devices: HostConfig['Devices']): string[] {
  return (devices ?? [])
    .map((device) => `${device.PathOnHost}:${device.PathInContainer}:${device.CgroupPermissions}`)
    .toSorted()
}

export function canonicalGpus(gpus: NonNullable<ContainerOptions['gpus']>): GpuSpec[] {
  const requests: readonly GpuSpec[] = Array.isArray(gpus) ? gpus.map((gpu) => defined(gpu)) : [{ count: gpus }]
  return requests.map((gpu) => ({
    ...gpu,
    ...(gpu.ids === undefined && { count: gpu.count ?? 'all' }),
    capabilities: (gpu.capabilities ?? ['gpu']).toSorted(),
  }))
}

export function gpusToEngine(gpus: readonly GpuSpec[]): DeviceRequest[] {
  return gpus.map(({ driver, count, ids, capabilities, options }) =>
    defined({
      Driver: driver,
      Count: count === 'all' ? -1 : count,
      DeviceIDs: ids,
      Capabilities: capabilities && [capabilities],
      Options: options,
    }),
  )
}

export function gpusFromEngine(requests: HostConfig['DeviceRequests']): GpuSpec[] {
  return (requests ?? []).map((request) =>
    defined({
      driver: request.Driver || undefined,
      count: request.Count === -1 ? ('all' as const) : request.Count || undefined,
      ids: request.DeviceIDs?.length ? request.DeviceIDs : undefined,
      capabilities: request.Capabilities?.[0]?.toSorted(),
      options: isEmpty(request.Options ?? {}) ? undefined : (request.Options ?? undefined),
    }),
  )
}

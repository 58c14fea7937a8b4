import { expect, test } from 'vitest'
import type { ContainerOptions } from '../../options.ts'
import { canonicalOptions } from './canonical.ts'
import { createRequest } from './create-body.ts'

const request = (options: Omit<ContainerOptions, 'image'>, api = '1.41') =>
  createRequest(canonicalOptions({ image: 'nginx', ...options }), api)

test('what is not said is not sent', () => {
  expect(request({})).toEqual({
    body: {
      Image: 'nginx:latest',
      AttachStdout: true,
      AttachStderr: true,
      HostConfig: {},
      NetworkingConfig: { EndpointsConfig: {} },
    },
    connect: [],
  })
})

const networks = { one: { macAddress: '02:00:00:00:00:01', aliases: ['web'] }, two: { ipv4: '10.0.0.2' } }

test('an engine before API 1.44 gets one network, the others follow', () => {
  const { body, connect } = request({ networks })
  expect(body.MacAddress).toBe('02:00:00:00:00:01')
  expect(body.HostConfig.NetworkMode).toBe('one')
  expect(body.NetworkingConfig.EndpointsConfig).toEqual({ one: { Aliases: ['web'] } })
  expect(connect).toEqual([['two', { IPAMConfig: { IPv4Address: '10.0.0.2' } }]])
})

test('a newer engine gets all networks at once', () => {
  const { body, connect } = request({ networks }, '1.44')
  expect(body.MacAddress).toBeUndefined()
  expect(body.NetworkingConfig.EndpointsConfig).toEqual({
    one: { Aliases: ['web'], MacAddress: '02:00:00:00:00:01' },
    two: { IPAMConfig: { IPv4Address: '10.0.0.2' } },
  })
  expect(connect).toEqual([])
})

test('a second MAC address is refused where the engine would ignore it', () => {
  const two = { one: {}, two: { macAddress: '02:00:00:00:00:02' } }
  expect(() => request({ networks: two })).toThrow(/network two/)
  expect(() => request({ networks: two }, '1.47')).not.toThrow()
})

test('host paths that are to be created go the way that creates them', () => {
  const { HostConfig } = request({ mounts: ['/a:/a:ro', { type: 'bind', source: '/b', target: '/b' }] }).body
  expect(HostConfig.Binds).toEqual(['/a:/a:ro'])
  expect(HostConfig.Mounts).toEqual([{ Type: 'bind', Source: '/b', Target: '/b' }])
})

test('units become those of the engine', () => {
  const { body } = request({
    stopGracePeriod: '1m30s',
    healthcheck: { test: 'true', interval: '500ms' },
    shmSize: '1m',
    resources: { cpus: 0.1, memory: '1g', memorySwap: 'unlimited', cpuQuota: '50ms' },
  })
  expect(body).toMatchObject({ StopTimeout: 90, Healthcheck: { Interval: 500_000_000 } })
  expect(body.HostConfig).toEqual({
    ShmSize: 1_048_576,
    NanoCpus: 100_000_000,
    Memory: 1_073_741_824,
    MemorySwap: -1,
    CpuQuota: 50_000,
  })
})

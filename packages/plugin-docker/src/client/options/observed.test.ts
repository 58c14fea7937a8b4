import { expect, test } from 'vitest'
import type { ContainerInspect, HostConfig } from '../wire.ts'
import type { EngineDefaults } from './fields.ts'
import { observedOptions } from './observed.ts'
import type { ContainerSpec } from './spec.ts'

const id = 'abcdef012345'.padEnd(64, '0')
const image = {
  Os: 'linux',
  Architecture: 'arm64',
  Variant: 'v8',
  Config: { Env: ['PATH=/bin'], Labels: { of: 'image' } },
}
const defaults: EngineDefaults = { runtime: 'runc', loggingDriver: 'json-file', cgroupNamespace: 'private' }

function inspect(host: HostConfig = {}, networks: ContainerInspect['NetworkSettings']['Networks'] = { bridge: {} }) {
  return {
    Id: id,
    Name: '/web',
    Image: `sha256:${id}`,
    Config: { Image: 'docker.io/library/nginx', Hostname: 'abcdef012345', Env: ['PATH=/bin'], Labels: { of: 'image' } },
    HostConfig: { NetworkMode: 'bridge', ...host },
    NetworkSettings: { Networks: networks, Ports: {} },
  } as unknown as ContainerInspect
}
const observe = (container: ContainerInspect, wanted?: Partial<ContainerSpec>) =>
  observedOptions(container, { image, defaults, ...(wanted && { wanted }) })

test('what engines fill in by themselves is nobody’s wish', () => {
  const filledIn = {
    IpcMode: 'private',
    CgroupnsMode: 'private',
    ShmSize: 67_108_864,
    Runtime: 'runc',
    RestartPolicy: { Name: '', MaximumRetryCount: 0 },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '10m' } },
    PidsLimit: null,
    OomKillDisable: false,
    MemorySwappiness: -1,
  }
  expect(observe(inspect(filledIn))).toEqual({ image: 'nginx:latest' })
  expect(observe(inspect({ Memory: 1024, MemorySwap: 2048 })).resources).toEqual({ memory: '1KiB' })
  expect(observe(inspect({ Memory: 1024, MemorySwap: -1 })).resources).toEqual({ memory: '1KiB' })
  expect(observe(inspect({ Privileged: true, SecurityOpt: ['label=disable'] }))).toEqual({
    image: 'nginx:latest',
    privileged: true,
  })
})

test('what an engine adds to what was asked for is left out', () => {
  const logging = { driver: 'json-file', options: { 'max-size': '5m' } }
  const merged = inspect({ LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '3' } } })
  expect(observe(merged, { logging }).logging).toEqual(logging)
})

test('newer spellings are the same', () => {
  const host = { CapAdd: ['CAP_NET_ADMIN'], SecurityOpt: ['no-new-privileges:true'] }
  expect(observe(inspect(host))).toMatchObject({ capAdd: ['NET_ADMIN'], securityOptions: ['no-new-privileges'] })
})

test('names and addresses that an engine gives are left out, unless they were asked for', () => {
  const endpoint = {
    Aliases: ['app', 'abcdef012345', 'web'],
    DNSNames: ['app', 'web', 'abcdef012345'],
    MacAddress: '02:42:AC:11:00:02',
    IPAMConfig: {},
  }
  const container = inspect({ NetworkMode: 'front' }, { front: endpoint })
  expect(observe(container).networks).toEqual({ front: { aliases: ['app'] } })
  const front = { aliases: ['app', 'web'], macAddress: '02:42:ac:11:00:02' }
  expect(observe(container, { networks: { front } }).networks).toEqual({ front })
})

test('a platform is met by the parts that were named', () => {
  for (const platform of ['linux', 'linux/arm64', 'linux/arm64/v8']) {
    expect(observe(inspect(), { platform }).platform).toBe(platform)
  }
  expect(observe(inspect(), { platform: 'linux/amd64' }).platform).toBe('linux/arm64/v8')
  expect(observe(inspect()).platform).toBeUndefined()
})

test('binds as people write them on the command line', () => {
  const { mounts } = observe(inspect({ Binds: ['data:/data', '/srv:/srv:ro,z', '/run:/run:rw,rslave'] }))
  expect(mounts).toEqual([
    { type: 'volume', source: 'data', target: '/data' },
    { type: 'bind', source: '/run', target: '/run', propagation: 'rslave', createHostPath: true },
    { type: 'bind', source: '/srv', target: '/srv', readOnly: true, selinux: 'shared', createHostPath: true },
  ])
})

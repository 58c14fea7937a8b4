import { expect, test } from 'vitest'
import { newerOptionCases } from '../../../test/option-cases.ts'
import type { ContainerInspect } from '../wire.ts'
import { canonicalOptions } from './canonical.ts'
import { createRequest } from './create-body.ts'
import { discardedLimits } from './discarded-limits.ts'
import { tooNewNetworkOptions } from './engine-version.ts'
import type { EngineDefaults } from './fields.ts'
import { observedOptions } from './observed.ts'
import type { ContainerSpec } from './spec.ts'

const image = { Os: 'linux', Architecture: 'amd64', Config: {} }
const defaults: EngineDefaults = { runtime: 'runc', loggingDriver: 'json-file', cgroupNamespace: 'private' }
const cases = Object.entries(newerOptionCases).map(
  ([name, options]) => [name, canonicalOptions({ image: 'i', ...options })] as const,
)

/** A container as an engine shows it that keeps what it is told. */
function kept(spec: ContainerSpec): ContainerInspect {
  const { HostConfig, NetworkingConfig, ...Config } = createRequest(spec, '1.48').body
  const Networks =
    Object.keys(NetworkingConfig.EndpointsConfig).length > 0 ? NetworkingConfig.EndpointsConfig : { bridge: {} }
  return {
    Id: 'a'.repeat(64),
    Name: '/i',
    Image: '',
    Config,
    HostConfig,
    NetworkSettings: { Networks, Ports: {} },
  } as unknown as ContainerInspect
}

test.each(cases)('what a newer engine is told is what is read of it: %s', (_, wanted) => {
  expect(observedOptions(kept(wanted), { image, defaults, wanted })).toEqual(wanted)
})

test.each(cases.filter(([name]) => name !== 'disk weights'))('an older engine would ignore it: %s', (_, wanted) => {
  expect(() => createRequest(wanted, '1.41')).toThrow(
    /it needs Docker Engine \d+ or later, and this one speaks API 1\.41/,
  )
})

test('a network without IPv4 needs a newer engine', () => {
  expect(tooNewNetworkOptions({ ipv4: false }, '1.47')).toEqual([{ option: 'ipv4', api: '1.48', engine: '28' }])
  expect(tooNewNetworkOptions({ ipv4: false }, '1.48')).toEqual([])
  expect(tooNewNetworkOptions({ ipv4: true }, '1.41')).toEqual([])
})

test('what a kernel lacks is as wanted, and no difference', () => {
  const info = { CgroupVersion: '2', SwapLimit: false, Warnings: ['WARNING: No blkio weight support'] }
  const discards = discardedLimits(info as Parameters<typeof discardedLimits>[0])
  expect(discards.toSorted()).toEqual(['blkioWeight', 'memorySwap', 'memorySwappiness', 'oomKillDisable'])
  const wanted = canonicalOptions({
    image: 'i',
    resources: { memory: '64m', memorySwap: '96m', memorySwappiness: 10, oomKillDisable: true, blkioWeight: 300 },
  })
  const container = kept(wanted)
  Object.assign(container.HostConfig, { MemorySwap: -1, MemorySwappiness: null, OomKillDisable: null, BlkioWeight: 0 })
  expect(observedOptions(container, { image, defaults: { ...defaults, discards }, wanted })).toEqual(wanted)
  expect(observedOptions(container, { image, defaults, wanted, madeAsWanted: true })).toEqual(wanted)
  expect(observedOptions(container, { image, defaults, wanted }).resources).not.toEqual(wanted.resources)
})

test('other containers are compared by name', () => {
  const wanted = canonicalOptions({
    image: 'i',
    networkMode: 'container:db',
    pid: 'container:db',
    volumesFrom: ['db:ro'],
  })
  const id = 'b'.repeat(64)
  const container = kept(wanted)
  container.NetworkSettings.Networks = {}
  Object.assign(container.HostConfig, {
    NetworkMode: `container:${id}`,
    PidMode: `container:${id}`,
    VolumesFrom: [`${id}:ro`],
  })
  const nameOf = (it: string) => (it === id ? 'db' : undefined)
  expect(observedOptions(container, { image, defaults, wanted, nameOf })).toEqual(wanted)
})

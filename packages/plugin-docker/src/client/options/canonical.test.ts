import { expect, test } from 'vitest'
import { newerOptionCases, optionCases } from '../../../test/option-cases.ts'
import { type ContainerOptions, containerOptions } from '../../options.ts'
import { canonicalOptions } from './canonical.ts'
import type { ContainerSpec } from './spec.ts'

const image = 'nginx'
const cases = Object.entries({ ...optionCases, ...newerOptionCases })

test('the cases say something about every option', () => {
  const said = new Set(cases.flatMap(([, options]) => Object.keys(options)))
  const missing = Object.keys(containerOptions.shape).filter((option) => !said.has(option))
  expect(missing).toEqual(['image', 'volumesFrom', 'storageOptions'])
})

test.each(cases)('the schema takes: %s', (_, options) => {
  expect(containerOptions.safeParse({ image, ...options }).error).toBeUndefined()
})

test.each(cases)('the canonical form is an input and stays as it is: %s', (_, options) => {
  const once: ContainerOptions & ContainerSpec = canonicalOptions({ image, ...options })
  expect(containerOptions.safeParse(once).error).toBeUndefined()
  expect(canonicalOptions(once)).toEqual(once)
})

const spellings: [name: string, ...options: Omit<ContainerOptions, 'image'>[]][] = [
  ['ports', { ports: ['8080:80'] }, { ports: [{ target: 80, published: 8080 }] }, { ports: ['8080:80/tcp'] }],
  ['sizes', { shmSize: '256m' }, { shmSize: '256MiB' }, { shmSize: 268_435_456 }],
  ['durations', { healthcheck: { interval: '90s' } }, { healthcheck: { interval: '1m30s' } }],
  ['scripts', { healthcheck: { test: 'true' } }, { healthcheck: { test: ['CMD-SHELL', 'true'] } }],
  ['networks', { networks: ['a', 'b'] }, { networks: { a: {}, b: {} } }, { networks: { b: {} }, networkMode: 'a' }],
  ['extra hosts', { extraHosts: { a: '1.2.3.4' } }, { extraHosts: ['a:1.2.3.4'] }, { extraHosts: ['a=1.2.3.4'] }],
  ['capabilities', { capAdd: ['NET_ADMIN'] }, { capAdd: ['CAP_NET_ADMIN'] }, { capAdd: ['net_admin', 'NET_ADMIN'] }],
  ['sets', { groupAdd: ['2', '1'] }, { groupAdd: [1, 2] }],
  ['security', { securityOptions: ['no-new-privileges'] }, { securityOptions: ['no-new-privileges:true'] }],
  ['devices', { devices: ['/dev/dri'] }, { devices: ['/dev/dri:/dev/dri:rwm'] }],
  ['restart', { restart: 'on-failure' }, { restart: 'on-failure:0' }],
  ['ulimits', { ulimits: { nofile: 10 } }, { ulimits: { nofile: { soft: 10, hard: 10 } } }],
  ['gpus', { gpus: 'all' }, { gpus: [{ count: 'all', capabilities: ['gpu'] }] }, { gpus: [{}] }],
  [
    'mounts',
    { mounts: ['data:/data:ro'] },
    { mounts: [{ type: 'volume', source: 'data', target: '/data', readOnly: true }] },
  ],
  [
    'host paths',
    { mounts: ['/a:/b'] },
    { mounts: [{ type: 'bind', source: '/a', target: '/b', createHostPath: true }] },
  ],
  ['tmpfs', { tmpfs: ['/t:size=64m,mode=700'] }, { tmpfs: ['/t:mode=700,size=67108864'] }],
  ['swap', { resources: { memorySwap: 'unlimited' } }, { resources: { memorySwap: '-1' } }],
  ['nothing', {}, { command: [] }, { networkMode: 'default' }, { user: '' }],
]
test.each(spellings)('one form for all spellings of %s', (_, first, ...others) => {
  for (const other of others) {
    expect(canonicalOptions({ image: 'docker.io/library/nginx:latest', ...other })).toEqual(
      canonicalOptions({ image, ...first }),
    )
  }
})

test.each<[Omit<ContainerOptions, 'image'>, RegExp]>([
  [{ ports: ['http:80'] }, /^ports: "http:80" is not a port/],
  [{ mounts: ['./data:/data'] }, /^mounts: .*must be absolute/],
  [{ mounts: ['data:relative'] }, /^mounts: .*must be absolute/],
  [{ mounts: ['data:/data:rx'] }, /^mounts: .*unknown mount option "rx"/],
  [{ shmSize: 'much' }, /^shmSize: "much" is not a size/],
  [{ stopGracePeriod: '10' }, /^stopGracePeriod: "10" is not a duration/],
  [{ networkMode: 'host', networks: ['a'] }, /cannot be combined/],
])('%j is refused by name', (options, message) => {
  expect(() => canonicalOptions({ image, ...options })).toThrow(message)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { testLab } from '../lab/lab.ts'

const { images } = rig()
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(() => client.close())

const back = docker.network('drift-back', {})
const front = docker.network('drift-front', {})
const resources = [
  docker.container('app', {
    image: images.busybox,
    networks: [{ name: back.name, aliases: ['db'] }, front.name],
    resources: { memory: '64m' },
    restart: 'always',
  }),
]

const harms: [string, () => Promise<unknown>, string, 'same' | 'new'][] = [
  ['stopped', () => client.containers.stop('app'), 'state: "exited" -> "running" (restart, drifted)', 'same'],
  ['removed', () => client.containers.remove('app', { force: true }), 'create app; because missing', 'new'],
  [
    'given more memory',
    () => client.containers.update('app', { Memory: 96 * 2 ** 20, MemorySwap: 192 * 2 ** 20 }),
    'resources.memory: "96MiB" -> "64MiB" (live, drifted)',
    'same',
  ],
  [
    'given another policy',
    () => client.containers.update('app', { RestartPolicy: { Name: 'no' } }),
    'restart: "no" -> "always" (live, drifted)',
    'same',
  ],
  [
    'taken off a network',
    () => client.networks.disconnect('drift-front', 'app'),
    'networks.drift-front: (none) -> {} (live, drifted)',
    'same',
  ],
  [
    'put on another network',
    () => client.networks.connect('drift-other', 'app'),
    'networks.drift-other: {} -> (none) (live, drifted)',
    'same',
  ],
  [
    'robbed of its alias',
    () => client.networks.disconnect('drift-back', 'app').then(() => client.networks.connect('drift-back', 'app')),
    'networks.drift-back: {} -> {"aliases":["db"]} (live, drifted)',
    'same',
  ],
]

test('what somebody did by hand is seen, named and repaired', async () => {
  const lab = await testLab('drift')
  await client.networks.create('drift-other')
  try {
    await lab.apply(resources)
    for (const [name, harm, seen, outcome] of harms) {
      const before = (await client.containers.inspect('app'))?.Id
      await harm()
      const { text } = await lab.apply(resources)
      expect([name, text]).toEqual([name, expect.stringContaining(seen)])
      expect([name, await lab.plan(resources)]).toEqual([name, ''])
      const after = await client.containers.inspect('app')
      expect([name, after?.State.Status, after?.Id === before ? 'same' : 'new']).toEqual([name, 'running', outcome])
    }
  } finally {
    await client.networks.disconnect('drift-other', 'app', { force: true })
    await client.networks.remove('drift-other')
  }
})

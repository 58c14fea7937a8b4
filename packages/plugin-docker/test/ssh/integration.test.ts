import { definePlugin, defineResource } from '@lares/core'
import { connectHost, hostProvider } from '@lares/transport'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { testLab } from '../lab/lab.ts'

const { images } = rig()
let remote: DockerClient
beforeAll(async () => {
  remote = await connectDocker({ host: await connectHost({ address: 'h2' }) })
})
afterAll(() => remote.close())

/** A machine that is just there: what any plugin may provide. */
const { machine } = definePlugin({
  name: 'rig',
  package: 'rig',
  version: '0.0.0',
  resources: {
    machine: defineResource({
      type: 'rig.machine',
      inputs: z.object({ address: z.string() }),
      attributes: z.object({ address: z.string() }),
      identity: ({ address }) => address,
      ownership: 'asserted',
      provides: { provider: hostProvider, endpoint: ({ inputs: { address } }) => ({ address }) },
      read: async ({ identity }) => ({ address: identity }),
      create: async ({ inputs: { address } }) => ({ address }),
      delete: async () => {},
    }),
  },
})

test('the same lab on another host, over SSH', async () => {
  const lab = await testLab('far')
  const on = machine('h2', { address: 'h2' })
  const resources = (version: string) => {
    const front = docker.network('far-net', { on })
    const data = docker.volume('far-data', { on })
    const image = docker.image('far-image', { on, image: images.web })
    const site = docker.container('far-site', {
      on,
      image: image.reference,
      networks: [front.name],
      mounts: [{ type: 'volume', source: data.name, target: '/data' }],
      env: { VERSION: version },
      ports: ['18094:80'],
    })
    return [on, front, data, image, site]
  }
  await lab.apply(resources('1'))
  expect(await lab.plan(resources('1'))).toBe('')
  expect((await fetch('http://10.77.0.12:18094/')).status).toBe(200)
  const { text } = await lab.apply(resources('2'))
  expect(text).toContain('replace far-site; replace; swap')
  expect(await lab.plan(resources('2'))).toBe('')
  const opened = lab.events.filter((event) => event.type === 'connection.opened' && event.provider === 'host')
  // One for each of the four runs.
  expect(opened).toHaveLength(4)
  await lab.apply(resources('2'), { mode: 'destroy', allowDataLoss: ['far-data'] })
  expect(await remote.containers.list({ labels: { 'dev.lares.lab': 'far' } })).toEqual([])
  expect(await remote.volumes.inspect('far-data')).toBeUndefined()
})

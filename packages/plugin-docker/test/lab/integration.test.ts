import { afterAll, beforeAll, expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { testLab } from './lab.ts'

const { images } = rig()
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(() => client.close())

test('a page behind a proxy: made, found unchanged, changed, destroyed', async () => {
  const lab = await testLab('vertical')
  const front = docker.network('front', { subnet: '172.31.7.0/24' })
  const data = docker.volume('pages', {})
  const image = docker.image('web-image', { image: images.web })
  const resources = (memory: string) => {
    const site = docker.container('site', {
      image: image.reference,
      networks: [front.name],
      mounts: [{ type: 'volume', source: data.name, target: '/data' }],
      resources: { memory },
    })
    const proxy = docker.container('proxy', {
      image: image.reference,
      networks: [front.name],
      ports: ['18090:80'],
      dependsOn: [site],
    })
    return [front, data, image, site, proxy]
  }
  await lab.apply(resources('64m'))
  expect(await lab.plan(resources('64m'))).toBe('')
  expect((await fetch('http://127.0.0.1:18090/')).status).toBe(200)
  const second = await lab.apply(resources('128m'))
  expect(second.text).toMatchInlineSnapshot(`
    "update site; live; because changed; after web-image, front, pages
      resources.memory: "64MiB" -> "128MiB" (live, changed)"
  `)
  expect(await lab.plan(resources('128m'))).toBe('')
  await lab.apply([], { mode: 'destroy', allowDataLoss: ['pages'] })
  expect(await client.containers.list({ labels: { 'dev.lares.lab': 'vertical' } })).toEqual([])
})

import { connectHost } from '@lares/transport'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { machine } from '../../../../e2e/rig/machine.ts'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { projectDirectory } from '../compose-project/project-files.ts'
import { testLab } from '../lab/lab.ts'

const { images } = rig()
let remote: DockerClient
beforeAll(async () => {
  remote = await connectDocker({ host: await connectHost({ address: 'h2' }) })
})
afterAll(() => remote.close())

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

test('a Compose project on another host takes along what is read on this one', async () => {
  const lab = await testLab('far-project')
  const on = machine('h2', { address: 'h2' })
  const { directory, write } = await projectDirectory()
  await write('hunter2-hunter2', 'password.txt')
  await write(`FROM ${images.busybox}\nRUN echo here > /built\n`, 'Dockerfile')
  await write(`
services:
  app:
    build: .
    command: ["sh", "-c", "exec sleep 1000"]
    stop_grace_period: 0s
    secrets: [password]
    volumes: ["./site:/site"]
secrets:
  password: { file: password.txt }
`)
  const resources = [docker.compose('far', { on, directory })]
  const { plan } = await lab.attempt(resources)
  expect(plan.diagnostics).toMatchObject([{ severity: 'warning', code: 'compose_file_elsewhere' }])
  expect(await lab.plan(resources)).toBe('')
  const inside = await remote.containers.exec('far-app-1', ['cat', '/run/secrets/password', '/built'])
  expect(inside.stdout).toBe('hunter2-hunter2here\n')
  await write('another-password', 'password.txt')
  expect(await lab.plan(resources)).toMatchInlineSnapshot(`
    "update far; restart; because changed; after h2
      images.far-app: update (live, changed, what it is built from has changed)
      services.app: replace (restart, changed, new image; files)
        files: differs (replace, changed)"
  `)
  await lab.attempt(resources)
  expect(await lab.plan(resources)).toBe('')
})

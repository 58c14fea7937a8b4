import { type AnyResource, defineLab } from '@lares/core'
import host from '@lares/plugin-host'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { type TestLab, testLab } from '../lab/lab.ts'

const { images } = rig()
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(() => client.close())

const statusOf = (lab: TestLab, name: string, resources: readonly AnyResource[]) =>
  lab.engine.status(defineLab({ name, resources }))

async function healthOf(lab: TestLab, name: string, resources: readonly AnyResource[]) {
  const { resources: found, diagnostics } = await statusOf(lab, name, resources)
  expect(diagnostics).toEqual([])
  return Object.fromEntries(found.map(({ address, status, health }) => [address, health ?? status]))
}

const until = (
  name: string,
  is: (state: { Status: string; Health?: { Status: string } }, restarts: number) => boolean,
) =>
  vi.waitUntil(
    async () => {
      const { State, RestartCount } = (await client.containers.inspect(name))!
      return is(State, RestartCount)
    },
    { timeout: 120_000, interval: 100 },
  )
const shell = (name: string, command: string) => client.containers.exec(name, ['sh', '-c', command])
const endless = 'trap "exit 3" TERM; [ ! -e /broken ] || exit 3; touch /fine; while :; do sleep 0.1; done'

test('containers that run, are unhealthy, were killed, end, keep restarting, and are gone', async () => {
  const lab = await testLab('health')
  const container = (name: string, more: object = {}) =>
    docker.container(name, { image: images.busybox, command: ['sh', '-c', endless], stopSignal: 'KILL', ...more })
  const healthcheck = { test: ['CMD-SHELL', 'cat /fine'], interval: '500ms', retries: 1 }
  const resources = [
    container('health-fine', { healthcheck }),
    container('health-sick', { healthcheck }),
    container('health-killed'),
    container('health-stopped'),
    container('health-looping', { restart: 'always' }),
    container('health-done', { command: ['true'], restart: 'no' }),
    container('health-gone'),
  ]
  await lab.apply(resources)
  const healthy = { state: 'healthy', since: expect.stringMatching(/^\d{4}-.*Z$/), alerts: [] }
  expect(await healthOf(lab, 'health', resources)).toMatchObject({
    'health-fine': { ...healthy, summary: 'healthy' },
    'health-looping': { ...healthy, summary: 'running' },
    'health-done': { ...healthy, summary: 'exited with code 0' },
  })
  await shell('health-looping', 'touch /broken; kill -TERM 1')
  await shell('health-sick', 'rm /fine')
  await client.containers.kill('health-killed', 'KILL')
  await client.containers.remove('health-gone', { force: true })
  await lab.engine.run(defineLab({ name: 'health', resources }), {
    ...{ address: 'health-stopped', action: 'stop', write: () => {} },
  })
  await until('health-sick', ({ Health }) => Health?.Status === 'unhealthy')
  await until('health-killed', ({ Status }) => Status === 'exited')
  // The engine waits twice as long each time: by now for seconds.
  await until('health-looping', ({ Status }, restarts) => Status === 'restarting' && restarts > 5)
  const seen = await healthOf(lab, 'health', resources)
  expect(seen).toMatchObject({
    'health-fine': { state: 'healthy', summary: 'healthy' },
    'health-sick': { state: 'degraded', summary: "unhealthy: cat: can't open '/fine': No such file or directory" },
    'health-killed': { state: 'down', summary: 'exited with code 137' },
    'health-stopped': { state: 'down', summary: 'exited with code 137' },
    'health-looping': {
      state: 'down',
      summary: expect.stringMatching(/^restarting, \d+ restarts: exited with code 3$/),
    },
    'health-gone': 'missing',
  })
})

test('a project tells of each container that is in trouble by its service', async () => {
  const lab = await testLab('troubled')
  const service = (name: string) => `${name}: { image: "${images.busybox}", init: true, command: [sleep, infinity] }`
  const content = `services:\n  ${service('web')}\n  ${service('db')}\n`
  const resources = [docker.compose('troubled', { content })]
  await lab.apply(resources)
  expect(await healthOf(lab, 'troubled', resources)).toEqual({
    troubled: { state: 'healthy', summary: '2 containers', alerts: [] },
  })
  await client.containers.kill('troubled-db-1', 'KILL')
  await until('troubled-db-1', ({ Status }) => Status === 'exited')
  const alert = { name: 'exited', severity: 'critical', source: 'db', summary: 'exited with code 137' }
  expect(await healthOf(lab, 'troubled', resources)).toEqual({
    troubled: {
      state: 'degraded',
      summary: '1 of 2 containers in trouble',
      alerts: [{ ...alert, since: expect.stringMatching(/Z$/) }],
    },
  })
})

test('a host that refuses is told once, for all that is on it', async () => {
  const lab = await testLab('dark')
  const on = host.machine('dark', { address: '127.0.0.1', port: 9 })
  const names = ['dark-one', 'dark-two']
  const resources = [on, ...names.map((name) => docker.container(name, { on, image: images.busybox }))]
  const { resources: found, diagnostics } = await statusOf(lab, 'dark', resources)
  expect(found.map(({ address, status }) => [address, status])).toEqual(
    ['dark', ...names].map((address) => [address, 'unreachable']),
  )
  expect(diagnostics.map(({ severity, code, address }) => [severity, code, address])).toEqual([
    ['warning', 'unreachable', 'dark'],
  ])
})

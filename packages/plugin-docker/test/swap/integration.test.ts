import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { testLab } from '../lab/lab.ts'

const { images } = rig()
const port = 18091
const page = async () => ((await (await fetch(`http://127.0.0.1:${port}/`)).text()).includes('<p>v2</p>') ? 'v2' : 'v1')
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(() => client.close())

const containersOf = (lab: string) => client.containers.list({ labels: { 'dev.lares.lab': lab } })
const web = (image: string, more: object = {}) => [docker.container('web', { image, ports: [`${port}:80`], ...more })]

test('a new image takes the place of the old one', async () => {
  const lab = await testLab('swap')
  await lab.apply(web(images.web))
  expect(await page()).toBe('v1')
  const { text } = await lab.apply(web(images.webNext))
  expect(text).toContain(
    'replace web; replace; swap; because changed\n  image: "10.77.0.1:5000/web:v1" -> "10.77.0.1:5000/web:v2"',
  )
  expect(await page()).toBe('v2')
  expect(await containersOf('swap')).toEqual([expect.objectContaining({ name: 'web', state: 'running' })])
  expect(await lab.plan(web(images.webNext))).toBe('')
})

test.each([
  ['that ends at once', images.webBroken, /(?:exited with code 1|unhealthy)[\s\S]*broken on purpose/],
  ['that never becomes healthy', images.webSick, /unhealthy/],
])('a new image %s: the old container runs again, and the error has its last words', async (_, image, words) => {
  const lab = await testLab('rollback')
  await lab.apply(web(images.web))
  const [before] = await containersOf('rollback')
  const { result } = await lab.attempt(web(image))
  expect(result.failed).toBe(1)
  expect(JSON.stringify(result.diagnostics).replaceAll('\\n', '\n')).toMatch(words)
  expect(JSON.stringify(result.diagnostics)).toContain('The old container runs again')
  // It runs, and may not listen yet.
  await expect.poll(page, { timeout: 10_000 }).toBe('v1')
  expect(await containersOf('rollback')).toEqual([
    expect.objectContaining({ id: before!.id, name: 'web', state: 'running' }),
  ])
  expect(await lab.plan(web(images.web))).toBe('')
})

test('what can run twice is never away', async () => {
  const lab = await testLab('seamless')
  const job = (version: string) => [docker.container('worker', { image: images.busybox, env: { VERSION: version } })]
  await lab.apply(job('1'))
  let isOver = false
  const seen: number[] = []
  const watch = async () => {
    while (!isOver) {
      seen.push((await client.containers.list({ labels: { 'dev.lares.lab': 'seamless' }, running: true })).length)
      await delay(5)
    }
  }
  const watching = watch()
  await lab.apply(job('2'))
  isOver = true
  await watching
  expect(seen.length).toBeGreaterThan(20)
  expect(Math.min(...seen)).toBe(1)
})

test('anonymous volumes follow, and stay when the container goes', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lares-volume-'))
  const dockerfileInline = `FROM ${images.busybox}\nVOLUME /var/lib/db`
  await client.images.build({ directory, dockerfileInline, tags: ['with-volume:1'] })
  onTestFinished(async () => {
    await client.images.remove('with-volume:1')
    await rm(directory, { recursive: true })
  })
  const lab = await testLab('anonymous')
  const db = (version: string) => [
    docker.container('db', { image: 'with-volume:1', mounts: ['/scratch'], env: { VERSION: version } }),
  ]
  await lab.apply(db('1'))
  await client.containers.exec('db', ['sh', '-c', 'echo precious > /var/lib/db/file; echo too > /scratch/file'])
  for (const version of ['2', '3']) {
    await lab.apply(db(version))
    const { stdout } = await client.containers.exec('db', ['cat', '/var/lib/db/file', '/scratch/file'])
    expect(stdout).toBe('precious\ntoo\n')
    expect(await lab.plan(db(version))).toBe('')
  }
  const volumes = ((await client.containers.inspect('db'))?.Mounts ?? []).map(({ Name }) => Name!)
  expect(volumes).toHaveLength(2)
  await lab.apply([])
  const told = lab.events.flatMap((event) => (event.type === 'action.log' ? [event.message] : []))
  for (const volume of volumes) expect(told).toContainEqual(expect.stringContaining(volume))
  expect(await client.containers.inspect('db')).toBeUndefined()
  for (const volume of volumes) expect(await client.volumes.remove(volume)).toBe(true)
})

test('a container that is to end', async () => {
  const lab = await testLab('oneshot')
  const job = (script: string) => [
    docker.container('job', { image: images.busybox, command: ['sh', '-c', script], restart: 'no' }),
  ]
  await lab.apply(job('true'))
  expect(await lab.plan(job('true'))).toBe('')
  await lab.apply(job('sleep 0.1'))
  expect(await lab.plan(job('sleep 0.1'))).toBe('')
  const { result } = await lab.attempt(job('echo the reason; exit 3'))
  expect(JSON.stringify(result.diagnostics)).toMatch(/code 3.*the reason/)
  expect(await lab.plan(job('sleep 0.1'))).toBe('')
})

test.each([
  ['was stopped for it runs again', `trap 'exit 0' TERM; while :; do sleep 0.1; done`, 'running'],
  ['had done what it was for stays as it is', 'true', 'exited'],
])('an interrupted replacement: what %s', async (_, script, state) => {
  const lab = await testLab('interrupted')
  const job = [docker.container('job', { image: images.busybox, command: ['sh', '-c', script], restart: 'no' })]
  await lab.apply(job)
  await delay(1100)
  const before = (await client.containers.inspect('job'))!
  await client.containers.create('job.lares-next', { image: images.busybox, labels: before.Config.Labels! })
  await client.containers.stop('job')
  await lab.apply(job)
  const { Id, State } = (await client.containers.inspect('job'))!
  expect([Id, State.Status]).toEqual([before.Id, state])
  expect(State.StartedAt === before.State.StartedAt).toBe(state === 'exited')
  expect(await containersOf('interrupted')).toHaveLength(1)
  expect(await lab.plan(job)).toBe('')
})

test('another name is given to the container that is there', async () => {
  const lab = await testLab('rename')
  const named = (name: string, more: object = {}) => [
    docker.container('web', { name, image: images.web, ports: [`${port}:80`], ...more }),
  ]
  await lab.apply(named('first'))
  const [before] = await containersOf('rename')
  await lab.apply(named('second'))
  expect(await containersOf('rename')).toEqual([
    expect.objectContaining({ id: before!.id, name: 'second', state: 'running' }),
  ])
  await lab.apply(named('third', { env: { A: '1' } }))
  expect(await containersOf('rename')).toEqual([expect.objectContaining({ name: 'third', state: 'running' })])
  expect(await lab.plan(named('third', { env: { A: '1' } }))).toBe('')
})

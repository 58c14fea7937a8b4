import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { projectDirectory, sleeps } from '../compose-project/project-files.ts'
import { testLab } from '../lab/lab.ts'

const { images } = rig()
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(() => client.close())

const service = (more = '') => `{ image: ${images.busybox}, ${sleeps}, stop_grace_period: 0s, ${more} }`

/** A container that Lares did not make. */
async function foreign(name: string, ...options: string[]): Promise<void> {
  await promisify(execFile)('docker', ['run', '-d', '--name', name, ...options, images.busybox, 'sleep', '1000'])
  onTestFinished(async () => void (await client.containers.remove(name, { force: true })))
}

test('what is external is not made by accident, and every name that is taken is told', async () => {
  const lab = await testLab('outside')
  const { directory, write } = await projectDirectory()
  const resources = [docker.compose('outside', { directory })]
  await write(`
services: { web: ${service('volumes: ["data:/data"]')} }
volumes: { data: { external: true, name: outside-data } }
`)
  const { plan, result } = await lab.attempt(resources)
  expect(plan.diagnostics).toMatchObject([{ severity: 'warning', code: 'not_there_yet' }])
  expect(result.diagnostics).toMatchObject([
    { severity: 'error', code: 'not_there_yet', summary: 'The external volume "outside-data" is not there yet' },
  ])
  expect(await client.volumes.inspect('outside-data')).toBeUndefined()

  await foreign('outside-web-1')
  await foreign('outside-web-2')
  await write(`services: { web: ${service('scale: 2')} }`)
  const taken = await lab.attempt(resources)
  expect(taken.plan.diagnostics.map(({ summary }) => summary)).toEqual([
    'There is a container "outside-web-1" that does not belong to the project outside',
    'There is a container "outside-web-2" that does not belong to the project outside',
  ])
})

test('a second container of one number goes, and a stranger on a network is named with it', async () => {
  const lab = await testLab('second')
  const { directory, write } = await projectDirectory()
  const resources = [docker.compose('second', { directory })]
  await write(`services: { web: ${service()} }`)
  await lab.apply(resources)
  const before = await client.containers.inspect('second-web-1')
  const marks = { project: 'second', service: 'web', 'container-number': '1', oneoff: 'False' }
  const labels = Object.entries(marks).flatMap(([name, value]) => ['--label', `com.docker.compose.${name}=${value}`])
  // As Compose leaves one that it was replacing.
  await foreign('0a1b2c_second-web-1', ...labels)
  expect(await lab.plan(resources)).toMatchInlineSnapshot(`
    "update second; restart; because changed
      services.web[1]: delete (restart, unset, 0a1b2c_second-web-1, a second one)"
  `)
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
  expect((await client.containers.inspect('second-web-1'))!.Id).toBe(before!.Id)

  await foreign('stranger', '--network', 'second_default')
  await write(`
services: { web: ${service()} }
networks: { default: { ipam: { config: [{ subnet: 10.214.1.0/24 }] } } }
`)
  const { result } = await lab.attempt(resources)
  expect(result.diagnostics).toMatchObject([
    { code: 'in_use', advice: 'Take it off first: docker network disconnect second_default stranger' },
  ])
  await client.containers.remove('stranger', { force: true })
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
})

test('passwords of shares are told nowhere, and a project goes without its files', async () => {
  const lab = await testLab('shares')
  const { directory, write } = await projectDirectory()
  const resources = [docker.compose('shares', { directory })]
  const text = (size: string) => `
services: { a: ${service('volumes: ["one:/one", "two:/two"]')}, b: ${service('volumes: ["one:/one"]')} }
volumes:
  one: { driver_opts: { type: tmpfs, device: tmpfs, o: "size=${size},uid=\${PASSWORD}" } }
  two: { driver_opts: { type: tmpfs, device: tmpfs, o: "size=${size}" } }
`
  // Long enough not to stand in a digest by chance.
  await write('PASSWORD=3471108152', '.env')
  await write(text('10m'))
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
  await write(text('20m'))
  const allowDataLoss = ['shares/volumes/one', 'shares/volumes/two']
  const seen = await lab.plan(resources, { allowDataLoss })
  expect(seen).toContain('volumes.one: replace (restart, changed, driver_opts; what is in it is lost)')
  await lab.apply(resources, { allowDataLoss })
  expect(await lab.plan(resources)).toBe('')
  const files = await readdir(lab.directory, { recursive: true, withFileTypes: true })
  const state = await Promise.all(
    files.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name), 'utf8')),
  )
  expect(JSON.stringify([seen, lab.events, state])).not.toContain('3471108152')

  await write('services: [')
  const { result } = await lab.attempt(resources, { mode: 'destroy', allowDataLoss })
  expect(result.diagnostics).toEqual([])
  expect(await client.containers.inspect('shares-a-1')).toBeUndefined()
})

test('nothing is taken away before all is there that takes its place', async () => {
  const lab = await testLab('whole')
  const { directory, write } = await projectDirectory()
  const resources = [docker.compose('whole', { directory })]
  const { busybox }: Record<string, string> = images
  const text = ({ size = '10m', web = busybox, db = busybox, name = 'web' }) => `
services:
  ${name}: { image: ${web}, pull_policy: never, ${sleeps}, stop_grace_period: 0s }
  db: { image: ${db}, pull_policy: never, ${sleeps}, stop_grace_period: 0s, volumes: ["data:/data"], depends_on: [${name}] }
volumes: { data: { driver_opts: { type: tmpfs, device: tmpfs, o: "size=${size}" } } }
`
  await write(text({}))
  await lab.apply(resources)
  const ids = async () =>
    (await client.containers.list({ running: true, labels: { 'com.docker.compose.project': 'whole' } })).map(
      ({ id }) => id,
    )
  const before = await ids()
  expect(before).toHaveLength(2)
  const refused = async () => {
    const { plan, result } = await lab.attempt(resources, { allowDataLoss: ['whole/volumes/data'] })
    expect(await ids()).toEqual(before)
    expect((await client.volumes.inspect('whole_data'))!.Options).toMatchObject({ o: 'size=10m' })
    const told = [plan, result].map(({ diagnostics }) => diagnostics.map(({ summary }) => summary))
    return { warned: told[0], failed: told[1] }
  }

  await write(text({ size: '20m', db: 'lares-absent' }))
  expect(await refused()).toEqual({
    warned: ['The image lares-absent is not there yet, and db says never to pull it'],
    failed: ['volume whole_data: left alone, because the image lares-absent of db is not there'],
  })
  await write(text({ size: '20m', web: 'lares-absent' }))
  expect((await refused()).failed).toEqual([
    'volume whole_data: left alone, because the image lares-absent of web is not there',
  ])
  await write(text({ name: 'site', web: 'lares-absent' }))
  expect((await refused()).failed).toContain(
    'whole-web-1: left alone, because it needs the images that are missing: they may be of what replaces it',
  )
  await write(text({ size: '20m' }))
  await foreign('outsider', '--volume', 'whole_data:/stolen')
  const summary = "The volume whole_data can't be replaced: containers that are not the project's use it: outsider"
  expect(await refused()).toEqual({ warned: [summary], failed: [summary] })
  await client.containers.remove('outsider', { force: true })
  await lab.apply(resources, { allowDataLoss: ['whole/volumes/data'] })
  expect(await lab.plan(resources)).toBe('')
})

test('a port that a project publishes is nobody else’s on its host', async () => {
  const lab = await testLab('ports')
  const { directory, write } = await projectDirectory()
  await write('PORT=18097', '.env')
  await write(`services: { web: ${service('ports: ["127.0.0.1:${PORT}:80", "81"]')} }`)
  const project = docker.compose('ports', { directory })
  const container = docker.container('proxy', { image: images.busybox, ports: ['18097:8080'] })
  await expect(lab.plan([project, container])).rejects.toThrow('both want port 127.0.0.1:18097/tcp')
  await lab.apply([project])
  expect(await lab.plan([project])).toBe('')
  await expect(lab.plan([container, project])).rejects.toThrow('both want port 127.0.0.1:18097/tcp')
  expect(await lab.plan([container])).toContain('create proxy; because new; after ports')
})

test('a project that is built where the lab is stays built', async () => {
  const lab = await testLab('beside')
  const { directory, write } = await projectDirectory()
  const resources = [docker.compose('beside', { directory })]
  await write(`FROM ${images.busybox}\nCOPY . /all\n`, 'Dockerfile')
  await write(`services: { web: { build: ., ${sleeps}, stop_grace_period: 0s } }`)
  await mkdir(join(directory, '.lares'))
  const run = (name: string) => writeFile(join(directory, '.lares', name), name)
  await run('key')
  await lab.apply(resources)
  await run('state.json')
  expect(await lab.plan(resources)).toBe('')
  const { stdout } = await client.containers.exec('beside-web-1', ['ls', '-A', '/all'])
  expect(stdout.trim().split('\n').sort()).toEqual(['Dockerfile', 'compose.yaml'])
})

test('a project whose engine does not answer for a moment is tried again', async () => {
  const lab = await testLab('moment')
  const { directory, write } = await projectDirectory()
  const resources = [docker.compose('moment', { directory })]
  const text = (value: number) => {
    const each = service(`environment: ["A=${value}"]`)
    return `services: { web: ${each}, db: ${each} }`
  }
  await write(text(1))
  await lab.apply(resources)
  await write(text(2))
  const send = http.request
  let refused = 0
  const request = vi.spyOn(http, 'request').mockImplementation(((options: http.RequestOptions, ...rest: never[]) => {
    if (!options.path?.includes('/containers/create') || refused === 2) return send(options, ...rest)
    refused++
    return send({ host: '127.0.0.1', port: 1, method: 'POST' }, ...rest)
  }) as typeof send)
  onTestFinished(() => request.mockRestore())
  await lab.apply(resources)
  const retried = lab.events.flatMap((event) => (event.type === 'action.retried' ? event.reason : []))
  expect([refused, retried]).toEqual([2, [expect.stringContaining('ECONNREFUSED')]])
  expect(await lab.plan(resources)).toBe('')
})

test('a creation that runs out of time is gone on with, and nothing of it is made twice', async () => {
  const lab = await testLab('slow')
  const { directory, write } = await projectDirectory()
  const resources = [docker.compose('slow', { directory, timeouts: { create: '6s' } })]
  await write(`FROM ${images.busybox}\n`, 'Dockerfile')
  await write(`
services:
  db:
    build: .
    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 9 & wait; touch /healthy; while :; do sleep 0.1; done"]
    healthcheck: { test: ["CMD", "test", "-f", "/healthy"], interval: 1s, retries: 60 }
  web: ${service('depends_on: { db: { condition: service_healthy } }')}
`)
  await lab.apply(resources)
  const said = lab.events.flatMap((event) => (event.type === 'action.log' ? event.message : []))
  expect(said.filter((message) => /^(creating|building|replacing) /.test(message))).toEqual([
    'building slow-db',
    'creating slow-db-1',
    'creating slow-web-1',
  ])
  expect(await lab.plan(resources)).toBe('')
})

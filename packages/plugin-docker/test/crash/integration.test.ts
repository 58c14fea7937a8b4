import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { type TestLab, testLab } from '../lab/lab.ts'

const { images } = rig()
const script = fileURLToPath(new URL('apply.ts', import.meta.url))
const port = 18092
const options = (version: string) => ({
  image: images.busybox,
  env: { VERSION: version },
  ports: [`${port}:80`],
  networks: ['crash-one', 'crash-two'],
  stopGracePeriod: '0s',
})
const web = (version: string) => [docker.container('web', options(version))]
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
  for (const name of ['crash-one', 'crash-two']) await client.networks.create(name)
})
afterAll(async () => {
  for (const name of ['crash-one', 'crash-two']) await client.networks.remove(name)
  client.close()
})

/** True when the process was killed on its way; false when it came to its end first. */
async function struck(lab: TestLab, inputs: object, strike: number, moment: string): Promise<boolean> {
  const args = [script, lab.directory, JSON.stringify(inputs), String(strike), moment]
  const { signal, exitCode, stderr } = await execa(process.execPath, ['--conditions=lares-source', ...args], {
    reject: false,
    timeout: 60_000,
  })
  if (signal !== 'SIGKILL' && exitCode !== 0) throw new Error(`it failed by itself: ${stderr}`)
  return signal === 'SIGKILL'
}

const found = () => client.containers.list({ labels: { 'dev.lares.lab': 'crash' } })

async function expectUp(lab: TestLab, version: string): Promise<void> {
  await lab.apply(web(version))
  expect(await found()).toEqual([expect.objectContaining({ name: 'web', state: 'running' })])
  const options = await client.containers.options('web')
  expect(options?.ports).toEqual([`${port}:80/tcp`])
  expect(options?.env).toEqual({ VERSION: version })
  expect(Object.keys(options?.networks ?? {})).toEqual(['crash-one', 'crash-two'])
  expect(await lab.plan(web(version))).toBe('')
}

/** A project of two containers without networks, so that nothing is to be done to them but to give them other names. */
const pair = (one: string, other: string) => {
  const service = { image: images.busybox, command: ['sleep', '1000'], stop_grace_period: '0s', network_mode: 'none' }
  const services = { one: { ...service, container_name: one }, other: { ...service, container_name: other } }
  return { content: JSON.stringify({ services }) }
}

async function expectNamed(lab: TestLab, wanted: ReturnType<typeof pair>): Promise<void> {
  const before = await found()
  await lab.apply([docker.compose('web', wanted)])
  expect(await lab.plan([docker.compose('web', wanted)])).toBe('')
  const after = await found()
  expect(after.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort())
  const names = after.map(({ name, labels }) => [labels['com.docker.compose.service'], name])
  expect(Object.fromEntries(names)).toEqual({ one: 'crash-b', other: 'crash-a' })
}

const hooked = {
  content: JSON.stringify({
    services: {
      web: {
        ...{ image: images.busybox, command: ['sleep', '1000'], stop_grace_period: '0s', network_mode: 'none' },
        post_start: [{ command: ['touch', '/hooked'] }],
      },
    },
  }),
}

async function expectHooked(lab: TestLab): Promise<void> {
  await lab.apply([docker.compose('web', hooked)])
  expect(await lab.plan([docker.compose('web', hooked)])).toBe('')
  expect((await found()).map(({ name }) => name)).toEqual(['web-web-1'])
  const { exitCode } = await client.containers.exec('web-web-1', ['test', '-f', '/hooked'])
  expect(exitCode).toBe(0)
}

const changes: [string, (lab: TestLab) => Promise<unknown>, object, (lab: TestLab) => Promise<void>, number][] = [
  ['created', async () => {}, options('2'), (lab) => expectUp(lab, '2'), 3],
  ['replaced', (lab) => lab.apply(web('1')), options('2'), (lab) => expectUp(lab, '2'), 6],
  ['replaced, and the wish withdrawn', (lab) => lab.apply(web('1')), options('2'), (lab) => expectUp(lab, '1'), 6],
  [
    'given the names of each other',
    (lab) => lab.apply([docker.compose('web', pair('crash-a', 'crash-b'))]),
    pair('crash-b', 'crash-a'),
    (lab) => expectNamed(lab, pair('crash-b', 'crash-a')),
    4,
  ],
  ['created with what is to be done after its start', async () => {}, hooked, expectHooked, 5],
  [
    'destroyed',
    (lab) => lab.apply(web('1')),
    {},
    async (lab) => {
      await lab.apply([])
      expect(await found()).toEqual([])
    },
    2,
  ],
]

test.each(changes)(
  '%s, and killed at every request: the next apply converges',
  async (title, before, inputs, after, least) => {
    const lab = await testLab('crash')
    const covered: string[] = []
    for (const moment of ['before', 'after']) {
      for (let strike = 1; ; strike++) {
        await before(lab)
        if (!(await struck(lab, inputs, strike, moment))) break
        covered.push(`${moment} ${strike}`)
        await after(lab)
        await lab.apply([])
      }
      await lab.apply([])
    }
    console.log(`${title}: killed ${covered.join(', ')}`)
    expect(covered.length).toBeGreaterThanOrEqual(2 * least)
  },
  900_000,
)

import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { here, siteInputs } from '../checks/site.ts'
import { testLab } from '../lab/lab.ts'

const script = fileURLToPath(new URL('../crash/apply.ts', import.meta.url))
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(async () => {
  await client.volumes.remove('checks-data')
  client.close()
})

const page = async () => (await fetch(here)).text()
const checks = [{ http: { url: here, body: '^v[12]' }, within: '100s' }]
const web = (version: string) => [docker.container('web', { ...siteInputs(version), checks })]

test.each([
  ['goes back to what was there', 'v1'],
  ['goes on to what is good', 'v2'],
])('killed while it waits for what never becomes good, the next apply %s', async (_, wanted) => {
  const lab = await testLab('crash')
  await lab.apply(web('v1'))
  const before = await client.containers.inspect('web')
  await client.containers.exec('web', ['sh', '-c', 'echo precious > /data/file'])
  const inputs = JSON.stringify({ ...siteInputs('v3'), checks })
  const run = execa(process.execPath, ['--conditions=lares-source', script, lab.directory, inputs], {
    reject: false,
    timeout: 120_000,
  })
  // The new one serves what is no good, so it is being asked; the old one is there.
  await expect.poll(() => page().catch(() => ''), { timeout: 60_000 }).toBe('v3\n')
  run.kill('SIGKILL')
  expect((await run).signal).toBe('SIGKILL')
  expect((await client.containers.inspect('web'))?.Id).toBe(before!.Id)

  await lab.apply(web(wanted))
  await expect.poll(page, { timeout: 20_000 }).toBe(`${wanted}\n`)
  const after = await client.containers.list({ labels: { 'dev.lares.lab': 'crash' } })
  expect(after.map(({ name, state }) => [name, state])).toEqual([['web', 'running']])
  expect(after[0]!.id === before!.Id).toBe(wanted === 'v1')
  expect((await client.containers.exec('web', ['cat', '/data/file'])).stdout).toBe('precious\n')
  expect(await lab.plan(web(wanted))).toBe('')
})

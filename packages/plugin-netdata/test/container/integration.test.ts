import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import docker from '../../../plugin-docker/src/index.ts'
import netdata from '../../src/index.ts'
import { buildNetdataImage } from './image.ts'

const image = 'netdata:here'
const folder = mkdtempSync(join(tmpdir(), 'lares-agents-'))
const lab = testLab('home')
beforeAll(async () => {
  for (const name of ['one', 'two']) for (const part of ['config', 'lib']) mkdirSync(join(folder, `${name}-${part}`))
  await buildNetdataImage(image)
})
afterAll(async () => {
  await execa('docker', ['rm', '-f', 'one', 'two'], { reject: false })
  rmSync(folder, { recursive: true, force: true })
})

const agentIn = (name: string, port: number, more: object = {}) => {
  const container = docker.container(name, {
    ...{ image, networkMode: 'host', restart: 'unless-stopped', command: ['-p', String(port)] },
    mounts: ['config:/etc/netdata', 'lib:/var/lib/netdata'].map((each) => `${folder}/${name}-${each}`),
  })
  const agent = netdata.agent(`${name}-agent`, {
    ...{ container: container.name, hostname: name, port, database: { mode: 'ram' as const }, ...more },
  })
  return [container, agent]
}
const both = (more?: object) => [...agentIn('one', 19_991, more), ...agentIn('two', 19_992)]
const info = async (port: number) =>
  (await (await fetch(`http://127.0.0.1:${port}/api/v1/info`)).json()) as { uid: string; mirrored_hosts: string[] }

test('two agents in containers of one host, each with its own port and identity', async () => {
  await lab.apply(both())
  const [one, two] = [await info(19_991), await info(19_992)]
  expect([one.mirrored_hosts, two.mirrored_hosts]).toEqual([['one'], ['two']])
  expect(one.uid).not.toBe(two.uid)
  expect(await lab.rest(both())).toBe('')
})

test('one is configured anew and restarted, the other is left alone', async () => {
  const { stdout: before } = await execa('docker', ['inspect', '-f', '{{.State.StartedAt}}', 'two'])
  await lab.apply(both({ updateEvery: '2s' }))
  expect(readFileSync(`${folder}/one-config/netdata.conf`, 'utf8')).toContain('update every = 2')
  expect((await execa('docker', ['inspect', '-f', '{{.State.StartedAt}}', 'two'])).stdout).toBe(before)
  expect(await lab.rest(both({ updateEvery: '2s' }))).toBe('')
})

test('one that was stopped runs again', async () => {
  await execa('docker', ['stop', 'one'])
  expect(await lab.rest(both({ updateEvery: '2s' }))).toMatch(/running/)
  await lab.apply(both({ updateEvery: '2s' }))
  expect((await info(19_991)).mirrored_hosts).toEqual(['one'])
})

test('a container without folders of its own is refused', async () => {
  const bare = docker.container('two', { image, networkMode: 'host' })
  const { diagnostics } = await testLab('other').attempt([bare, netdata.agent('bare-agent', { container: 'missing' })])
  expect(diagnostics.map(({ summary }) => summary).join('\n')).toMatch(/there is no container missing/)
})

test('the lab goes, and leaves nothing', async () => {
  await lab.destroy(both({ updateEvery: '2s' }))
  expect((await execa('docker', ['ps', '-aq', '--filter', 'name=one'])).stdout).toBe('')
})

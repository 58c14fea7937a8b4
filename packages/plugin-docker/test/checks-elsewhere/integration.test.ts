import { connectHost, type Host } from '@lares/transport'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { machine } from '../../../../e2e/rig/machine.ts'
import { connectDocker, type DockerClient } from '../../src/index.ts'
import { type Checks, here, port, site, told } from '../checks/site.ts'
import { testLab } from '../lab/lab.ts'

let host: Host
let remote: DockerClient
beforeAll(async () => {
  host = await connectHost({ address: 'h2' })
  remote = await connectDocker({ host })
})
afterAll(async () => {
  await remote.volumes.remove('checks-data')
  remote.close()
  await host.close()
})

test('what is asked on another host is asked there, where its loopback device is', async () => {
  const lab = await testLab('elsewhere')
  const on = machine('h2', { address: 'h2' })
  const checks: Checks = [
    { http: { url: here, body: '^v[12]' }, within: '5s' },
    { http: { url: 'http://container/' }, within: '5s' },
    { tcp: { port }, within: '5s' },
    { command: ['true'] },
  ]
  await lab.apply([on, site('v1', { on, checks })])
  await expect(fetch(here)).rejects.toThrow()
  await lab.apply([on, site('v2', { on, checks })])
  expect(await lab.plan([on, site('v2', { on, checks })])).toBe('')
  const id = (await remote.containers.inspect('site'))?.Id

  const { result } = await lab.attempt([on, site('v3', { on, checks })])
  expect(told(result)).toMatch(/checks\[0\] \(http 127\.0\.0\.1:\d+\) is not good after .*: body of 3 characters/)
  const silent = await lab.attempt([on, site('v4', { on, checks: checks.slice(2), script: 'exec sleep 1000' })])
  expect(told(silent.result)).toMatch(/checks\[0\] \(tcp 127\.0\.0\.1:\d+\) is not good after/)
  expect((await remote.containers.inspect('site'))?.Id).toBe(id)
  const served = async () => (await host.exec(['curl', '-s', here], { reject: false })).stdout
  await expect.poll(served, { timeout: 20_000 }).toBe('v2\n')
  expect(await lab.plan([on, site('v2', { on, checks })])).toBe('')
  await lab.apply([on])
})

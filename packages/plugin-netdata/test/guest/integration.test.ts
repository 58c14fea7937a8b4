import host from '@lares/plugin-host'
import { connectHost } from '@lares/transport'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type NfsGuests, nfsGuests } from '../../../../e2e/rig/nfs-guests.ts'
import { until } from '../../../../e2e/rig/wait.ts'
import { testLab } from '../../../../e2e/test-lab.ts'
import netdata, { connectApi } from '../../src/index.ts'

vi.setConfig({ testTimeout: 600_000, hookTimeout: 900_000 })
let guests: NfsGuests
const lab = testLab('home')

beforeAll(async () => {
  guests = await nfsGuests()
})
afterAll(() => guests?.remove())

/** What an emulated processor has time for. */
const little = {
  database: { mode: 'ram' as const, retention: 300 },
  updateEvery: '2s',
  plugins: { apps: false, 'charts.d': false, 'python.d': false, statsd: true },
}

/** Two guests that watch themselves, one of which sends what it sees to the other. */
function watched() {
  const [server, client] = [
    host.machine('server', guests.server.endpoint),
    host.machine('client', guests.client.endpoint),
  ]
  const central = netdata.agent('central', { on: server, hostname: 'server', bind: ['*'], ...little })
  const children = netdata.parent('children', { on: central, address: guests.server.address })
  const edge = netdata.agent('edge', { on: client, hostname: 'client', ...little })
  const stream = netdata.stream('edge-to-central', { on: edge, to: children.stream })
  // A parent goes by alarms of its own for those that stream to it.
  const alarms = [edge, central].map((on, index) =>
    netdata.alarm(`memory-${index}`, {
      ...{ on, alarm: 'memory_in_use', chart: 'system.ram', hosts: 'client', calc: '$used', every: '2s' },
      ...{ crit: '$this > 1', units: 'MiB', info: 'memory that programs use' },
    }),
  )
  return [server, client, central, children, edge, stream, ...alarms]
}

test('agents of two guests are installed and configured, one streams to the other, and nothing is left to do', async () => {
  await lab.apply(watched())
  expect(await lab.rest(watched())).toBe('')
  const session = await connectHost(guests.server.endpoint)
  const api = connectApi({ host: session })
  expect((await api.info()).hosts).toMatchObject([
    { hostname: 'server', reachable: true },
    { hostname: 'client', reachable: true },
  ])
  api.close()
  await session.close()
})

test('an alarm of the guest is raised, and status tells it, of the guest and of the parent', async () => {
  const alerts = async () => {
    const { resources } = await lab.status(watched())
    return resources.flatMap(({ address, health }) => (health?.alerts ?? []).map((each) => ({ address, ...each })))
  }
  const raised = { name: 'memory_in_use', severity: 'critical', source: 'system.ram' }
  await until('it is raised', async () => (await alerts()).filter(({ name }) => name === raised.name).length === 2, {
    ...{ seconds: 300, signal: new AbortController().signal },
  })
  const told = await alerts()
  expect(told).toContainEqual(
    expect.objectContaining({ ...raised, address: 'edge', summary: expect.stringMatching(/^[\d.]+ MiB: memory/) }),
  )
  expect(told).toContainEqual(expect.objectContaining({ ...raised, address: 'central', host: 'client' }))
})

test('an agent that was killed is back, and streams again', async () => {
  await guests.client.run('systemctl stop netdata')
  expect(await lab.rest(watched())).toMatch(/update edge/)
  await lab.apply(watched())
  expect(await lab.rest(watched())).toBe('')
})

test('it goes, and both guests are as they were', async () => {
  await lab.destroy(watched())
  for (const guest of [guests.server, guests.client])
    expect(
      await guest.run(
        'systemctl is-active netdata || :; ls -A /etc/netdata/health.d; ls /etc/netdata/stream.conf 2>&1 || :',
      ),
    ).toMatch(/^inactive\n.*No such file/)
})

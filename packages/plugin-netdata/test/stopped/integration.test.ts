import { afterAll, expect, test } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import host from '../../../plugin-host/src/index.ts'
import { startSystemdHost } from '../../../plugin-host/test/systemd-host.ts'
import netdata from '../../src/index.ts'

const sd = await startSystemdHost(48)
afterAll(() => sd.stop())
await sd.shell('systemctl stop netdata')

const on = sd.machine()
const off = 'apps cgroups charts.d diskspace go.d idlejitter perf slabinfo statsd tc timex'.split(' ')
const agent = netdata.agent('agent', {
  on,
  bind: ['127.0.0.1'],
  database: { mode: 'ram', retention: 120 },
  plugins: Object.fromEntries(off.map((plugin) => [plugin, false])),
})
const silence = netdata.silence('loads', { on, alarm: 'load_*' })
const gate = netdata.healthCheck('calm', { on, alarms: ['load_average_1'], within: '60s' })
const motd = (content: string) => host.file('motd', { on, path: '/etc/motd', content, dependsOn: [gate] })
const lines = netdata.collector('lines', { on, module: 'example', settings: { num_lines: 2 } })
const alarm = netdata.alarm('crowd', {
  on,
  alarm: 'crowd',
  chart: 'system.load',
  every: '10s',
  warn: '$load1 > 100000',
})
const all = (content: string) => [on, agent, silence, gate, motd(content), lines, alarm]

const lab = testLab('home')
const isRunning = () => sd.shell('systemctl is-active netdata || :')

test('one apply starts the agent, and has it do all the rest', async () => {
  await lab.apply(all('one'))
  expect(await lab.rest(all('one'))).toBe('')
})

test('one that was stopped since is started, and what depends on the gate is changed, in one apply', async () => {
  await sd.shell('systemctl stop netdata')
  expect(await lab.rest(all('one'))).toMatch(/^.*agent/)
  await lab.apply(all('two'))
  expect(await isRunning()).toBe('active')
  expect(await sd.shell('cat /etc/motd')).toBe('two')
  expect(await lab.rest(all('two'))).toBe('')
})

test('what is new on one that was stopped since comes with its start', async () => {
  await sd.shell('systemctl stop netdata')
  const disks = netdata.silence('disks', { on, context: 'disk.*' })
  const more = netdata.collector('more', { on, module: 'example', settings: { num_lines: 3 } })
  const calm = netdata.healthCheck('cpu', { on, alarms: ['load_average_5'], within: '60s' })
  const file = host.file('issue', { on, path: '/etc/issue', content: 'x', dependsOn: [calm] })
  const those = [...all('two'), disks, more, calm, file]
  await lab.apply(those)
  expect(await lab.rest(those)).toBe('')
})

test('all goes while the agent is stopped', async () => {
  await sd.shell('systemctl stop netdata')
  await lab.destroy(all('two'))
  expect(await sd.shell('cat /var/lib/netdata/health.silencers.json')).toBe(
    '{"all":false,"type":"None","silencers":[]}',
  )
  expect(await sd.shell('ls -A /etc/netdata /etc/netdata/python.d | grep lares || :')).toBe('')
})

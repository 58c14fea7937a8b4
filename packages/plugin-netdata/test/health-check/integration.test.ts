import { existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import host from '../../../plugin-host/src/index.ts'
import netdata, { connectApi } from '../../src/index.ts'
import { startAgent, until } from '../agents.ts'
import { bareAgent } from '../bare-agent.ts'

const parent = await startAgent({ name: 'parent' })
const child = await startAgent({ name: 'child', parent })
const folder = mkdtempSync(join(tmpdir(), 'lares-gate-'))
afterAll(() => Promise.all([parent.stop(), child.stop()]))

const on = bareAgent(parent)
const lab = testLab('home')
const path = join(folder, 'web.conf')
const gate = (more: Partial<Parameters<typeof netdata.healthCheck>[1]> = {}) =>
  netdata.healthCheck('gate', { on, alarms: ['load_*'], within: '1s', ...more })
/** What the gate keeps from being changed. */
const web = (content: string, of = gate()) => [of, host.file('web', { path, content, dependsOn: [of] })]
const content = () => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)

const alarmOn = (name: string) => `
 alarm: load_${name}
    on: statsd_${name}.gauge
  calc: $gauge
 units: visitors
 every: 1s
  warn: $this > 10
  crit: $this > 20
  info: it is crowded
`
const isNow = async (status: string, key = 'statsd_door.gauge.load_door', node = '') =>
  await until(`${key} is ${status}`, async () => {
    const answer = await fetch(`${parent.url}${node}/api/v1/alarms?all`)
    const { alarms } = (await answer.json()) as { alarms: Record<string, { status: string }> }
    return alarms[key]?.status === status
  })
const become = async (value: number, status: string) => {
  await parent.gauge('door', value)
  await isNow(status)
}

test('what depends on it is changed while nothing is raised, and nothing is left to do', async () => {
  await parent.gauge('door', 1)
  parent.writeAlarms('door', alarmOn('door'))
  await isNow('CLEAR')
  await lab.apply(web('one'))
  expect(content()).toBe('one')
  expect(await lab.rest(web('one'))).toBe('')
})

test('a raised alarm keeps it from being changed, also long after the gate is known', async () => {
  await become(15, 'WARNING')
  expect(await lab.rest(web('one'))).toBe('')
  const { plan, result, diagnostics } = await lab.attempt(web('two'))
  expect(plan.nodes.find(({ address }) => address === 'gate')).toMatchObject({ action: 'none' })
  expect(result).toMatchObject({ failed: 1, skipped: 1, done: 0 })
  expect(diagnostics).toMatchObject([
    {
      ...{ code: 'alarms_raised', address: 'gate' },
      summary: 'The alarm load_door on statsd_door.gauge is warning: 15 visitors',
      detail: expect.stringMatching(/15 visitors, since \d{4}-\d\d-\d\dT.*Z: it is crowded$/),
    },
  ])
  expect(content()).toBe('one')
})

test('nothing is asked where nothing depends on it', async () => {
  const other = host.file('other', { path: join(folder, 'other.conf'), content: 'x' })
  await lab.apply([...web('one'), other])
})

test('an apply waits until it is clear, and goes on', async () => {
  const applying = lab.apply(web('two', gate({ within: '60s' })))
  await become(1, 'CLEAR')
  await applying
  expect(content()).toBe('two')
})

test('clear is not enough where it has to stay so', async () => {
  await become(25, 'CRITICAL')
  const applying = lab.attempt(web('three', gate({ within: '60s', for: '3s' })))
  await become(1, 'CLEAR')
  expect((await applying).result).toMatchObject({ failed: 0 })
  expect(content()).toBe('three')
  const api = connectApi({ url: parent.url })
  const { when } = (await api.alarmLog()).findLast(({ name, to }) => name === 'load_door' && to === 'clear')!
  api.close()
  expect(statSync(path).mtimeMs).toBeGreaterThanOrEqual(when!.getTime() + 3_000)
})

test('a warning is no matter where only critical is', async () => {
  await become(15, 'WARNING')
  await lab.apply(web('four', gate({ severity: 'critical' })))
  expect(content()).toBe('four')
  await become(1, 'CLEAR')
})

test('an alarm that does not exist, and a node that nobody knows', async () => {
  const told = async (more: Parameters<typeof gate>[0]) =>
    (await lab.attempt(web('five', gate(more)))).diagnostics.map(({ code }) => code)
  expect(await told({ alarms: ['load_window'] })).toEqual(['alarm_missing'])
  expect(await told({ node: 'nobody' })).toEqual(['node_not_streaming'])
  expect(content()).toBe('four')
  await lab.apply(web('five', gate({ alarms: ['load_window'], missing: 'ignore' })))
  expect(content()).toBe('five')
})

test('a child of a parent', async () => {
  await child.gauge('cellar', 30)
  parent.writeAlarms('cellar', alarmOn('cellar'))
  await isNow('CRITICAL', 'statsd_cellar.gauge.load_cellar', '/host/child')
  const { diagnostics } = await lab.attempt(web('six', gate({ node: 'child' })))
  expect(diagnostics).toMatchObject([{ code: 'alarms_raised', summary: expect.stringContaining('load_cellar') }])
  // The agent itself is well.
  await lab.apply(web('six', gate()))
  expect(content()).toBe('six')
})

test('it tells what is raised, and the check that a container can have', async () => {
  await become(15, 'WARNING')
  await lab.attempt(web('six'))
  const { resources } = (await lab.store.read())!
  const { raised, check } = resources['gate']!.attributes as {
    raised: object[]
    check: { http: { url: string; body: string } }
  }
  expect(raised).toMatchObject([{ name: 'load_door', status: 'warning', value: 15, units: 'visitors' }])
  const passes = async () => new RegExp(check.http.body).test(await (await fetch(check.http.url)).text())
  expect(await passes()).toBe(false)
  await become(1, 'CLEAR')
  expect(await passes()).toBe(true)
})

test('a gate that nothing depends on is not asked, also when it is new or another one', async () => {
  const other = netdata.healthCheck('other', { on })
  await lab.apply([other, gate({ severity: 'critical' }), host.file('web', { path, content: 'six' })])
  expect(await lab.rest([other, gate(), host.file('web', { path, content: 'six' })])).toBe('')
})

test('it goes without a trace, and what depended on it stays', async () => {
  await lab.apply([netdata.healthCheck('other', { on }), host.file('web', { path, content: 'six' })])
  expect(content()).toBe('six')
  expect(Object.keys((await lab.store.read())!.resources).sort()).toEqual(['other', 'parent', 'web'])
})

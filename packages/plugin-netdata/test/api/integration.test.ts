import { type Host, localHost } from '@lares/transport'
import { afterAll, expect, test } from 'vitest'
import { connectApi, formatVersion, type NetdataApi } from '../../src/client/index.ts'
import { startAgent, until } from '../agents.ts'

const host = localHost()
const parent = await startAgent({ name: 'parent' })
const child = await startAgent({ name: 'child', parent })
const api = connectApi({ host, port: parent.port })
const script = connectApi({ url: child.url })

afterAll(async () => {
  for (const one of [api, script]) one.close()
  await Promise.all([parent.stop(), child.stop()])
  await host.close()
})

const raised = (one: NetdataApi, name: string) =>
  one.alarms().then(({ alarms }) => alarms.find((it) => it.name === name))
const alarms = (name: string) => `
 alarm: ${name}_busy
    on: statsd_${name}.gauge
  calc: $gauge
 units: people
 every: 1s
  warn: $this > 10
  crit: $this > 20
  info: how many people are there
    to: sysadmin

 alarm: ${name}_unknown
    on: statsd_${name}.gauge
  calc: $gauge / 0
 units: %
 every: 1s
  warn: $this > 10
    to: silent
`

test('what the agent is, and who streams to it', async () => {
  const info = await until('the child streams', async () => {
    const info = await api.info()
    return info.hosts.length === 2 && info
  })
  expect(formatVersion(info.version)).toMatch(/^1\.\d+\.\d+$/)
  expect(await api.version()).toEqual(info.version)
  expect(info).toMatchObject({ hostname: 'parent', alarms: { normal: 0, warning: 0, critical: 0 } })
  expect(info.cores).toBeGreaterThan(0)
  expect(info.memory).toBeGreaterThan(2 ** 26)
  expect(info.os.name).toMatch(/\w/)
  expect(info.hosts).toMatchObject([
    { hostname: 'parent', reachable: true, hops: 0, id: info.id },
    { hostname: 'child', reachable: true, hops: 1 },
  ])
  const inside = await api.node('child').info()
  expect(inside).toMatchObject({ hostname: 'child', id: info.hosts[1]!.id })
  expect((await script.info()).id).toBe(inside.id)
})

test('charts and their data, of the agent and of a child', async () => {
  await parent.gauge('visitors', 42.5)
  const chart = await until('the gauge has a chart', () =>
    api.chart('statsd_visitors.gauge').catch(() => false as const),
  )
  expect(chart).toMatchObject({ units: 'value', updateEvery: 1, dimensions: [{ id: 'gauge', name: 'gauge' }] })
  expect(await api.charts()).toContainEqual(expect.objectContaining({ id: chart.id, context: chart.context }))
  const data = await until('it has been measured', async () => {
    const data = await api.data({ chart: chart.id, after: -3, dimensions: ['gauge'] })
    return data.rows.some(({ values }) => values['gauge'] === 42.5) && data
  })
  expect(data).toMatchObject({ units: 'value', dimensions: ['gauge'] })
  const times = data.rows.map(({ time }) => time.getTime())
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(Math.abs(times.at(-1)! - Date.now())).toBeLessThan(60_000)

  const old = await api.data({ chart: chart.id, after: -600, points: 2 })
  expect(old.rows.map(({ values }) => values['gauge'])).toContain(null)

  const load = await until('the load of the child is measured', async () => {
    const load = await api
      .data({ chart: 'system.load', node: 'child', after: -30, group: 'max' })
      .catch(() => undefined)
    return load?.rows.some(({ values }) => typeof values['load1'] === 'number') && load
  })
  expect(load.units).toBe('load')
})

test('alarms, their history and their variables', async () => {
  await parent.gauge('party', 15)
  parent.writeAlarms('party', alarms('party'))
  const warning = await until('it warns', () => raised(api, 'party_busy'))
  expect(warning).toMatchObject({
    key: 'statsd_party.gauge.party_busy',
    chart: 'statsd_party.gauge',
    context: 'statsd_party.gauge',
    ...{ status: 'warning', value: 15, units: 'people', info: 'how many people are there' },
    ...{ recipient: 'sysadmin', silenced: false, disabled: false, node: 'parent' },
    source: { file: `${parent.folder}/etc/health.d/party.conf`, line: expect.any(Number) },
  })
  expect(Math.abs(warning.since!.getTime() - Date.now())).toBeLessThan(60_000)
  const { alarms: all, health, node } = await api.alarms({ all: true })
  expect(health).toBe(true)
  expect(node).toMatchObject({ hostname: 'parent', reachable: true })
  expect(all.find(({ name }) => name === 'party_unknown')).toMatchObject({ value: null, recipient: 'silent' })
  expect((await api.info()).alarms).toMatchObject({ warning: 1, critical: 0 })

  const log = await api.alarmLog()
  const changes = log.filter(({ name }) => name === 'party_busy')
  expect(changes.at(-1)).toMatchObject({ to: 'warning', value: 15, units: 'people', node: 'parent' })
  await parent.gauge('party', 25)
  await until('it is critical', async () => (await raised(api, 'party_busy'))?.status === 'critical')
  const after = await api.alarmLog({ after: log.at(-1)!.id })
  expect(after.filter(({ name }) => name === 'party_busy')).toMatchObject([{ from: 'warning', to: 'critical' }])
  await parent.gauge('party', 1)
  await until('it is clear', async () => (await raised(api, 'party_busy')) === undefined)

  const variables = await api.alarmVariables('statsd_party.gauge')
  expect(variables).toMatchObject({ chart: 'statsd_party.gauge', chartVariables: { gauge: 1 } })
  expect(variables.hostVariables).toHaveProperty('active_processors')
})

test('alarms that a parent has on its child', async () => {
  await child.gauge('crowd', 30)
  child.writeAlarms('crowd', alarms('crowd'))
  parent.writeAlarms('crowd', alarms('crowd'))
  const critical = await until('the parent sees it', async () => {
    const { alarms } = await api.node('child').alarms()
    return alarms.find(({ name }) => name === 'crowd_busy')
  })
  expect(critical).toMatchObject({ status: 'critical', node: 'child', context: 'statsd_crowd.gauge' })
  expect((await api.alarms()).alarms.map(({ name }) => name)).not.toContain('crowd_busy')
  expect((await api.node('child').alarmLog()).map(({ node }) => node)).toContain('child')
})

test('the configuration that it runs with', async () => {
  const text = await api.configuration()
  expect(text).toContain('[health]')
  expect(text).toMatch(/^\s+hostname = parent$/m)
})

test('alarms are silenced and disabled', async () => {
  const health = api.health(parent.key)
  expect(await health.list()).toEqual({ kind: null, all: false, selectors: [] })
  await health.silence({ alarm: 'party_* !party_x', chart: 'statsd_*', family: 'a=b +c' })
  await health.silence({ context: 'disk.space', host: 'nas*' })
  expect(await health.list()).toEqual({
    kind: 'silence',
    all: false,
    selectors: [
      { context: 'disk.space', host: 'nas*' },
      { alarm: 'party_* !party_x', chart: 'statsd_*', family: 'a=b +c' },
    ],
  })
  await health.reset()
  await health.silence({ alarm: 'party_*' })
  const busy = () => api.alarms({ all: true }).then(({ alarms }) => alarms.find(({ name }) => name === 'party_busy'))
  await until('it is silenced', async () => (await busy())?.silenced)
  await health.disable({ alarm: 'crowd_*' })
  expect((await health.list()).kind).toBe('disable')
  await until('it is disabled', async () => (await busy())?.disabled)
  await health.silenceAll()
  expect(await health.list()).toMatchObject({ kind: 'silence', all: true })
  await health.disableAll()
  expect(await health.list()).toMatchObject({ kind: 'disable', all: true })
  await health.reset()
  expect(await health.list()).toEqual({ kind: null, all: false, selectors: [] })
})

test('a list with a warning after it is a list', async () => {
  // A command without a selector, which this client does not send.
  const headers = { 'X-Auth-Token': parent.key }
  await fetch(`${parent.url}/api/v1/manage/health?cmd=DISABLE`, { headers })
  const text = await fetch(`${parent.url}/api/v1/manage/health?cmd=LIST`, { headers }).then((answer) => answer.text())
  expect(text).toContain('WARNING')
  const health = api.health(parent.key)
  expect(await health.list()).toEqual({ kind: 'disable', all: false, selectors: [] })
  await health.reset()
})

test('what can not be done has a code of its own', async () => {
  const failures: [string, () => Promise<unknown>][] = [
    ['unknown_chart', () => api.chart('no.chart')],
    ['unknown_chart', () => api.data({ chart: 'no.chart' })],
    ['unknown_chart', () => api.alarmVariables('no.chart')],
    ['not_found', () => api.data({ chart: 'system.load', dimensions: ['nothing'] })],
    ['refused', () => api.data({ chart: 'system.load', group: 'mode' as never })],
    ['unknown_node', () => api.node('nobody').charts()],
    ['unknown_node', () => api.alarms({ node: 'nobody' })],
    ['forbidden', () => api.health('wrong').list()],
    ['forbidden', () => api.health('wrong').reset()],
    ['refused', () => api.health(parent.key).silence({})],
    ...['a&b', 'a"b', 'a\\b', 'a\nb'].map((alarm): [string, () => Promise<unknown>] => [
      'refused',
      () => api.health(parent.key).silence({ alarm }),
    ]),
  ]
  for (const [code, call] of failures) await expect(call(), code).rejects.toMatchObject({ name: 'NetdataError', code })
  expect((await api.health(parent.key).list()).selectors).toEqual([])
})

test('requests share their connections', async () => {
  let connections = 0
  const counted: Host = {
    ...host,
    connect: (target, signal) => {
      connections++
      return host.connect(target, signal)
    },
  }
  const one = connectApi({ host: counted, port: parent.port })
  for (let round = 0; round < 3; round++) await Promise.all(Array.from({ length: 10 }, () => one.info()))
  one.close()
  expect(connections).toBe(2)
})

// Last, as it ends agents.
test('a child that is gone, and an agent that is', async () => {
  const own = connectApi({ host, port: child.port })
  await own.info()
  await child.kill()
  await until('the parent misses its child', async () => (await api.alarms({ node: 'child' })).node.reachable === false)
  expect(await api.alarms({ node: 'child', all: true })).toMatchObject({ node: { reachable: false }, health: false })
  await expect(own.info()).rejects.toMatchObject({ code: 'unreachable' })
  own.close()
})

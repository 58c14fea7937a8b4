import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { connectApi, formatVersion, type NetdataApi } from '../../src/client/index.ts'

const recorded = (name: string) =>
  JSON.parse(readFileSync(new URL(`recorded/${name}.json`, import.meta.url), 'utf8')) as Record<string, unknown>

const answers: Record<string, unknown> = {
  '/api/v1/info': recorded('info-v1'),
  '/api/v1/alarms': recorded('alarms-v1'),
  '/api/v1/alarm_variables': recorded('alarm-variables-v1'),
  '/api/v3/alerts': recorded('alerts-v3'),
  '/api/v1/charts': { charts: {} },
}
const asked: string[] = []
/** Gives recorded answers, as an agent of 2.x does. */
const server = createServer((request, response) => {
  asked.push(request.url!)
  const answer = answers[request.url!.split('?')[0]!]
  response.writeHead(answer ? 200 : 404, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer ?? {}))
})
let api: NetdataApi

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  api = connectApi({ url: `http://127.0.0.1:${(server.address() as { port: number }).port}` })
})
afterAll(() => {
  api.close()
  server.close()
})

test('they are as Netdata publishes that they are', () => {
  const schemas = recorded('schemas')
  const check = (schema: string, answer: unknown) => z.fromJSONSchema(schemas[schema] as never).parse(answer)
  check('alarms', recorded('alarms-v1'))
  check('alerts', recorded('alerts-v3'))
  check('nodes', recorded('alerts-v3')['nodes'])
  expect(() => check('nodes', [{ ni: 'first' }])).toThrow()
})

test('2.11 has the third API', async () => {
  expect(formatVersion(await api.version())).toBe('2.11.0')
  expect(await api.info()).toMatchObject({ hosts: [{ hostname: 'parent' }, { hostname: 'child' }], cores: 4 })
})

const low = {
  ...{ key: 'hsig.values.ha_low', name: 'ha_low', chart: 'hsig.values', status: 'warning', value: 70 },
  ...{ units: 'things', summary: null, info: 'a above 50', recipient: 'root', class: null, node: 'parent' },
  since: new Date(1_791_318_134_000),
  source: { file: '/etc/netdata/health.d/parity.conf', line: 2 },
}

test('alerts, of the agent itself and of a child', async () => {
  asked.length = 0
  const own = await api.alarms()
  expect(own.alarms).toMatchObject([{ ...low, context: 'hsig.ctx' }])
  const url = new URL(asked.find((path) => path.startsWith('/api/v3/alerts'))!, 'http://agent')
  expect(Object.fromEntries(url.searchParams)).toEqual({
    ...{ options: 'instances,values', scope_nodes: '5a1e0000-0000-4000-8000-0000000000aa', status: 'raised' },
  })
  expect((await api.node('child').alarms()).alarms).toEqual([])
  const { alarms, node } = await api.alarms({ node: 'child', all: true })
  expect(node).toMatchObject({ hostname: 'child', reachable: true })
  expect(alarms).toMatchObject([
    {
      key: 'disk_space./.disk_space_usage',
      status: 'undefined',
      value: null,
      since: null,
      summary: 'Disk / space usage',
    },
  ])
})

test('whether an alarm is silenced only the first API says', async () => {
  const { '/api/v1/alarms': first } = answers
  const [told] = (await api.alarms()).alarms
  expect(told).toMatchObject({ silenced: false, disabled: false })
  const { alarms } = first as { alarms: Record<string, object> }
  const quiet = Object.entries(alarms).map(([key, alarm]) => [key, { ...alarm, silenced: true }])
  answers['/api/v1/alarms'] = { ...(first as object), alarms: Object.fromEntries(quiet) }
  expect((await api.alarms()).alarms).toMatchObject([{ ...low, silenced: true }])
  delete answers['/api/v1/alarms']
  expect((await api.alarms()).alarms).toMatchObject([{ ...low, silenced: null }])
  answers['/api/v1/alarms'] = first
})

test('the same alarm by the first API, where the third is missing', async () => {
  const { '/api/v3/alerts': alerts } = answers
  delete answers['/api/v3/alerts']
  expect(await api.alarms()).toMatchObject({ health: true, alarms: [{ ...low, silenced: false, context: null }] })
  answers['/api/v3/alerts'] = alerts
})

test('variables have records of their own', async () => {
  expect((await api.alarmVariables('system.cpu')).chartVariables).toEqual({
    ...{ update_every: 1, last_collected_t: 1_736_654_400, user: 5.2, nice: 0 },
    ...{ user_raw: 12_345, user_last_collected_t: 1_736_654_400 },
  })
})

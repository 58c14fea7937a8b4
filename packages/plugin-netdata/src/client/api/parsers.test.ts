import fc from 'fast-check'
import { expect, test } from 'vitest'
import type * as z from 'zod'
import { alarmLogAnswer, eventOf } from './alarm-log.ts'
import { variablesAnswer, variablesOf } from './alarm-variables.ts'
import { alarmsAnswer, alarmsOf } from './alarms-v1.ts'
import { alertsAnswer, alertsOf } from './alerts-v3.ts'
import { parseAnswer } from './answer.ts'
import { chartAnswer, chartOf } from './charts.ts'
import { dataAnswer, rowsOf } from './data.ts'
import { isNetdataError } from './error.ts'
import { infoAnswer, infoOf } from './info.ts'
import { listOf, silencersAnswer, silencersOf } from './silencers.ts'

const host = { hostname: 'tower', id: 'guid', reachable: true, hops: 0 }
const schemas: Record<string, z.ZodType> = {
  info: infoAnswer.transform(infoOf),
  chart: chartAnswer.transform(chartOf),
  data: dataAnswer.transform(rowsOf),
  alarms: alarmsAnswer.transform((answer) => alarmsOf(answer, 'tower')),
  alerts: alertsAnswer.transform((answer) => alertsOf(answer, host)),
  log: alarmLogAnswer.transform((answer) => answer.map(eventOf)),
  variables: variablesAnswer.transform(variablesOf),
  silencers: silencersAnswer.transform(silencersOf),
}
const from = { request: 'read it', from: 'tower' }
const parse = (name: string, text: string) => parseAnswer(schemas[name]!, text, from)

const alarm = {
  ...{ name: 'busy', chart: 'system.cpu', status: 'WARNING', value: 15.5, units: '%', info: '', summary: 'CPU' },
  ...{ last_status_change: 1_795_462_063, last_updated: 0, recipient: 'sysadmin', class: 'Unknown', component: 'CPU' },
  ...{ type: null, silenced: false, disabled: true, source: '11@/etc/netdata/health.d/cpu.conf' },
}
const answers: Record<string, object> = {
  info: {
    version: 'v1.37.1',
    uid: 'guid',
    mirrored_hosts_status: [{ guid: 'guid', hostname: 'tower', reachable: true, hops: 0 }],
    alarms: { normal: 1, warning: 0, critical: 0 },
    ...{ os_name: 'unknown', container_os_name: 'Debian', cores_total: '2', ram_total: 'unknown', kernel_name: '' },
  },
  chart: {
    ...{ id: 'system.cpu', name: 'system.cpu', title: 'CPU', family: 'cpu', context: 'system.cpu', units: '%' },
    ...{ update_every: 1, first_entry: 0, last_entry: 1_795_462_063, dimensions: { user: { name: 'user' } } },
  },
  data: {
    labels: ['time', 'user', 'system'],
    data: [
      [1_795_462_065_000, 1.5, null],
      [1_795_462_064_000, 0, -2],
    ],
  },
  alarms: { hostname: 'tower', status: true, alarms: { 'system.cpu.busy': alarm } },
  alerts: {
    nodes: [{ mg: 'guid', nm: 'tower', ni: 0 }],
    alert_instances: [
      {
        ...{ ni: 0, nm: 'busy', ch: 'system.cpu', ch_n: 'cpu', st: 'CRITICAL', v: 1, tr_t: 5, src: 'line=2,file=/a,b' },
      },
      { ni: 1, nm: 'other', ch: 'system.cpu', st: 'CRITICAL' },
    ],
  },
  log: [],
  variables: { chart: 'a.b', chart_context: 'a.b', family: '', chart_variables: { user: 1, green: null } },
  silencers: { all: false, type: 'None', silencers: [{ alarm: 'a', hosts: 'b' }] },
}

test('what is read of them', () => {
  const read = (name: string) => parse(name, JSON.stringify(answers[name]))
  expect(read('info')).toMatchObject({
    version: { major: 1, minor: 37, patch: 1 },
    os: { name: 'Debian' },
    ...{ cores: 2, memory: null, kernel: { name: null } },
  })
  expect(read('chart')).toMatchObject({ firstEntry: null, lastEntry: new Date(1_795_462_063_000), updateEvery: 1 })
  expect(read('data')).toEqual({
    dimensions: ['user', 'system'],
    rows: [
      { time: new Date(1_795_462_064_000), values: { user: 0, system: -2 } },
      { time: new Date(1_795_462_065_000), values: { user: 1.5, system: null } },
    ],
  })
  expect(read('alarms')).toMatchObject([
    {
      ...{ key: 'system.cpu.busy', status: 'warning', value: 15.5, info: null, class: null, component: 'CPU' },
      ...{ since: new Date(1_795_462_063_000), updated: null, disabled: true, context: null },
      source: { file: '/etc/netdata/health.d/cpu.conf', line: 11 },
    },
  ])
  expect(read('alerts')).toMatchObject([
    { key: 'cpu.busy', chart: 'cpu', status: 'critical', since: new Date(5000), source: { file: '/a', line: 2 } },
  ])
  expect(read('variables')).toMatchObject({ chartVariables: { user: 1, green: null }, hostVariables: {} })
  expect(read('silencers')).toEqual({ kind: null, all: false, selectors: [{ alarm: 'a', host: 'b' }] })
})

test('numbers that are none are null, and never another number', () => {
  const [one] = parse('alarms', JSON.stringify(answers['alarms']).replace('15.5', '1e999')) as { value: unknown }[]
  expect(one!.value).toBeNull()
  for (const value of ['"15"', 'true', '[]', '{}', 'NaN', 'nan', 'inf', '0x10', '']) {
    const text = JSON.stringify(answers['alarms']).replace('15.5', value)
    expect(() => parse('alarms', text), value).toThrow(expect.objectContaining({ code: 'bad_answer' }))
  }
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = JSON.stringify({ ...answers['alarms'], alarms: { x: { ...alarm, value } } })
      const [one] = parse('alarms', text) as { value: unknown }[]
      expect(one!.value).toBe(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('a status that nobody knows is no status', () => {
  for (const status of ['', 'clear', 'toString', 'BROKEN']) {
    const text = JSON.stringify({ ...answers['alarms'], alarms: { x: { ...alarm, status } } })
    expect(() => parse('alarms', text)).toThrow(expect.objectContaining({ code: 'bad_answer' }))
  }
})

test('rows that do not fit their labels are refused', () => {
  for (const data of [[[1, 2]], [[1, 2, 3, 4]], [[null, 2, 3]], [[9e15, 2, 3]], [[]], [1]]) {
    const text = JSON.stringify({ labels: ['time', 'a', 'b'], data })
    expect(() => parse('data', text)).toThrow(expect.objectContaining({ code: 'bad_answer' }))
  }
})

/** Any JSON, and real answers with something else at one place. */
const damaged = fc.oneof(
  fc.json(),
  fc.string(),
  fc
    .tuple(fc.constantFrom(...Object.values(answers)), fc.nat(), fc.jsonValue())
    .map(([answer, at, value]) => JSON.stringify(replaced(answer, at, value))),
  fc
    .tuple(fc.constantFrom(...Object.values(answers)), fc.nat())
    .map(([answer, at]) => JSON.stringify(answer).slice(0, at % 900)),
)

function replaced(answer: object, at: number, value: unknown): unknown {
  let places = 0
  JSON.stringify(answer, (_, here) => {
    places++
    return here
  })
  let seen = 0
  return JSON.parse(JSON.stringify(answer, (_, here) => (seen++ === at % places ? value : here)))
}

test.each(Object.keys(schemas))('%s: whatever comes is read or refused', (name) => {
  fc.assert(
    fc.property(damaged, (text) => {
      try {
        parse(name, text)
      } catch (error) {
        if (!isNetdataError(error, 'bad_answer')) throw error
        expect(error.detail.length).toBeLessThanOrEqual(1000)
      }
    }),
    { numRuns: 500 },
  )
})

test('a list of silencers ends before the warning', () => {
  const list = '{\n\t"all": false,\n\t"type": "SILENCE",\n\t"silencers": []\n}\n'
  const warning = 'WARNING: SILENCE or DISABLE command is ineffective without defining any alarm selectors.\n'
  expect(listOf(list + warning)).toBe(list.trim())
  expect(listOf(list)).toBe(list.trim())
  expect(listOf('Auth Error')).toBe('')
})

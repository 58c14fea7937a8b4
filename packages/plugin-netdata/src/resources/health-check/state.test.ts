import { expect, test } from 'vitest'
import type { Alarm, NetdataAgent, NodeAlarms } from '../../client/index.ts'
import { inputs } from './inputs.ts'
import { attributesOf, healthOf } from './state.ts'
import { complaint } from './wait.ts'

const nothing = { summary: null, updated: null, recipient: null, class: null, component: null, type: null }
const alarm = (name: string, status: Alarm['status'], more: Partial<Alarm> = {}): Alarm => ({
  ...{ ...nothing, key: `system.${name}.${name}`, name, chart: `system.${name}`, context: `system.${name}`, status },
  ...{ value: 97.123456789, units: '%', info: 'too much', since: new Date(0), node: 'tower' },
  ...{ silenced: false, disabled: false, source: null },
  ...more,
})
const seen = (alarms: readonly Alarm[], more: Partial<NodeAlarms> = {}): NodeAlarms => ({
  node: { hostname: 'tower', id: 'guid', reachable: true, hops: 0 },
  health: true,
  alarms,
  ...more,
})
const alarms = [
  alarm('cpu', 'clear'),
  alarm('ram', 'warning'),
  alarm('disk_a', 'critical', { value: null, since: null, info: null }),
  alarm('disk_b', 'undefined'),
  alarm('old', 'removed'),
]
const judged = (said: object, from = seen(alarms)) => {
  const wanted = inputs.parse(said)
  const health = healthOf(from, wanted)
  return { health, wanted, diagnostic: complaint(health, wanted) }
}
const raised = (said: object) => judged(said).health.raised.map(({ name }) => name)

test('which alarms are meant, and from when on they are raised', () => {
  expect(raised({})).toEqual(['ram', 'disk_a'])
  expect(raised({ severity: 'critical' })).toEqual(['disk_a'])
  expect(raised({ alarms: ['disk_*'] })).toEqual(['disk_a'])
  expect(raised({ alarms: ['!disk_a', 'disk_*'] })).toEqual([])
  expect(raised({ alarms: ['!disk_*'] })).toEqual(['ram'])
  expect(raised({ charts: ['system.r*'] })).toEqual(['ram'])
  expect(raised({ contexts: ['system.ram'], alarms: ['cpu'] })).toEqual([])
})

test('what is told of them', () => {
  expect(judged({ alarms: ['ram'] }).diagnostic).toMatchObject({
    code: 'alarms_raised',
    summary: 'The alarm ram on system.ram is warning: 97.1235 %',
    detail: 'ram on system.ram is warning: 97.1235 %, since 1970-01-01T00:00:00.000Z: too much',
  })
  expect(judged({}).diagnostic).toMatchObject({
    summary: '2 alarms of tower are raised: ram on system.ram, disk_a on system.disk_a',
    detail: expect.stringMatching(/\ndisk_a on system\.disk_a is critical: unknown$/),
  })
  expect(judged({ alarms: ['cpu', 'disk_b'] }).diagnostic).toBeUndefined()
})

test('an alarm that does not exist', () => {
  expect(judged({ alarms: ['cpu', 'old', 'none', 'x*'] }).diagnostic).toMatchObject({
    code: 'alarm_missing',
    summary: 'tower has no alarm old, none',
  })
  expect(judged({ alarms: ['none'], missing: 'ignore' }).diagnostic).toBeUndefined()
  expect(judged({ alarms: ['none', 'ram'] }).diagnostic).toMatchObject({ code: 'alarms_raised' })
})

test('no alarm means nothing where nobody looks', () => {
  const node = { hostname: 'tower', id: 'guid', reachable: false, hops: 1 }
  expect(judged({}, seen([], { node, health: false })).diagnostic).toMatchObject({ code: 'node_not_streaming' })
  expect(judged({}, seen([], { health: false })).diagnostic).toMatchObject({ code: 'health_disabled' })
  expect(judged({}, seen([], { health: null })).diagnostic).toBeUndefined()
})

test('the same as an HTTP check, which stays the same whatever alarms there are', () => {
  const check = (said: object, from = seen(alarms)) => {
    const { health, wanted } = judged(said, from)
    const place = { config: '', lib: '', address: '127.0.0.1', port: 19_999 }
    return attributesOf({ place } as NetdataAgent, wanted, health).check?.http
  }
  expect(check({ alarms: ['r*'] }, seen([]))).toEqual(check({ alarms: ['r*'] }))
  expect(check({ node: 'a b' })?.url).toBe('http://127.0.0.1:19999/host/a%20b/api/v1/alarms')
  expect(check({ contexts: ['a'] })).toBeUndefined()

  const listed = (raised: object) => JSON.stringify({ hostname: 'ram', status: true, alarms: raised }, null, '\t')
  const entry = (name: string, status: string) => ({ id: 1, name, chart: `system.${name}`, info: '"}{', status })
  const ram = listed({ a: entry('ram', 'WARNING') })
  const disk = listed({ a: entry('cpu', 'WARNING'), b: entry('disk_a', 'CRITICAL') })
  const passes = (said: object, text: string) => new RegExp(check(said)!.body).test(text)
  const told = (said: object) => [listed({}), ram, disk].map((text) => passes(said, text))
  expect(told({})).toEqual([true, false, false])
  expect(told({ severity: 'critical' })).toEqual([true, true, false])
  expect(told({ severity: 'critical', alarms: ['cpu', 'ram'] })).toEqual([true, true, true])
  expect(told({ alarms: ['ram'] })).toEqual([true, false, true])
  expect(told({ alarms: ['!cpu', '!disk_*'] })).toEqual([true, false, true])
  expect(told({ alarms: ['cpu', 'ram'], charts: ['system.disk_*'] })).toEqual([true, true, true])
  expect(told({ charts: ['!system.ram', '*'] })).toEqual([true, true, false])
})

test('waits have limits', () => {
  for (const within of ['', 'soon', '-1s', '13h']) expect(inputs.safeParse({ within }).success, within).toBe(false)
  expect(inputs.parse({ within: '1h30m' }).within).toBe('1h30m')
})

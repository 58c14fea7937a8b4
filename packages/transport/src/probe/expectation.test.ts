import { expect, test } from 'vitest'
import { findingsOf, type HttpExpectation } from './expectation.ts'

const alarms = (status: string) => JSON.stringify({ alarms: { 'system.load.high': { status } }, list: [{ id: 1 }] })

/** `+` for what is good, `-` for what is not. */
const found = (status: number, body: string, expected: HttpExpectation): string[] =>
  findingsOf({ status, body }, expected).map(({ good, words }) => `${good ? '+' : '-'} ${words}`)

test.each<[number, HttpExpectation['status'], string]>([
  [200, undefined, '+ status 200'],
  [399, undefined, '+ status 399'],
  [199, undefined, '- status 199, expected 200 to 399'],
  [400, undefined, '- status 400, expected 200 to 399'],
  [401, 401, '+ status 401'],
  [200, 401, '- status 200, expected 401'],
  [204, [200, 204], '+ status 204'],
  [302, [200, 204], '- status 302, expected 200 or 204'],
])('status %i of %j', (status, expected, words) => {
  expect(found(status, '', { status: expected })).toEqual([words])
})

test.each<[string, string, string]>([
  ['it is ready now', 'ready|up', '+ body of 15 characters'],
  ['maintenance', '^ready', '- body of 11 characters, expected /^ready/ in it'],
])('the body %s matches %s', (body, pattern, words) => {
  expect(found(200, body, { body: pattern })).toEqual(['+ status 200', words])
})

test('all that is expected of JSON is told with what was found', () => {
  const json = [
    { path: ['alarms', 'system.load.high', 'status'], oneOf: ['CLEAR', 'UNINITIALIZED'] },
    { path: ['list', 0, 'id'], oneOf: [1] },
    { path: ['list', 0], oneOf: [{ id: 1 }] },
    { path: ['list', 'length'], oneOf: [1] },
    { path: ['alarms', 'constructor'], oneOf: [null] },
  ]
  expect(found(200, alarms('WARNING'), { json })).toEqual([
    '+ status 200',
    '- alarms["system.load.high"].status is "WARNING", expected "CLEAR" or "UNINITIALIZED"',
    '+ list[0].id is 1',
    '+ list[0] is {"id":1}',
    '+ list.length is 1',
    '- alarms.constructor is not there, expected null',
  ])
  expect(found(200, alarms('CLEAR'), { json: json.slice(0, 1) })).toEqual([
    '+ status 200',
    '+ alarms["system.load.high"].status is "CLEAR"',
  ])
})

test('what is no JSON is said to be none, and is not shown', () => {
  const json = [{ path: ['a'], oneOf: [1] }]
  expect(found(502, '<h1>hunter2</h1>', { json })).toEqual([
    '- status 502, expected 200 to 399',
    '- body of 16 characters, expected JSON',
  ])
  expect(found(200, JSON.stringify({ a: 'x'.repeat(1000) }), { json })[1]).toHaveLength(220)
})

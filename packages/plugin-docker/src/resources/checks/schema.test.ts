import { buildModel, defineLab, interpolate, secret } from '@lares/core'
import { expect, test } from 'vitest'
import docker from '../../index.ts'

const alarms = docker.network('alarms', {})
const given = alarms.id as never

/** What is wrong with the checks of a container and of a project, as `path: summary`. */
const wrong = (checks: object[]): string[][] =>
  [docker.container('web', { image: 'nginx', checks }), docker.compose('web', { content: '{}', checks })].map((one) => {
    const { diagnostics } = buildModel(defineLab({ name: 'home', resources: [alarms, one] }))
    return diagnostics.map(({ path, summary }) => `${path}: ${summary}`)
  })

test.each<[string, object]>([
  [
    'a page',
    { http: { url: 'https://web.lan/status', status: [200, 401], body: '^ok' }, every: '500ms', for: '1m30s' },
  ],
  ['an alarm', { http: { url: 'http://127.0.0.1', json: [{ path: ['a', 0], oneOf: ['CLEAR', null, { b: 1 }] }] } }],
  ['a port', { tcp: { port: 25565 } }],
  ['what another resource gives', given],
  ['a part that another resource gives', { http: given, within: given }],
  ['a URL with what another resource gives', { http: { url: interpolate`http://${given}:80/` } }],
  ['a secret', { http: { url: secret.env('URL'), headers: { Authorization: secret.env('TOKEN') } } }],
])('%s', (_, check) => {
  expect(wrong([check])).toEqual([[], []])
})

test.each<[string, object, string]>([
  ['nothing', {}, 'checks[0]: Expected one of "http", "tcp" and "command"'],
  [
    'two things',
    { tcp: { port: 1 }, http: { url: 'http://a' } },
    'checks[0]: Expected one of "http", "tcp" and "command"',
  ],
  ['no URL', { http: { url: '127.0.0.1:80' } }, 'checks[0].http.url: Not a URL with http: or https:'],
  ['no pattern', { http: { url: 'http://a', body: '(' } }, 'checks[0].http.body: Not a regular expression'],
  ['no duration', { tcp: { port: 1 }, within: '5' }, 'checks[0].within: Not a duration such as 30s or 1m30s'],
])('%s is refused', (_, check, words) => {
  expect(wrong([check])).toEqual([[words], [words]])
})

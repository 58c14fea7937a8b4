import { describe, expect, it } from 'vitest'
import { formatSection } from '../formats/ini.ts'
import { parseVersion } from '../version.ts'
import { childOptions, OPTION_NAMES, parentOptions, parseChildOptions, parseParentOptions } from './options.ts'

const at = (version: string) => parseVersion(version)!
const parent = {
  allowFrom: ['10.*', 'localhost'],
  ...{ database: 'ram', retention: 3600, health: 'auto' as const, postponeAlerts: 60 },
  ...{ replication: true, replicationPeriod: 86_400, compression: false },
}
const child = {
  destinations: ['10.0.0.5:19999', '[fd00::5]:19999'],
  ...{ tls: true, tlsVerify: false, caFile: '/etc/ssl/ca.pem', compression: true },
  ...{ bufferSize: 10_485_760, reconnectDelay: 5, timeout: 60, charts: ['!apps.*', '*'] },
}

/** Names and units as in `streaming/stream.conf` of 1.37.1, which Debian has as /usr/lib/netdata/conf.d/stream.conf. */
const PARENT_1_37 = `[KEY]
    type = api
    enabled = yes
    allow from = 10.* localhost
    default memory mode = ram
    default history = 3600
    health enabled by default = auto
    default postpone alarms on connect seconds = 60
    enable replication = yes
    seconds to replicate = 86400
    enable compression = no
`
const CHILD_1_37 = `[stream]
    enabled = yes
    destination = 10.0.0.5:19999:SSL [fd00::5]:19999:SSL
    api key = KEY
    ssl skip certificate verification = yes
    CAfile = /etc/ssl/ca.pem
    enable compression = yes
    buffer size bytes = 10485760
    reconnect delay seconds = 5
    timeout seconds = 60
    send charts matching = !apps.* *
`
/** As in `src/streaming/stream.conf` and `stream-conf.c` of 2.x (recorded; no agent of it was run). */
const PARENT_2_0 = `[KEY]
    type = api
    enabled = yes
    allow from = 10.* localhost
    db = ram
    retention = 3600
    health enabled = auto
    postpone alerts on connect = 60s
    enable replication = yes
    replication period = 86400s
    enable compression = no
`
const CHILD_2_0 = `[stream]
    enabled = yes
    destination = 10.0.0.5:19999:SSL [fd00::5]:19999:SSL
    api key = KEY
    ssl skip certificate verification = yes
    CAfile = /etc/ssl/ca.pem
    enable compression = yes
    buffer size = 10MiB
    reconnect delay = 5s
    timeout = 60s
    send charts matching = !apps.* *
`

describe.each([
  ['1.37.1', PARENT_1_37, CHILD_1_37],
  ['1.47.5', PARENT_1_37, CHILD_1_37],
  ['2.0.0', PARENT_2_0, CHILD_2_0],
  ['2.5.1', PARENT_2_0, CHILD_2_0],
])('stream.conf for Netdata %s', (version, ofParent, ofChild) => {
  it('is in its words, and read back', () => {
    const [one, other] = [parentOptions(parent, at(version)), childOptions('KEY', child, at(version))]
    expect(formatSection(['KEY', one])).toBe(ofParent)
    expect(formatSection(['stream', other])).toBe(ofChild)
    expect(parseParentOptions(one)).toEqual(parent)
    expect(parseChildOptions(other)).toEqual(child)
    for (const name of Object.keys({ ...one, ...other })) expect(OPTION_NAMES).toContain(name)
  })

  it('says nothing of what is left to the agent', () => {
    expect(parentOptions({}, at(version))).toEqual({ type: 'api', enabled: 'yes' })
    expect(childOptions('KEY', { destinations: ['tower'] }, at(version))).toEqual({
      ...{ enabled: 'yes', destination: 'tower', 'api key': 'KEY' },
    })
  })
})

it('reads durations and sizes as people write them, and passes over what it does not know', () => {
  expect(parseChildOptions({ destination: 'tower', timeout: '5m', 'buffer size': '10MiB' })).toMatchObject({
    ...{ timeout: 300, bufferSize: 10_485_760 },
  })
  expect(parseParentOptions({ 'replication period': '2w', retention: 'much' })).toEqual({})
})

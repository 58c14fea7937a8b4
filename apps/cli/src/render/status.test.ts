import { stripVTControlCharacters } from 'node:util'
import type { Health, LabStatus, ResourceStatus } from '@lares/core'
import { expect, test } from 'vitest'
import { colourStyle, plainStyle } from '../style.ts'
import { renderStatus } from './status.ts'

const now = Date.parse('2026-11-23T12:00:00Z')
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString()

const resource = (
  address: string,
  type: string,
  on: string | undefined,
  more: Partial<ResourceStatus> & { is?: Health } = {},
): ResourceStatus => {
  const { is, ...rest } = more
  return {
    ...{ address, type, declared: true, status: 'present' },
    ...(on === undefined ? {} : { on }),
    ...(is ? { health: { alerts: [], ...is } } : {}),
    ...rest,
  }
}

const running: Health = { state: 'healthy', summary: 'running', since: ago(3 * 86_400) }
const labOf = (resources: ResourceStatus[]): LabStatus => ({ lab: 'home', resources, diagnostics: [] })

const home = labOf([
  resource('tower', 'host.machine', undefined),
  resource('pi', 'host.machine', undefined, { status: 'unreachable' }),
  resource('web', 'docker.container', 'tower', { is: running }),
  resource('db', 'docker.container', 'tower', {
    is: { state: 'down', summary: 'exited with code 137, out of memory', since: ago(300) },
  }),
  resource('cloud', 'docker.compose', 'tower', {
    is: {
      state: 'degraded',
      summary: '2 of 4 containers in trouble',
      alerts: [
        { name: 'exited', severity: 'critical', summary: 'exited with code 1', source: 'cron', since: ago(20) },
        { name: 'unhealthy', severity: 'warning', summary: 'unhealthy: curl: (7) Failed to connect', source: 'web' },
      ],
    },
  }),
  resource('metrics', 'netdata.agent', 'tower', {
    is: {
      state: 'healthy',
      summary: 'running, 2 children',
      alerts: [
        {
          name: 'disk_space_usage',
          severity: 'critical',
          summary: '97.1 % of the space of / is used',
          source: 'disk_space./',
          host: 'pi',
          since: ago(7200),
        },
      ],
    },
  }),
  resource('plex-vm', 'kvm.domain', 'tower', { is: { state: 'starting', summary: 'running, boots' } }),
  resource('plex', 'docker.container', 'plex-vm', { is: { state: 'unknown', summary: 'could not be asked' } }),
  resource('media', 'nfs.mount', 'plex-vm', { status: 'missing' }),
  resource('dns', 'docker.container', 'pi', { status: 'unreachable' }),
  resource('new-vm', 'kvm.domain', 'tower', { status: 'absent' }),
  resource('inside', 'docker.container', 'new-vm', { status: 'unknown' }),
  resource('lan', 'docker.network', 'tower', { status: 'foreign' }),
  resource('old', 'docker.container', 'tower', { declared: false }),
  resource('data', 'docker.volume', 'tower', { declared: false, kept: true }),
  resource('site/record', 'cloudflare.dnsRecord', undefined, { status: 'failed' }),
])

test('every resource on its host, its alerts below it, and how many are how', () => {
  expect(renderStatus(home, { style: plainStyle, now, width: undefined })).toMatchInlineSnapshot(`
    "On tower
      ok   tower    host.machine      there
      ok   web      docker.container  running, for 3d
      BAD  db       docker.container  exited with code 137, out of memory, for 5m
      !    cloud    docker.compose    2 of 4 containers in trouble
           BAD  cron: exited with code 1, for 20s
           !    web: unhealthy: curl: (7) Failed to connect
      ok   metrics  netdata.agent     running, 2 children
           BAD  disk_space_usage (disk_space./ on pi): 97.1 % of the space of / is used, for 2h
      ...  plex-vm  kvm.domain        running, boots
      +    new-vm   kvm.domain        not made yet
      ?    lan      docker.network    there, but not of this lab
      -    old      docker.container  there, but no longer declared
      =    data     docker.volume     kept, because it holds data
      On plex-vm
        ?    plex   docker.container  could not be asked
        BAD  media  nfs.mount         gone
      On new-vm
        +    inside  docker.container  waits for what is not there yet

    On pi
      ?    pi   host.machine      does not answer
      ?    dns  docker.container  not reached

    This machine
      BAD  site/record  cloudflare.dnsRecord  could not be read

    16 resources: 3 well, 1 starting, 1 degraded, 1 down, 1 gone, 1 not read, 2 not reached, 1 unknown, 1 not of this lab, 2 not made yet, 1 no longer declared, 1 kept; 3 alerts, 2 critical.
    "
  `)
})

test('on a narrow screen words break, and what a type is gives way to them', () => {
  for (const width of [64, 40]) {
    const text = renderStatus(home, { style: plainStyle, now, width })
    const body = text.split('\n\n').slice(0, -1).join('\n\n')
    expect(Math.max(...body.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(width)
    expect(text).toMatchSnapshot(`${width} columns`)
  }
})

test('colour takes no room, and marks what it is about', () => {
  const coloured = renderStatus(home, { style: colourStyle, now, width: 80 })
  expect(stripVTControlCharacters(coloured)).toBe(renderStatus(home, { style: plainStyle, now, width: 80 }))
  expect(coloured).toContain(colourStyle.error('exited with code 137, out of memory, for 5m'))
})

test('what others say gives the terminal no orders', () => {
  const said = { name: 'a\u001b[2Jb', severity: 'warning', summary: 'one\r\ntwo\u0007' } as const
  const is: Health = { state: 'degraded', summary: 'red \u001b[31malert\u001b[0m\n', alerts: [said] }
  const shown = renderStatus(labOf([resource('web', 'docker.container', undefined, { is })]), {
    ...{ style: plainStyle, now, width: undefined },
  })
  expect(shown).toMatchInlineSnapshot(`
    "This machine
      !    web  docker.container  red alert
           !    ab: one two

    1 resource: 1 degraded; 1 alert.
    "
  `)
})

test('a lab of fifty is a line for each', () => {
  const many = Array.from({ length: 49 }, (_, i) => resource(`app-${i}`, 'docker.container', 'tower', { is: running }))
  const shown = renderStatus(labOf([home.resources[0]!, ...many]), { style: plainStyle, now, width: 80 })
  expect(shown.split('\n')).toHaveLength(1 + 50 + 1 + 1 + 1)
  expect(shown.endsWith('50 resources: all well.\n')).toBe(true)
  expect(renderStatus(labOf([]), { style: plainStyle, now, width: 80 })).toBe('Nothing is declared or recorded.\n')
})

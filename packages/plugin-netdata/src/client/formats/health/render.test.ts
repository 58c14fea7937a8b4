import { LaresError } from '@lares/core'
import { describe, expect, it } from 'vitest'
import { parseVersion } from '../../version.ts'
import type { Alarm } from './alarm.ts'
import { renderAlarm } from './render.ts'

const render = (alarm: Alarm, version: string) => {
  try {
    return renderAlarm(alarm, parseVersion(version)!)
  } catch (error) {
    if (!(error instanceof LaresError)) throw error
    return error.diagnostics.map(({ code, path, summary }) => `${code} ${path}: ${summary}`)
  }
}

const disk: Alarm = {
  template: 'disk_almost_full',
  on: 'disk.space',
  lookup: {
    method: 'max',
    after: '10m',
    before: '5m',
    every: '1m',
    options: ['unaligned', 'percentage'],
    of: ['used', 'reserved*'],
  },
  calc: '$this * 2',
  every: '90s',
  warn: '$this > (($status >= $WARNING) ? (80) : (90))',
  delay: { up: '1m', down: '15m', multiplier: 1.5, max: '1h' },
  repeat: { warning: '2h', critical: '30m' },
  options: ['no-clear-notification'],
  to: 'silent',
  info: 'how full ${label:mount_point} is',
}

// What each version takes is from its changelog and its parser, which the doc comment of `keys` names.
describe('an alarm', () => {
  it('has all lines of Netdata 1.37', () => {
    const alarm = {
      ...disk,
      os: 'linux',
      hosts: '!backup *',
      families: '!/mnt/* *',
      charts: 'disk_space.*',
      plugin: 'diskspace.plugin',
    }
    expect(render({ ...alarm, hostLabels: { room: 'cellar' }, green: 80, red: 90.5 }, '1.37.1')).toMatchInlineSnapshot(`
      "    template: disk_almost_full
                on: disk.space
                os: linux
             hosts: !backup *
            plugin: diskspace.plugin
            charts: disk_space.*
          families: !/mnt/* *
       host labels: room=cellar
            lookup: max -10m at -5m every 1m unaligned percentage of used,reserved*
              calc: $this * 2
             every: 90s
             green: 80
               red: 90.5
              warn: $this > (($status >= $WARNING) ? (80) : (90))
             delay: up 1m down 15m multiplier 1.5 max 1h
            repeat: warning 2h critical 30m
           options: no-clear-notification
                to: silent
              info: how full \${label:mount_point} is
      "
    `)
  })

  it('has chart labels since 1.40', () => {
    const alarm = { ...disk, chartLabels: { mount_point: '!/mnt/backup *', filesystem: 'ext4' } }
    expect(render(alarm, '1.39.1')).toMatchInlineSnapshot(`
      [
        "agent_too_old chartLabels: "chart labels" needs Netdata 1.40, and the agent is 1.39.1",
      ]
    `)
    expect(render(alarm, '1.40.0')).toContain('chart labels: mount_point=!/mnt/backup * filesystem=ext4\n')
  })

  it('has a summary and no families since 1.43', () => {
    const alarm = { ...disk, summary: 'Disk almost full', families: '*' }
    expect(render(alarm, '1.42.4')).toMatchInlineSnapshot(`
      [
        "agent_too_old summary: "summary" needs Netdata 1.43, and the agent is 1.42.4",
      ]
    `)
    expect(render(alarm, '1.43.0')).toBe(`${render({ ...disk, summary: 'Disk almost full' }, '1.43.0')}`)
    expect(render({ ...alarm, families: '/mnt/*' }, '1.43.0')).toMatchInlineSnapshot(`
      [
        "agent_too_new families: Netdata 1.43 and newer pass over "families", and the agent is 1.43.0",
      ]
    `)
  })

  it('has other lookups and no charts since 1.45', () => {
    const each = { ...disk, charts: 'disk*', lookup: { method: 'average', after: '1m', foreach: ['*'] } }
    expect(render(each, '1.44.3')).toContain('lookup: average -1m foreach *\n')
    expect(render(each, '1.45.0')).toMatchInlineSnapshot(`
      [
        "agent_too_new charts: Netdata 1.45 and newer pass over "charts", and the agent is 1.45.0",
        "agent_too_new lookup: lookup: Netdata 1.45 and newer pass over "foreach" in lookup, and the agent is 1.45.0, at column 13",
      ]
    `)
    const count = { ...disk, lookup: { method: 'countif(>5)', after: '1m', options: ['max'] as const } }
    expect(render(count, '1.44.3')).toMatchInlineSnapshot(`
      [
        "agent_too_old lookup: lookup: a condition of "countif" needs Netdata 1.45, and the agent is 1.44.3, at column 8",
      ]
    `)
    expect(render(count, '2.2.0')).toContain('lookup: countif(>5) -1m max\n')
  })

  it('is refused where the agent would take something else for it', () => {
    const alarm = { alarm: 'load', on: 'system.load', every: '10s', warn: '$load1 > 5' }
    expect(render({ ...alarm, info: 'it\'s "high"' }, '1.37.1')).toMatchInlineSnapshot(`
      [
        "invalid_input info: info has quotes, which agents make spaces of",
      ]
    `)
    expect(render({ ...alarm, info: 'two\nlines', units: 'a\\' }, '1.37.1')).toMatchInlineSnapshot(`
      [
        "invalid_input units: units ends with "\\", which joins the next line to it",
        "invalid_input info: info has more than one line",
      ]
    `)
    expect(render({ ...alarm, alarm: 'load-1', families: '*' }, '1.37.1')).toMatchInlineSnapshot(`
      [
        "invalid_input alarm: "load-1" is no name of an alarm",
        "invalid_input families: "families" is only for templates",
      ]
    `)
    expect(render({ ...alarm, every: '100ms' }, '1.37.1')).toMatchInlineSnapshot(`
      [
        "invalid_input every: Netdata counts whole seconds, and 100ms are none",
      ]
    `)
    expect(render({ ...alarm, warn: '$load1 >', crit: '1 2' }, '1.37.1')).toMatchInlineSnapshot(`
      [
        "invalid_input warn: warn: expected a number, a $variable, "(" or abs(, not the end, at column 9",
        "invalid_input crit: crit: expected an operator, not "2", at column 3",
      ]
    `)
  })
})

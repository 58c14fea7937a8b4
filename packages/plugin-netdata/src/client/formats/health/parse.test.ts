import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseVersion } from '../../version.ts'
import { parseHealth } from './parse.ts'
import { renderAlarm } from './render.ts'

const at = (version: string) => parseVersion(version)!
const old = at('1.37.1')

describe('the files that Debian installs', () => {
  const files = globSync('/usr/lib/netdata/conf.d/health.d/*.conf')
  it.skipIf(files.length === 0)('are read without a problem, and are the same when they are written again', () => {
    const entries = files.flatMap((file) => {
      const { entries, problems } = parseHealth(readFileSync(file, 'utf8'), old)
      expect(problems, file).toEqual([])
      return entries
    })
    expect(entries.length).toBeGreaterThan(200)
    for (const { alarm } of entries) {
      const [again] = parseHealth(renderAlarm(alarm, old), old).entries
      expect(again!.alarm).toEqual(alarm)
    }
  })
})

const problemsOf = (text: string, version = old) =>
  parseHealth(text, version).problems.map(
    ({ line, column, reason, advice }) => `${line}:${column} ${reason}. ${advice ?? ''}`,
  )

describe('a file with mistakes', () => {
  it('tells all of them, each with its line and column', () => {
    const text = `# mine
warn: 1
 alarm: high-load
    on: system.load
lookup: average 10m unaligned
  warn: $this > 80%
  crit: $this > \\
        90 &&
 delay: up 1m sideways 2m
repeat: sometimes
 units
 hours: 5
  calc:

template: nothing
   every: 0s
`
    expect(problemsOf(text)).toMatchInlineSnapshot(`
      [
        "2:1 "warn" stands before the first "alarm:" or "template:". ",
        "3:2 "high-load" is no name of an alarm. Use letters, digits, "." and "_": agents make "_" of all else.",
        "5:17 lookup: expected a time that is past, as -10m, not "10m unaligned". ",
        "6:19 warn: expected an operator, not "%". ",
        "8:14 crit: expected a number, a $variable, "(" or abs(, not the end. ",
        "9:15 delay: expected up, down, multiplier or max, not "sideways 2m". ",
        "10:9 repeat: expected off, warning or critical, not "sometimes". ",
        "11:2 expected a line as "warn: $this > 80", and there is no ":". ",
        "12:2 "hours" is no line of an alarm. Did you mean "hosts"?",
        "13:3 "calc" has no value. ",
        "15:1 template "nothing" has no "on", which names its context. ",
        "15:1 template "nothing" has neither "lookup", "calc", "warn" nor "crit", so it computes nothing. ",
        "16:11 every: expected a duration of a second or more, not "0s". ",
      ]
    `)
  })

  it('tells what a newer agent no longer reads', () => {
    const text =
      'template: t\non: disk.space\nfamilies: /mnt\ncharts: *\nlookup: average -1m of a foreach b\nevery: 1m\n'
    expect(problemsOf(text)).toEqual([])
    expect(problemsOf(text, at('2.0.0'))).toMatchInlineSnapshot(`
      [
        "3:1 Netdata 1.43 and newer pass over "families", and the agent is 2.0.0. Use chartLabels.",
        "5:21 lookup: Netdata 1.45 and newer pass over "foreach" in lookup, and the agent is 2.0.0. Write a template for each dimension, with of.",
      ]
    `)
  })
})

import type { AgentVersion } from '../../version.ts'
import type { Alarm } from './alarm.ts'
import { parseExpression } from './expression.ts'
import type { Lifetime } from './history.ts'
import { unknownTo } from './history.ts'
import { parseLookup } from './lookup.ts'
import { parseDelay, parseEvery, parseRepeat } from './times.ts'
import { parseLabels, parseNumber, parseOptions, parsePattern, parseWords } from './values.ts'

export type Field = keyof Alarm

export interface Key extends Lifetime {
  /** As it stands in the file. */
  readonly key: string
  readonly templateOnly?: true
  /** Reads a value; throws a HealthSyntaxError. */
  parse(value: string, version: AgentVersion): unknown
}

const computed = (key: string): Key => ({
  key,
  parse(value, version) {
    parseExpression(value, version)
    return value
  },
})

const chartLabels = 'Use chartLabels.'

/**
 * The lines of an entry, in the order in which Netdata's own files have them. In which version each came and went is in
 * its changelog: chart labels netdata#14982, summary netdata#16056, families netdata#16025, charts netdata#17165.
 */
export const keys = {
  alarm: { key: 'alarm', parse: parseWords },
  template: { key: 'template', parse: parseWords },
  on: { key: 'on', parse: parseWords },
  class: { key: 'class', parse: parseWords },
  type: { key: 'type', parse: parseWords },
  component: { key: 'component', parse: parseWords },
  os: { key: 'os', parse: parsePattern },
  hosts: { key: 'hosts', parse: parsePattern },
  plugin: { key: 'plugin', parse: parsePattern },
  module: { key: 'module', parse: parsePattern },
  charts: { key: 'charts', parse: parsePattern, templateOnly: true, until: '1.45', instead: chartLabels },
  families: { key: 'families', parse: parsePattern, templateOnly: true, until: '1.43', instead: chartLabels },
  hostLabels: { key: 'host labels', parse: parseLabels },
  chartLabels: { key: 'chart labels', parse: parseLabels, since: '1.40' },
  lookup: { key: 'lookup', parse: parseLookup },
  calc: computed('calc'),
  every: { key: 'every', parse: parseEvery },
  units: { key: 'units', parse: parseWords },
  green: { key: 'green', parse: parseNumber },
  red: { key: 'red', parse: parseNumber },
  warn: computed('warn'),
  crit: computed('crit'),
  delay: { key: 'delay', parse: parseDelay },
  repeat: { key: 'repeat', parse: parseRepeat },
  options: { key: 'options', parse: parseOptions },
  exec: { key: 'exec', parse: parseWords },
  to: { key: 'to', parse: parseWords },
  summary: { key: 'summary', parse: parseWords, since: '1.43' },
  info: { key: 'info', parse: parseWords },
} as const satisfies Record<Field, Key>

export const fields = Object.keys(keys) as Field[]
export const fieldOf = (key: string): Field | undefined => fields.find((field) => keys[field].key === key)
export const keyOf = (field: Field): Key => keys[field]

/** Whether newer agents take its absence for the same: everything matches. */
export const isEverything = (field: Field, value: unknown): boolean =>
  (field === 'families' || field === 'charts') && value === '*'

export const lifetimeProblem = (field: Field, version: AgentVersion) =>
  unknownTo(version, `"${keyOf(field).key}"`, keyOf(field))

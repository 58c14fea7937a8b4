import * as z from 'zod'
import { type Alarm, lookupOptions } from '../../client/formats/health/index.ts'
import { duration, line } from '../schema-parts.ts'

const name = z.string().regex(/^[A-Za-z0-9._]+$/, 'Expected letters, digits, "." and "_"')
const dimensions = z.array(z.string().regex(/^[^,|\s]([^,|\n]*[^,|\s])?$/, 'Expected one dimension or pattern')).min(1)
const labels = z.record(z.string().regex(/^[^\s=]+$/, 'Expected the name of a label'), line)

export const alarmShape = {
  alarm: name.optional().describe('Its name, for one chart'),
  template: name.optional().describe('Its name, for all charts of a context, in place of `alarm`'),
  chart: line.optional().describe('The chart of an alarm: `system.load`'),
  context: line.optional().describe('The context of a template: `disk.space`'),
  class: line.optional().describe('`Utilization`, `Errors`, `Latency` or `Workload`'),
  area: line.optional().describe('What it is about, its `type`: `System`, `Database`'),
  component: line.optional().describe('Which part of that: `Memory`, `MySQL`'),
  os: line.optional().describe('Patterns of operating systems that it is for'),
  hosts: line.optional().describe('Patterns of hostnames that it is for: `!backup *`'),
  plugin: line.optional().describe('Patterns of the plugins that measure it'),
  module: line.optional().describe('Patterns of the modules of a plugin'),
  charts: line.optional().describe('Patterns of charts of a template; before Netdata 1.45'),
  families: line.optional().describe('Patterns of families of a template; before Netdata 1.43'),
  hostLabels: labels.optional().describe('Labels of the host and the patterns that they must match'),
  chartLabels: labels.optional().describe('Labels of the chart, `{ mount_point: "!/mnt *" }`; Netdata 1.40 and newer'),
  lookup: z
    .strictObject({
      method: line.describe('How the values of a time are made one: `average`, `max`, `sum`'),
      after: duration.describe('How far back it looks: `10m`'),
      before: duration.optional().describe('How far back that time ends; now when absent'),
      every: duration.optional().describe('How often'),
      options: z.array(z.enum(lookupOptions)).min(1).optional().describe('`unaligned`, `percentage`, `absolute`'),
      of: dimensions.optional().describe('Dimensions, or patterns of them; all when absent'),
      foreach: dimensions.optional().describe('An alarm for each dimension of a template; before Netdata 1.45'),
    })
    .optional()
    .describe('What it asks the database for; an expression has it as `$this`'),
  calc: line.optional().describe('What `$this` is then: `$used * 100 / ($used + $free)`'),
  every: duration.optional().describe('How often it is calculated; as long as `lookup` looks back when absent'),
  units: line.optional().describe('Of its value'),
  green: z.number().optional().describe('What an expression has as `$green`'),
  red: z.number().optional().describe('What an expression has as `$red`'),
  warn: line.optional().describe('When it warns: `$this > (($status >= $WARNING) ? (75) : (85))`'),
  crit: line.optional().describe('When it is critical'),
  delay: z
    .strictObject({
      up: duration.optional().describe('While it may get better again'),
      down: duration.optional().describe('While it may get worse again'),
      multiplier: z.number().positive().optional().describe('For each change meanwhile'),
      max: duration.optional().describe('At most'),
    })
    .optional()
    .describe('How long a change has to last before somebody is told'),
  repeat: z
    .union([z.literal('off'), z.strictObject({ warning: duration.optional(), critical: duration.optional() })])
    .optional()
    .describe('How often it is told again while it lasts; `off` for once'),
  options: z
    .array(z.literal('no-clear-notification'))
    .optional()
    .describe('`no-clear-notification`: its end is not told'),
  exec: line.optional().describe('A command that tells it, in place of that of Netdata'),
  to: line.optional().describe('Roles that are told: `sysadmin webmaster`; `silent` for nobody'),
  summary: line.optional().describe('One line about it; Netdata 1.43 and newer'),
  info: line.optional().describe('What it is about'),
} satisfies Record<Exclude<keyof Alarm, 'on' | 'type'> | 'chart' | 'context' | 'area', z.ZodType>

export const alarmFields = Object.keys(alarmShape) as (keyof typeof alarmShape)[]

/** `on` and `type` of a file have other names here: of a resource they are where it is, and what. */
const alarmWords = ['alarm', 'chart', 'context'] as const
const templateWords = ['template', 'context', 'chart'] as const

export const inputs = z
  .object({
    ...alarmShape,
    raw: z.string().min(1).optional().describe('The text of a whole file of health.d, in place of all the others'),
    enabled: z.boolean().default(true).describe('False: it is written down, and no agent reads it'),
  })
  .superRefine((wanted, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    const given = alarmFields.find((field) => wanted[field] !== undefined)
    if (wanted.raw !== undefined) {
      if (given) issue(given, `"raw" and "${given}" exclude each other`)
      return
    }
    if (wanted.alarm !== undefined && wanted.template !== undefined)
      issue('template', '"alarm" and "template" exclude each other')
    if (wanted.alarm === undefined && wanted.template === undefined)
      issue('alarm', 'Name it with "alarm" or "template", or give the text of a file as "raw"')
    const [kind, on, other] = wanted.template === undefined ? alarmWords : templateWords
    if (wanted[on] === undefined) issue(on, `"${kind}" needs "${on}"`)
    if (wanted[other] !== undefined) issue(other, `"${kind}" has "${on}" in place of "${other}"`)
  })
export type Inputs = z.output<typeof inputs>

/** The alarm that is meant; undefined for `raw`. */
export const alarmOf = ({ raw, enabled: _, chart, context, area, ...alarm }: Inputs): Alarm | undefined =>
  raw === undefined ? { ...alarm, type: area, on: (chart ?? context)! } : undefined

/** What a line of an alarm is in the inputs. */
export function inputOf(field: keyof Alarm, { template }: Pick<Alarm, 'template'>): string {
  if (field === 'type') return 'area'
  if (field === 'on') return template === undefined ? 'chart' : 'context'
  return field
}

import * as z from 'zod'
import { alarmSource, alarmStatus, told } from './alarm-parts.ts'
import type { Alarm, AlarmOptions } from './alarms.ts'
import { askJson, moment, reading, text } from './answer.ts'
import { readCharts } from './charts.ts'
import type { MirroredHost } from './info.ts'
import { pathOf, type Scope } from './scope.ts'

const alarm = z.object({
  name: z.string().min(1),
  chart: z.string().min(1),
  context: text,
  status: alarmStatus,
  value: reading,
  units: text,
  summary: text,
  info: text,
  last_status_change: moment,
  last_updated: moment,
  recipient: text,
  class: told,
  component: told,
  type: told,
  silenced: z.boolean(),
  disabled: z.boolean(),
  source: alarmSource,
})

/** `/api/v1/alarms`, from 1.20 to 2.11. */
export const alarmsAnswer = z.object({
  hostname: z.string(),
  status: z.boolean(),
  alarms: z.record(z.string(), alarm),
})

export async function askAlarmsV1(scope: Scope, host: MirroredHost, { node, all, ...options }: AlarmOptions) {
  const answer = await askJson(scope.reach, alarmsAnswer, { ...question(node, all), options })
  const alarms = alarmsOf(answer, host.hostname)
  const contexts = await contextsOf(scope, alarms, { node, ...options })
  return {
    health: answer.status,
    alarms: alarms.map((one) => ({ ...one, context: one.context ?? contexts.get(one.chart) ?? null })),
  }
}

const question = (node: string | undefined, all: boolean | undefined) => ({
  request: 'read the alarms',
  path: pathOf(node, 'alarms'),
  query: { all: all ? '' : undefined },
})

const flagsAnswer = z.object({ alarms: z.record(z.string(), alarm.pick({ silenced: true, disabled: true })) })

/** Whether alarms are silenced or disabled, by their keys. */
export async function readFlagsV1({ reach }: Scope, { node, all, ...options }: AlarmOptions) {
  const { alarms } = await askJson(reach, flagsAnswer, { ...question(node, all), options })
  return Object.entries(alarms).map(([key, flags]) => ({ key, ...flags }))
}

export const alarmsOf = ({ alarms }: z.output<typeof alarmsAnswer>, node: string): Alarm[] =>
  Object.entries(alarms).map(([key, { last_status_change: since, last_updated: updated, ...rest }]) => ({
    key,
    ...rest,
    since,
    updated,
    node,
  }))

/** The first API does not tell an alarm's context, but its charts do. */
async function contextsOf(scope: Scope, alarms: readonly Alarm[], options: { node?: string | undefined }) {
  const key = options.node ?? ''
  const known = scope.contexts.get(key) ?? new Map<string, string | null>()
  scope.contexts.set(key, known)
  const missing = alarms.filter(({ chart, context }) => context === null && !known.has(chart))
  if (missing.length === 0) return known
  for (const { chart } of missing) known.set(chart, null)
  for (const { id, name, context } of await readCharts(scope, options)) known.set(id, context).set(name, context)
  return known
}

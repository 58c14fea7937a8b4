import * as z from 'zod'
import { alarmSource, alarmStatus } from './alarm-parts.ts'
import type { AlarmSource, AlarmStatus } from './alarms.ts'
import { askJson, moment, reading, text } from './answer.ts'
import { type NodeOptions, pathOf, type Scope } from './scope.ts'

/** A change of an alarm's status. */
export interface AlarmEvent {
  /** Grows with time; what `after` takes. */
  readonly id: number
  readonly alarmId: number
  readonly name: string
  readonly chart: string
  readonly context: string | null
  readonly from: AlarmStatus
  readonly to: AlarmStatus
  readonly value: number | null
  readonly oldValue: number | null
  readonly units: string | null
  readonly summary: string | null
  readonly info: string | null
  readonly when: Date | null
  /** Seconds that the old status lasted. */
  readonly duration: number
  /** Seconds that it was raised so far. */
  readonly raisedFor: number
  readonly recipient: string | null
  /** When somebody was told of it. */
  readonly notified: Date | null
  readonly notificationFailed: boolean
  readonly source: AlarmSource | null
  /** Hostname. */
  readonly node: string
}

export interface AlarmLogOptions extends NodeOptions {
  /** Only what came after the event of this id. */
  readonly after?: number
}

const event = z.object({
  hostname: z.string(),
  unique_id: z.number().int(),
  alarm_id: z.number().int(),
  name: z.string().min(1),
  chart: z.string().min(1),
  context: text,
  status: alarmStatus,
  old_status: alarmStatus,
  value: reading,
  old_value: reading,
  units: text,
  summary: text,
  info: text,
  when: moment,
  duration: z.number(),
  non_clear_duration: z.number(),
  recipient: text,
  exec_run: moment,
  exec_failed: z.boolean(),
  source: alarmSource,
})

/** `/api/v1/alarm_log`. */
export const alarmLogAnswer = z.array(event)

export const eventOf = (one: z.output<typeof event>): AlarmEvent => ({
  id: one.unique_id,
  alarmId: one.alarm_id,
  name: one.name,
  chart: one.chart,
  context: one.context,
  from: one.old_status,
  to: one.status,
  value: one.value,
  oldValue: one.old_value,
  units: one.units,
  summary: one.summary,
  info: one.info,
  when: one.when,
  duration: one.duration,
  raisedFor: one.non_clear_duration,
  recipient: one.recipient,
  notified: one.exec_run,
  notificationFailed: one.exec_failed,
  source: one.source,
  node: one.hostname,
})

/** The oldest first. */
export async function readAlarmLog(scope: Scope, options: AlarmLogOptions = {}): Promise<AlarmEvent[]> {
  const { node, after, ...call } = options
  const answer = await askJson(scope.reach, alarmLogAnswer, {
    request: 'read the log of the alarms',
    path: pathOf(node, 'alarm_log'),
    query: { after },
    options: call,
  })
  return answer
    .map(eventOf)
    .filter(({ id }) => after === undefined || id > after)
    .sort((a, b) => a.id - b.id)
}

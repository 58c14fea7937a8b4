import * as z from 'zod'
import type { AlarmSource, AlarmStatus } from './alarms.ts'
import { text } from './answer.ts'

const statuses: { readonly [word: string]: AlarmStatus } = {
  CLEAR: 'clear',
  WARNING: 'warning',
  CRITICAL: 'critical',
  UNDEFINED: 'undefined',
  UNINITIALIZED: 'uninitialized',
  REMOVED: 'removed',
  // Words of its schema that an agent uses for what it does not know itself.
  RAISED: 'warning',
  UNKNOWN: 'undefined',
}

export const alarmStatus = z.string().transform((word, context): AlarmStatus => {
  const status = Object.hasOwn(statuses, word) ? statuses[word] : undefined
  if (status) return status
  context.issues.push({ code: 'custom', message: 'no status of an alarm', input: word })
  return z.NEVER
})

/** What an agent writes for what nobody told it. */
export const told = text.transform((value) => (value === 'Unknown' ? null : value))

/** `11@/etc/netdata/health.d/cpu.conf` in 1.x, `line=11,file=/etc/netdata/health.d/cpu.conf` in 2.x. */
export const alarmSource = text.transform((source): AlarmSource | null => {
  if (source === null) return null
  const [, first, second] = /^(\d+)@(.+)$/.exec(source) ?? []
  const line = first ?? /(?:^|,)line=(\d+)/.exec(source)?.[1]
  const file = second ?? /(?:^|,)file=([^,]+)/.exec(source)?.[1]
  return { file: file ?? null, line: line === undefined ? null : Number(line), text: source }
})

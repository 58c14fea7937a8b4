import { milliseconds, sensitive } from '@lares/core'
import * as z from 'zod'

/** Of one word each, as Netdata separates them by spaces. */
export const patterns = z.array(z.string().regex(/^\S+$/, 'Expected one word without spaces')).min(1)

export const duration = z.string().regex(/^(\d+(s|m|h|d))+$/, 'Expected a duration such as 90s, 5m or 1d')

export const streamKey = sensitive(
  z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'Expected a UUID, as uuidgen makes'),
)

export const destination = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.%\w]+\]|[\w.-]+)(:\d+)?$/, 'Expected HOST:PORT; an IPv6 address stands in brackets')

/** What a parent tells a child. */
export const streamTarget = z.object({
  destinations: z.array(destination).min(1).describe('Where children reach it: `10.0.0.5:19999`'),
  key: streamKey.describe('What they show it'),
  guid: z.string().optional().describe('Its machine GUID'),
})
export type StreamTarget = z.output<typeof streamTarget>

export const secondsOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : milliseconds(text) / 1000

/** The shortest text: `90s`, `5m`, `1d`. */
export function formatSeconds(seconds: number | undefined): string | undefined {
  if (seconds === undefined) return undefined
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const
  const unit = units.find(([, size]) => seconds > 0 && seconds % size === 0)
  return unit ? `${seconds / unit[1]}${unit[0]}` : `${seconds}s`
}

/** The same text for durations that mean the same; what is unknown or absent stays so. */
export const sameDuration = <T>(value: T): T =>
  typeof value === 'string' ? (formatSeconds(secondsOf(value)) as T & string) : value

export const given = <T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never

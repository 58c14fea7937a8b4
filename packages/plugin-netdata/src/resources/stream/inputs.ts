import { parseSize, sensitive } from '@lares/core'
import * as z from 'zod'
import { formatSeconds } from '../../client/formats/durations.ts'
import { secondsOf } from '../schema-parts.ts'

/** Netdata counts whole seconds. */
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

export const durationOf = (seconds: number | undefined): string | undefined =>
  seconds === undefined ? undefined : formatSeconds(seconds)

/** What is there, in the words of whoever wants it, or wanted it last, where those mean the same: `60s` for `1m`. */
const inWords =
  (meaning: (text: string) => number | undefined) =>
  (found: string | undefined, ...words: readonly unknown[]): unknown =>
    words.find(
      (word) =>
        found !== undefined &&
        (typeof word === 'string' || typeof word === 'number') &&
        meaning(String(word)) === meaning(found),
    ) ?? found

export const durationInWords = inWords(secondsOf)
export const sizeInWords = inWords(parseSize)

export const given = <T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never

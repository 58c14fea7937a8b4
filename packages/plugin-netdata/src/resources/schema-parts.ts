import { milliseconds } from '@lares/core'
import * as z from 'zod'

export const duration = z.string().regex(/^(\d+(\.\d+)?(ms|s|m|h|d))+$/, 'Expected a duration such as 10s, 5m or 30d')

export const secondsOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : milliseconds(text) / 1000

export const line = z.string().regex(/^\S([^\n]*\S)?$/, 'Expected one line')

/** One of a list that Netdata separates by spaces. */
export const word = z.string().regex(/^\S+$/, 'Expected one word without spaces')

export const patterns = z.array(word).min(1)

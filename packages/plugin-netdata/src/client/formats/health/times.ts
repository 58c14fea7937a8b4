import { fail } from '@lares/core'
import { formatSeconds, parseSeconds, wholeSeconds } from '../durations.ts'
import type { Delay, Repeat } from './alarm.ts'
import { expected, type Word, wordsOf } from './syntax.ts'

/** A duration that stands in a file; the end of the text when there is no word. */
export function parseDuration(text: string, word: Word | undefined): number {
  return parseSeconds(word?.text ?? '') ?? expected(text, word?.at ?? text.length, 'a duration as 30s, 5m or 1h')
}

export function parseEvery(value: string): string {
  const seconds = parseDuration(value, { text: value, at: 0 })
  return seconds > 0 ? formatSeconds(seconds) : expected(value, 0, 'a duration of a second or more')
}

const positive = (value: string, word: Word | undefined): string => {
  const seconds = parseDuration(value, word)
  return seconds >= 0 ? formatSeconds(seconds) : expected(value, word!.at, 'a duration that is not negative')
}

/** `up 1m down 15m multiplier 1.5 max 1h` */
export function parseDelay(value: string): Delay {
  const delay: { -readonly [Each in keyof Delay]: Delay[Each] } = {}
  const words = wordsOf(value)
  for (let index = 0; index < words.length; index += 2) {
    const { text, at } = words[index]!
    const key = text.toLowerCase()
    const given = words[index + 1]
    if (key === 'multiplier') {
      const multiplier = Number(given?.text)
      if (!(multiplier > 0 && multiplier < Number.POSITIVE_INFINITY))
        expected(value, given?.at ?? value.length, 'a number above 0')
      delay.multiplier = multiplier
    } else if (key === 'up' || key === 'down' || key === 'max') delay[key] = positive(value, given)
    else expected(value, at, 'up, down, multiplier or max')
  }
  return delay
}

/** `off`, or `warning 2h critical 30m` */
export function parseRepeat(value: string): Repeat {
  if (value.toLowerCase() === 'off') return 'off'
  const repeat: { warning?: string; critical?: string } = {}
  const words = wordsOf(value)
  for (let index = 0; index < words.length; index += 2) {
    const { text, at } = words[index]!
    const key = text.toLowerCase()
    if (key === 'warning' || key === 'critical') repeat[key] = positive(value, words[index + 1])
    else expected(value, at, index === 0 ? 'off, warning or critical' : 'warning or critical')
  }
  return repeat
}

const formatPairs = (pairs: object, path: string): string => {
  const words = Object.entries(pairs).flatMap(([key, value]) =>
    value === undefined
      ? []
      : [`${key} ${key === 'multiplier' ? value : formatSeconds(wholeSeconds(value, `${path}.${key}`))}`],
  )
  if (words.length === 0) fail({ code: 'invalid_input', path, summary: 'Nothing is said in it' })
  return words.join(' ')
}

export const formatDelay = ({ up, down, multiplier, max }: Delay): string =>
  formatPairs({ up, down, multiplier, max }, 'delay')

export const formatRepeat = (repeat: Repeat): string => (repeat === 'off' ? repeat : formatPairs(repeat, 'repeat'))

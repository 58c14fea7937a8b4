import { showValue } from '@lares/core'

const LIMIT = 72

/** A value for people on one line, cut when it is long. */
export function brief(value: unknown, secret?: boolean): string {
  const text = showValue(value, secret)
  return text.length <= LIMIT ? text : `${text.slice(0, LIMIT - 1)}…`
}

/** Both sides of a change. Of two long values only the part that differs is shown. */
export function briefPair(before: unknown, after: unknown, secret?: boolean): [string, string] {
  const [left, right] = [showValue(before, secret), showValue(after, secret)]
  if (left.length <= LIMIT && right.length <= LIMIT) return [left, right]
  let start = 0
  while (start < Math.min(left.length, right.length) && left[start] === right[start]) start++
  const from = Math.max(0, start - 12)
  return [cut(left, from), cut(right, from)]
}

function cut(text: string, from: number): string {
  const tail = text.slice(from)
  return `${from > 0 ? '…' : ''}${tail.length <= LIMIT ? tail : `${tail.slice(0, LIMIT - 1)}…`}`
}

/** `1 resource`, `2 resources`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

/** A duration of milliseconds as people say it: `40ms`, `0.4s`, `12.3s`, `2m05s`. */
export function elapsed(ms: number): string {
  if (ms < 100) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** How long ago something was, in the largest unit that it fills: `12m`, `3d`. */
export function age(ms: number): string {
  const [unit, size] = UNITS.find(([, least]) => ms >= least) ?? ['s', 1000]
  return `${Math.max(0, Math.floor(ms / size))}${unit}`
}

/** Plain data for programs, in which what is secret or not known yet is a word that says so. */
export function masked(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(masked)
  if (typeof tree !== 'object' || tree === null) return tree
  if ('$lares' in tree) return showValue(tree)
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, masked(value)]))
}

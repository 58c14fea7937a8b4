import type { AgentVersion } from '../../version.ts'
import { formatSeconds, wholeSeconds } from '../durations.ts'
import { type Lookup, type LookupOption, lookupOptions } from './alarm.ts'
import { dimensionOptions, foreachLifetime, type Lifetime, methodConditions, unknownTo } from './history.ts'
import { expected, HealthSyntaxError, type Word, wordsOf } from './syntax.ts'
import { parseDuration } from './times.ts'

const numbered = (name: string, numbers: readonly number[]) => [name, ...numbers.map((each) => `${name}${each}`)]
const trims = [1, 2, 3, 5, 10, 15, 20, 25]

/** (netdata: web/api/queries/query.c of 1.37, `api_v1_data_groups`.) */
export const lookupMethods: readonly string[] = [
  ...['average', 'mean', 'median', 'sum', 'min', 'max', 'incremental-sum', 'incremental_sum'],
  ...['stddev', 'cv', 'rsd', 'ses', 'ema', 'ewma', 'des', 'countif'],
  ...numbered('percentile', [25, 50, 75, 80, 90, 95, 97, 98, 99]),
  ...numbered('trimmed-mean', trims),
  ...numbered('trimmed-median', trims),
]

const ofDimensions: ReadonlySet<string> = new Set(['min', 'max', 'average', 'sum'])
const aliases: Readonly<Record<string, LookupOption>> = {
  ...{ abs: 'absolute', absolute_sum: 'absolute' },
  ...{ match_ids: 'match-ids', match_names: 'match-names' },
}

const require = (version: AgentVersion, at: number, what: string, lifetime: Lifetime): void => {
  const problem = unknownTo(version, what, lifetime)
  if (problem) throw new HealthSyntaxError(at, problem)
}

const dimensions = (text: string): string[] | undefined => {
  const found = text.split(/[,|]/).flatMap((each) => each.trim() || [])
  return found.length === 0 || text.toLowerCase() === 'all' ? undefined : found
}

/** `METHOD AFTER [at BEFORE] [every DURATION] [OPTIONS] [of DIMENSIONS] [foreach DIMENSIONS]` */
export function parseLookup(value: string, version: AgentVersion): Lookup {
  const start = /^([^\s(]*)(\([^)]*\)?)?\s*/.exec(value)!
  const [all, method, condition] = start
  if (!lookupMethods.includes(method!)) expected(value, 0, 'a method as average, max or sum')
  if (condition !== undefined) {
    require(version, method!.length, `a condition of "${method}"`, methodConditions)
    if (!/^\((?:!=?|<>|[<>]=?|==?)?\s*(?:\d+\.?\d*|\.\d+)?\s*\)$/.test(condition))
      expected(value, method!.length, 'a condition as (>5)')
  }

  const words = wordsOf(value.slice(all.length)).map(({ text, at }): Word => ({ text, at: at + all.length }))
  const past = (word: Word | undefined, isAfter: boolean): string | undefined => {
    const seconds = parseDuration(value, word)
    if (seconds > 0 || (isAfter && seconds === 0)) expected(value, word!.at, 'a time that is past, as -10m')
    return seconds === 0 ? undefined : formatSeconds(-seconds)
  }
  const lookup: { -readonly [Each in keyof Lookup]: Lookup[Each] } = {
    method: method! + (condition ?? ''),
    after: past(words.shift(), true)!,
  }
  const options = new Set<LookupOption>()
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const key = word.text.toLowerCase()
    const option = aliases[key] ?? lookupOptions.find((each) => each === key)
    if (key === 'at') lookup.before = past(words.shift(), false)
    else if (key === 'every') lookup.every = formatSeconds(Math.abs(parseDuration(value, words.shift())))
    else if (option !== undefined) {
      if (ofDimensions.has(option)) require(version, word.at, `"${option}" in lookup`, dimensionOptions)
      options.add(option)
    } else if (key === 'of' || key === 'foreach') {
      const rest = value.slice(word.at + word.text.length).trim()
      const [of = '', foreach] = key === 'of' ? rest.split(/\s+foreach\b\s*/i) : ['', rest]
      if (foreach !== undefined) require(version, word.at, '"foreach" in lookup', foreachLifetime)
      lookup.of = dimensions(of)
      lookup.foreach = foreach === undefined ? undefined : (dimensions(foreach) ?? ['*'])
      break
    } else expected(value, word.at, 'at, every, of or an option as unaligned')
  }
  if (options.size > 0) lookup.options = [...options]
  return Object.fromEntries(Object.entries(lookup).filter(([, each]) => each !== undefined)) as unknown as Lookup
}

export function formatLookup({ method, after, before, every, options = [], of, foreach }: Lookup): string {
  const past = (seconds: number) => formatSeconds(-seconds)
  const end = before === undefined ? 0 : wholeSeconds(before, 'lookup.before')
  return [
    ...[method, past(wholeSeconds(after, 'lookup.after'))],
    ...(end > 0 ? ['at', past(end)] : []),
    ...(every === undefined ? [] : ['every', formatSeconds(wholeSeconds(every, 'lookup.every'))]),
    ...options,
    ...(of === undefined ? [] : ['of', of.join(',')]),
    ...(foreach === undefined ? [] : ['foreach', foreach.join(',')]),
  ].join(' ')
}

import { type Lookup, substitute } from './template.ts'

export type Dotenv = {
  variables: Map<string, string>
  problems: { line: number; message: string }[]
  /** Variables that are used in a value and have none. */
  unset: { line: number; name: string }[]
}

const KEY = /^[\p{L}\p{N}_.[\]-]+$/u
const ESCAPE = /\\(?:[abfnrtv$"\\]|0[0-7]{0,3})/g
const ESCAPED: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', $: '$$' }

/**
 * The variables of an environment file in Compose's dialect: `NAME=value`, `NAME: value`, `export NAME=value`, comments,
 * single quotes (as they are), double quotes (escapes and variables), both over several lines; a bare `NAME` is inherited.
 * A variable in a value is looked up in `inherit` first, then among those that stand above it.
 */
export function parseDotenv(source: string, inherit: Lookup): Dotenv {
  const result: Dotenv = { variables: new Map(), problems: [], unset: [] }
  const text = source.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  const lookup: Lookup = (name) => inherit(name) ?? result.variables.get(name)
  let at = 0
  while (at < text.length) {
    const start = /[^\s]/.exec(text.slice(at))
    if (!start) break
    at += start.index
    const line = text.slice(0, at).split('\n').length
    const lineEnd = endOfLine(text, at)
    if (text[at] === '#') {
      at = lineEnd
      continue
    }
    const exported = /^export[^\S\n]+/.exec(text.slice(at, lineEnd))
    if (exported) at += exported[0].length
    const statement = text.slice(at, lineEnd)
    const separator = statement.search(/[=:]/)
    const key = (separator < 0 ? statement : statement.slice(0, separator)).trim()
    const problem = keyProblem(key, separator >= 0)
    if (problem !== undefined) {
      result.problems.push({ line, message: problem })
      at = lineEnd
      continue
    }
    if (separator < 0) {
      const inherited = inherit(key)
      if (inherited !== undefined) result.variables.set(key, inherited)
      at = lineEnd
      continue
    }
    const value = readValue(text, at + separator + 1)
    at = value.end
    if (value.problem !== undefined) {
      result.problems.push({ line, message: value.problem })
      continue
    }
    const replaced = value.verbatim ? { text: value.text, unset: [] } : substitute(value.text, lookup)
    if (replaced.problem) result.problems.push({ line, message: replaced.problem.message })
    for (const name of replaced.unset) result.unset.push({ line, name })
    result.variables.set(key, replaced.text)
  }
  return result
}

/** The lines of an environment file as they are: nothing is unquoted, escaped or replaced. */
export function parseRawEnv(source: string, inherit: Lookup): Dotenv {
  const variables = new Map<string, string>()
  for (const line of source.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const trimmed = line.trimStart()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const separator = trimmed.indexOf('=')
    const value = separator < 0 ? inherit(trimmed) : trimmed.slice(separator + 1)
    if (value !== undefined) variables.set(separator < 0 ? trimmed : trimmed.slice(0, separator), value)
  }
  return { variables, problems: [], unset: [] }
}

/** What is wrong with a name. It is not shown: what a quote left open may be part of a secret. */
function keyProblem(key: string, assigned: boolean): string | undefined {
  if (key === '' ? assigned : KEY.test(key)) return undefined
  if (/\s/.test(key)) return 'The name of a variable contains a space'
  return 'The name of a variable contains a character that it cannot'
}

type Value = { text: string; end: number; verbatim?: boolean; problem?: string }

function readValue(text: string, from: number): Value {
  const begin = from + /^[^\S\n]*/.exec(text.slice(from))![0].length
  const quote = text[begin]
  if (quote === "'" || quote === '"') return readQuoted(text, begin, quote)
  const end = endOfLine(text, begin)
  const value = text.slice(begin, end)
  const comment = /\s#/.exec(value)
  return { text: (comment ? value.slice(0, comment.index) : value).trimEnd(), end }
}

function readQuoted(text: string, begin: number, quote: string): Value {
  for (let index = begin + 1; index < text.length; index++) {
    if (text[index] === '\\') {
      index += 1
    } else if (text[index] === quote) {
      const inside = text.slice(begin + 1, index)
      const end = afterComment(text, index + 1)
      return quote === "'" ? { text: inside, end, verbatim: true } : { text: withoutEscapes(inside), end }
    }
  }
  return { text: '', end: endOfLine(text, begin), problem: 'A quoted value does not end' }
}

/** What follows a quoted value on its line is the next statement, unless it is a comment. */
function afterComment(text: string, from: number): number {
  const end = endOfLine(text, from)
  return /^\s*#/.test(text.slice(from, end)) ? end : from
}

const withoutEscapes = (text: string): string =>
  text.replace(ESCAPE, (match) =>
    match[1] === '0' ? String.fromCharCode(Number.parseInt(match.slice(1), 8)) : (ESCAPED[match[1]!] ?? match[1]!),
  )

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

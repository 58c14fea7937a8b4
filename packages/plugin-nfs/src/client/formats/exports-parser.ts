import { clientProblem } from './export-client.ts'
import { type ExportOptions, parseExportOptions } from './export-options.ts'
import { tableDanger } from './export-table.ts'
import { clientLimit, pathLimit, readToken, skipBlanks, splitWords, type Token } from './exports-reader.ts'

/** Who may have an export, and how. */
export interface ExportClient {
  /** As it stands there: an address, network, name, pattern, `@netgroup`, `gss/krb5` or `*`. Empty where nobody is named, which is everybody. */
  host: string
  /** The words between the parentheses. */
  options: readonly string[]
  /** The lists of defaults before it on the line (`-rw,sync`); absent when there are none. */
  defaults?: readonly (readonly string[])[]
}

export interface ExportEntry {
  /** Decoded: no quotes, no `\040`. */
  path: string
  clients: readonly ExportClient[]
}

/**
 * - `exported_to_the_world`: nobody is named, so everybody is meant, such as by a space before `(rw)`
 * - `bad_option`, `bad_option_list`, `too_long`, `unreadable`: exportfs stops there and ignores the rest of the file
 * - `bad_client`, `ipv6_in_brackets`, `defaults_as_client`: exportfs finds nobody under that name
 * - `duplicate_client`: the same client and path again; exportfs takes the first one
 * - `breaks_table`: exportfs takes it, but mountd can't read it and what follows from the table that exportfs writes
 * - `unclosed_quote`, `path_not_absolute`: read otherwise than it looks
 */
export type ExportsProblemCode =
  | 'exported_to_the_world'
  | 'bad_option'
  | 'bad_option_list'
  | 'too_long'
  | 'unreadable'
  | 'bad_client'
  | 'ipv6_in_brackets'
  | 'defaults_as_client'
  | 'duplicate_client'
  | 'unclosed_quote'
  | 'path_not_absolute'
  | 'breaks_table'

export interface ExportsProblem {
  code: ExportsProblemCode
  /** From 1. The messages of exportfs count otherwise: no comments. */
  line: number
  /** The place itself. */
  text: string
  message: string
  /** Whether exportfs ignores all that follows in the file; its exit code does not always tell. */
  fatal: boolean
}

/** One piece of the file: a blank line, a comment, or an entry with its continuation lines and the comment behind it. */
export type ExportsLine = { line: number; text: string } & (
  | { kind: 'blank' | 'comment' | 'unreadable' }
  | {
      kind: 'entry'
      entry: ExportEntry
      /** exportfs does not get here: something before it is fatal. */
      ignored: boolean
      /** Where in `text` the blanks and the comment behind the entry start. */
      tail: number
    }
)

/** All texts one after the other are the file. */
export interface ExportsFile {
  lines: readonly ExportsLine[]
  problems: readonly ExportsProblem[]
}

/**
 * Reads exports(5) as nfs-utils 2.6 does (`getexportent` in support/nfs/exports.c), and never throws: what it refuses or
 * misreads is among the problems. Quotes, `\040`, continued lines and comments are understood, and all of it is kept.
 */
export function parseExports(text: string): ExportsFile {
  const lines: ExportsLine[] = []
  const problems: ExportsProblem[] = []
  let at = 0
  let line = 1
  const push = (piece: { text: string } & Record<string, unknown>) => {
    lines.push({ line, ...piece } as ExportsLine)
    line += newlines(piece.text)
    at += piece.text.length
  }
  while (at < text.length) {
    const start = skipBlanks(text, at, ' \t\n')
    const lineStart = Math.max(at, text.lastIndexOf('\n', start - 1) + 1)
    const gap = text.slice(at, start < text.length ? lineStart : start)
    for (const piece of gap.match(/[^\n]*\n|[^\n]+/g) ?? []) {
      push({ kind: piece.trimStart().startsWith('#') ? 'comment' : 'blank', text: piece })
    }
    if (start >= text.length) break
    const ignored = problems.some(({ fatal }) => fatal)
    const read = readEntry(text, start)
    const fatal = read.problems.some((problem) => problem.fatal)
    const end = endOf(text, read.next, fatal)
    const tail = fatal ? text.slice(0, end).replace(/\r?\n$/, '').length : read.tail
    problems.push(
      ...read.problems.map(({ at: place, ...rest }) => ({ ...rest, line: line + newlines(text.slice(at, place)) })),
    )
    push(
      read.entry
        ? { kind: 'entry', text: text.slice(at, end), entry: read.entry, ignored, tail: tail - at }
        : { kind: 'unreadable', text: text.slice(at, end) },
    )
  }
  return { lines, problems: [...problems, ...duplicates(lines)].sort((a, b) => a.line - b.line) }
}

const newlines = (text: string): number => text.split('\n').length - 1

/** Behind the line break; what exportfs gave up is left for the next line that is not continued. */
function endOf(text: string, from: number, fatal: boolean): number {
  let end = from
  if (!fatal) while (text[end] === ' ' || text[end] === '\t') end += 1
  else while (end < text.length && (text[end] !== '\n' || text[end - 1] === '\\')) end += 1
  return text[end] === '\n' ? end + 1 : end
}

type Found = Omit<ExportsProblem, 'line'> & { at: number }
interface Read {
  entry?: ExportEntry
  problems: Found[]
  /** Behind the last token. */
  tail: number
  next: number
}

function readEntry(text: string, start: number): Read {
  const problems: Found[] = []
  const report = (code: ExportsProblemCode, token: { start: number; end: number }, message: string, fatal = false) =>
    problems.push({ code, message, fatal, at: token.start, text: text.slice(token.start, token.end) })
  const checked = (token: Token): Token => {
    if (token.unclosed) report('unclosed_quote', token, 'a quote that is not closed takes in what follows')
    if (token.tooLong) report('too_long', token, 'longer than nfs-utils reads; the rest of the file is ignored', true)
    return token
  }
  const path = checked(readToken(text, start, pathLimit))
  if (path.empty) report('unreadable', path, 'nothing where a path is expected; the rest of the file is ignored', true)
  if (path.empty || path.tooLong) return { problems, tail: path.end, next: path.next }
  if (!path.value.startsWith('/')) report('path_not_absolute', path, `"${path.value}" is not an absolute path`)

  const clients: ExportClient[] = []
  let defaults: string[][] = []
  let before = path
  let tail = path.end
  let at = path.next
  const done = (): Read => ({ entry: { path: path.value, clients }, problems, tail, next: at })
  const next = (): Token => {
    const token = checked(readToken(text, skipBlanks(text, at, ' \t'), clientLimit))
    at = token.next
    if (!token.empty) tail = token.end
    return token
  }
  for (let first = true; ; first = false) {
    let token = next()
    if (token.tooLong || (token.empty && !first)) return done()
    if (token.value.startsWith('-')) {
      const words = splitWords(token.value.slice(1))
      if (!readOptions(words, [], (message) => report('bad_option', token, message, true))) return done()
      defaults = [...defaults, words]
      before = token
      token = next()
      if (token.tooLong) return done()
    }
    const client = readClient(token, defaults, (code, message, fatal) => {
      const stray = code === 'exported_to_the_world' && { start: before.start, end: Math.max(before.end, token.end) }
      report(code, stray || token, message, fatal)
    })
    if (!client) return done()
    clients.push(client)
    before = token
  }
}

function readClient(
  token: Token,
  defaults: readonly string[][],
  report: (code: ExportsProblemCode, message: string, fatal?: boolean) => void,
): ExportClient | undefined {
  const value = token.empty ? '' : token.value
  const [whole, host = '', list] = /^([^(]*)(?:\(([^)]*)\))?$/.exec(value) ?? []
  if (whole === undefined) {
    report('bad_option_list', `"${value}" does not end with its only ")"; the rest of the file is ignored`, true)
    return undefined
  }
  const words = splitWords(list ?? '')
  const options = readOptions(words, defaults, (message) => report('bad_option', message, true))
  if (!options) return undefined
  const danger = tableDanger(host, options)
  const problem = clientProblem(host)
  if (danger) report('breaks_table', `${danger}, and all that follows there is lost`)
  if (host === '') {
    const stray = list === undefined ? '' : ` before "${value}", or a space is between them`
    report('exported_to_the_world', `no client is named${stray}: everybody is meant; write * where that is wanted`)
  } else if (host.startsWith('-'))
    report('defaults_as_client', `"${host}" is read as the name of a client, not as defaults`)
  else if (/^\[.*:/.test(host))
    report('ipv6_in_brackets', `brackets make a pattern of names of "${host}", which no address fits`)
  else if (problem) report('bad_client', problem)
  return { host, options: words, ...(defaults.length > 0 ? { defaults } : {}) }
}

/** Undefined where exportfs refuses them. */
function readOptions(
  words: readonly string[],
  defaults: readonly string[][],
  refuse: (message: string) => void,
): ExportOptions | undefined {
  try {
    return parseExportOptions(words, ...defaults)
  } catch (error) {
    refuse(`${(error as Error).message}; the rest of the file is ignored`)
    return undefined
  }
}

function duplicates(lines: readonly ExportsLine[]): ExportsProblem[] {
  const seen = new Set<string>()
  return lines.flatMap((line) => {
    if (line.kind !== 'entry') return []
    const { path, clients } = line.entry
    return clients.flatMap(({ host }) => {
      const key = exportKey(path, host)
      if (!seen.has(key)) {
        seen.add(key)
        return []
      }
      const message = `${path} is exported to ${host || 'everybody'} before; exportfs takes what was said there`
      return [{ code: 'duplicate_client' as const, line: line.line, text: host, message, fatal: false }]
    })
  })
}

/** The same for what exportfs takes for the same export. */
export const exportKey = (path: string, host: string): string => `${trimPath(path)}\0${host.toLowerCase() || '*'}`

/** exportfs resolves paths, so that slashes at the end or in a row do not count. */
export const trimPath = (path: string): string => path.replace(/\/+/g, '/').replace(/(.)\/$/, '$1')

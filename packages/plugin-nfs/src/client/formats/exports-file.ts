import { isDeepStrictEqual } from 'node:util'
import { clientProblem } from './export-client.ts'
import { type ExportOptions, parseExportOptions } from './export-options.ts'
import {
  type ExportClient,
  type ExportEntry,
  type ExportsFile,
  exportKey,
  parseExports,
  trimPath,
} from './exports-parser.ts'
import { encodeOctal } from './octal.ts'

export {
  type ExportClient,
  type ExportEntry,
  type ExportsFile,
  type ExportsLine,
  type ExportsProblem,
  type ExportsProblemCode,
  parseExports,
} from './exports-parser.ts'

/** The text that it was read from, byte for byte. */
export const formatExports = ({ lines }: ExportsFile): string => lines.map(({ text }) => text).join('')

/**
 * One line of exports(5), without the line break. It is read back before it is given out: throws a RangeError when exportfs
 * would read something else, such as a name with a space, no client at all, or a backslash before three octal digits.
 */
export function formatExportEntry(entry: ExportEntry): string {
  const words = [encodeOctal(entry.path, /[\0-\x20\x7f"\\#]/g)]
  let said: ExportClient['defaults'] = []
  for (const { host, options, defaults = [] } of entry.clients) {
    const more = defaults.slice(said.length)
    words.push(...more.map((list) => `-${list.join(',')}`), `${host}(${options.join(',')})`)
    said = defaults
  }
  const text = words.join(' ')
  const { lines, problems } = parseExports(text)
  const [problem] = problems
  if (problem) throw new RangeError(`exports(5) can't say this: ${problem.message}`)
  const [line, ...more] = lines
  if (more.length > 0 || line?.kind !== 'entry' || !isDeepStrictEqual(plain(line.entry), plain(entry)))
    throw new RangeError(`exports(5) can't say this of ${entry.path}: exportfs would read something else in ${text}`)
  return text
}

const plain = ({ path, clients }: ExportEntry): ExportEntry => ({
  path,
  clients: clients.map(({ host, options, defaults }) => ({
    host,
    options: [...options],
    ...(defaults?.length ? { defaults: defaults.map((list) => [...list]) } : {}),
  })),
})

/**
 * The file with this entry instead of those of its path, or at the end. All else stays byte for byte, the comment behind
 * the entry too. Throws a RangeError when the entry can't be said, or would not be read where it stands.
 */
export function withExport(file: ExportsFile, entry: ExportEntry): ExportsFile {
  const text = formatExportEntry(entry)
  const [first, ...others] = indexesOf(file, entry.path)
  const texts = file.lines.map(({ text }) => text)
  if (first === undefined) {
    const ended = texts.length === 0 || texts.at(-1)!.endsWith('\n')
    texts.push(`${ended ? '' : '\n'}${text}\n`)
  } else {
    const line = file.lines[first]!
    const tail = line.kind === 'entry' ? line.text.slice(line.tail) : ''
    const indent = /^[ \t]*/.exec(line.text)![0]
    texts[first] = `${indent}${text}${tail}`
    for (const other of others) texts[other] = leftOf(file, other)
  }
  return edited(file, texts, entry)
}

/** The file without the entries of a path; all else stays byte for byte. Throws a RangeError when another would be read otherwise then. */
export function withoutExport(file: ExportsFile, path: string): ExportsFile {
  const indexes = indexesOf(file, path)
  if (indexes.length === 0) return file
  return edited(
    file,
    file.lines.map(({ text }, index) => (indexes.includes(index) ? leftOf(file, index) : text)),
    { path, clients: [] },
  )
}

/** Of an entry that goes: nothing, or the line break where another entry starts the line, as a form feed ends one for exportfs. */
const leftOf = ({ lines }: ExportsFile, index: number): string =>
  /[^\n]$/.test(lines[index - 1]?.text ?? '') ? /(\r?\n)?$/.exec(lines[index]!.text)![0] : ''

const indexesOf = ({ lines }: ExportsFile, path: string): number[] =>
  lines.flatMap((line, index) => (line.kind === 'entry' && trimPath(line.entry.path) === trimPath(path) ? [index] : []))

/** Reads the new text, and looks that the others are what they were and that exportfs reads what was put there. */
function edited(before: ExportsFile, texts: readonly string[], entry: ExportEntry): ExportsFile {
  const { path, clients } = entry
  const after = parseExports(texts.join(''))
  const entries = (file: ExportsFile) => file.lines.flatMap((line) => (line.kind === 'entry' ? [line] : []))
  const isHere = (each: { entry: ExportEntry }) => trimPath(each.entry.path) === trimPath(path)
  const others = (file: ExportsFile) => entries(file).flatMap((each) => (isHere(each) ? [] : [each.entry]))
  if (!isDeepStrictEqual(others(after), others(before))) {
    throw new RangeError(`${path} can't be changed in this file: other entries would be read otherwise`)
  }
  const [found, ...more] = entries(after).filter(isHere)
  const fatal = after.problems.find((problem) => problem.fatal)
  if (found?.ignored && fatal && clients.length > 0) {
    throw new RangeError(`${path} would not be read: line ${fatal.line}: ${fatal.message}`)
  }
  const wanted = clients.length > 0 ? plain(entry) : undefined
  if (more.length > 0 || !isDeepStrictEqual(found && plain(found.entry), wanted)) {
    throw new RangeError(`${path} can't be changed in this file: it would be read otherwise than it is meant`)
  }
  return after
}

/** One client of one path with all that holds for it. */
export interface EffectiveExport {
  path: string
  /** `*` where nobody is named. */
  host: string
  options: ExportOptions
  line: number
}

/** What exportfs makes of the file, if all names resolve: refused clients, repeated ones and what follows a fatal problem left out. */
export function effectiveExports({ lines }: ExportsFile): EffectiveExport[] {
  const taken = new Map<string, EffectiveExport>()
  for (const line of lines) {
    if (line.kind !== 'entry' || line.ignored) continue
    for (const { host, options, defaults = [] } of line.entry.clients) {
      const path = trimPath(line.entry.path)
      const key = exportKey(path, host)
      if (taken.has(key) || clientProblem(host)) continue
      taken.set(key, { path, host: host || '*', options: parseExportOptions(options, ...defaults), line: line.line })
    }
  }
  return [...taken.values()]
}

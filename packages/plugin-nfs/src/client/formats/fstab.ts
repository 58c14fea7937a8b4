import { decodeOctal, encodeOctal } from './octal.ts'

/** One mount of fstab(5), all of it decoded: no `\040`. */
export interface FstabEntry {
  /** A device, `UUID=…`, `server:/path`, or what else the type takes. */
  source: string
  /** Where; `none` for swap. */
  target: string
  type: string
  options: readonly string[]
  dump: number
  pass: number
}

/** One line with its line break. */
export type FstabLine = { line: number; text: string } & (
  | { kind: 'blank' | 'comment' }
  /** Fewer than two fields. */
  | { kind: 'unreadable' }
  /** `ignored`: mount(8) does not take it, though systemd may; no type, or a comment or word where a number belongs. */
  | { kind: 'entry'; entry: FstabEntry; ignored: boolean }
)

/** All texts one after the other are the file. */
export interface FstabFile {
  lines: readonly FstabLine[]
}

/**
 * Reads fstab(5) as libmount does (`mnt_parse_table_line` of util-linux), and never throws. Missing fields read as `auto`,
 * no options, 0 and 0.
 */
export function parseFstab(text: string): FstabFile {
  const lines = text.match(/[^\n]*\n|[^\n]+/g) ?? []
  return { lines: lines.map((text, index) => ({ line: index + 1, text, ...parseLine(text) })) }
}

/** The text that it was read from, byte for byte. */
export const formatFstab = ({ lines }: FstabFile): string => lines.map(({ text }) => text).join('')

function parseLine(text: string) {
  const fields = fieldsOf(text)
  const [source, target, type, options = '', dump, pass] = fields.map((field) => decodeOctal(field))
  if (source === undefined) return { kind: /\S/.test(text) ? ('comment' as const) : ('blank' as const) }
  if (target === undefined) return { kind: 'unreadable' as const }
  const entry = {
    source,
    target,
    type: type ?? 'auto',
    options: splitOptions(options),
    dump: digits(dump),
    pass: digits(pass),
  }
  const numbers = wordsOf(text).slice(4, 6)
  const ignored = type === undefined || numbers.some((number) => !/^\d+$/.test(number))
  return { kind: 'entry' as const, entry, ignored }
}

const wordsOf = (text: string): string[] => text.replace(/\r?\n$/, '').match(/[^ \t]+/g) ?? []

/** The fields as they stand there, six at most; a comment in place of the numbers is none. */
function fieldsOf(text: string): string[] {
  if (/^[ \t]*#/.test(text)) return []
  const words = wordsOf(text)
  const comment = words.findIndex((word, index) => index >= 4 && word.startsWith('#'))
  return words.slice(0, comment < 0 ? 6 : comment)
}

/** The words between the commas; one between quotes is part of its word, as SELinux contexts need it. */
const splitOptions = (text: string): string[] => text.match(/(?:"[^"]*"|[^,])+/g) ?? []
const digits = (text = '0'): number => (/^\d+$/.test(text) ? Number(text) : 0)

/** What stands in a field is what libmount reads there: throws a RangeError for a field that is empty or a word with a comma. */
function formatFields({ source, target, type, options, dump, pass }: FstabEntry): string[] {
  const words = options.join(',')
  const fields = [source, target, type, words || 'defaults', String(dump), String(pass)]
  const empty = fields.indexOf('')
  if (empty >= 0) throw new RangeError(`fstab(5) needs every field; ${['source', 'target', 'type'][empty]} is empty`)
  if (fields.some((field) => field.includes('\0'))) throw new RangeError('fstab(5) cannot say a NUL character')
  if (splitOptions(words).join('\0') !== options.join('\0'))
    throw new RangeError(`fstab(5) would read the options ${words} otherwise than they are meant`)
  return fields.map((field) => encodeOctal(field, /[ \t\n\r\v\f\\]|^#/g))
}

/** One line of fstab(5), without the line break. Throws a RangeError for what the file can't say. */
export const formatFstabEntry = (entry: FstabEntry): string => formatFields(entry).join('  ')

/**
 * The file with this mount instead of the first one at its target (of its source too, where there are several, or the target
 * is `none`), or at the end. A line that is replaced keeps its columns and the comment behind it, for which mount(8) wants both numbers; all else stays byte for byte.
 * Throws a RangeError for what the file can't say.
 */
export function withMount({ lines }: FstabFile, entry: FstabEntry): FstabFile {
  const fields = formatFields(entry)
  const texts = lines.map(({ text }) => text)
  const candidates = indexesOf(lines, entry.target)
  const exact = candidates.find((index) => sourceOf(lines[index]) === entry.source)
  const index = exact ?? (entry.target === 'none' ? undefined : candidates[0])
  if (index === undefined) {
    const ended = texts.length === 0 || texts.at(-1)!.endsWith('\n')
    texts.push(`${ended ? '' : '\n'}${fields.join('  ')}\n`)
  } else texts[index] = replaceFields(texts[index]!, fields)
  return parseFstab(texts.join(''))
}

/** The file without the mounts at a target, or only those of one source there; all else stays byte for byte. */
export function withoutMount({ lines }: FstabFile, target: string, source?: string): FstabFile {
  const gone = indexesOf(lines, target).filter((index) => source === undefined || sourceOf(lines[index]) === source)
  return parseFstab(lines.flatMap(({ text }, index) => (gone.includes(index) ? [] : [text])).join(''))
}

const indexesOf = (lines: readonly FstabLine[], target: string): number[] =>
  lines.flatMap((line, index) =>
    line.kind === 'entry' && trimmed(line.entry.target) === trimmed(target) ? [index] : [],
  )

const sourceOf = (line: FstabLine | undefined) => (line?.kind === 'entry' ? line.entry.source : undefined)
const trimmed = (path: string): string => path.replace(/(.)\/+$/, '$1')

/** Puts fields in place of others so that what follows starts in the same column, where blanks leave room for it. */
function replaceFields(text: string, fields: readonly string[]): string {
  const old = fieldsOf(text)
  const commented = wordsOf(text).length > old.length
  const wanted = commented ? 6 : fields.findLastIndex((field, index) => index < 4 || field !== '0') + 1
  let rest = text
  let result = ''
  for (const [index, field] of fields.slice(0, Math.max(old.length, wanted)).entries()) {
    const before = old[index]
    if (before === undefined) {
      result = `${result} ${field}`
      continue
    }
    const start = rest.indexOf(before)
    result += rest.slice(0, start) + field
    rest = rest.slice(start + before.length)
    const blanks = /^ {2,}(?=[^\s])/.exec(rest)?.[0].length
    if (blanks !== undefined) {
      rest = ' '.repeat(Math.max(1, blanks + before.length - field.length)) + rest.slice(blanks)
    }
  }
  return result + rest
}

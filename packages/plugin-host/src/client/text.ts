import { type Host, HostError } from '@lares/transport'
import { putFile } from './files.ts'

/** Where a new block or line goes: at either end, or beside the last line that matches. */
export type Position = 'start' | 'end' | { readonly after: string } | { readonly before: string }

/** The two lines around a block. `comment` is what begins a comment, or what begins and ends one: `<!-- -->`. */
export function marksOf(name: string, comment = '#'): { begin: string; end: string } {
  const [open, close] = comment.split(' ') as [string, string?]
  const mark = (word: string) => `${open} ${word} lares ${name}${close === undefined ? '' : ` ${close}`}`
  return { begin: mark('BEGIN'), end: mark('END') }
}

type Marks = ReturnType<typeof marksOf>

/** The text between the marks, or null when there is no such block. */
export function blockIn(text: string, marks: Marks): string | null {
  const lines = linesOf(text)
  const at = find(lines, marks)
  return (
    at &&
    lines
      .slice(at.begin + 1, at.end)
      .map((line) => `${line}\n`)
      .join('')
  )
}

/** The text with this block in it, where it was or else at the position. */
export function withBlock(text: string, marks: Marks, content: string, position: Position = 'end'): string {
  const lines = linesOf(text)
  const at = find(lines, marks)
  const block = [marks.begin, ...linesOf(content), marks.end]
  if (at) lines.splice(at.begin, at.end - at.begin + 1, ...block)
  else lines.splice(placeOf(lines, position), 0, ...block)
  return textOf(lines)
}

export function withoutBlock(text: string, marks: Marks): string {
  const lines = linesOf(text)
  const at = find(lines, marks)
  if (!at) return text
  lines.splice(at.begin, at.end - at.begin + 1)
  return textOf(lines)
}

/** The last line that matches, or is this very line where nothing is to match; null when there is none. */
export function lineIn(text: string, line: string, match?: string): string | null {
  const found = indexOfLine(linesOf(text), line, match)
  return found < 0 ? null : linesOf(text)[found]!
}

export function withLine(text: string, line: string, match?: string, position: Position = 'end'): string {
  const lines = linesOf(text)
  const found = indexOfLine(lines, line, match)
  if (found >= 0) lines[found] = line
  else lines.splice(placeOf(lines, position), 0, line)
  return textOf(lines)
}

export function withoutLine(text: string, line: string): string {
  const lines = linesOf(text)
  const left = lines.filter((each) => each !== line)
  return left.length === lines.length ? text : textOf(left)
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))
const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

/** A block that lost its end goes up to the next mark of ours, or is its first line alone. */
function find(lines: readonly string[], { begin, end }: Marks): { begin: number; end: number } | null {
  const first = lines.indexOf(begin)
  if (first < 0) return null
  const last = lines.indexOf(end, first)
  return last < 0 ? { begin: first, end: first } : { begin: first, end: last }
}

function indexOfLine(lines: readonly string[], line: string, match: string | undefined): number {
  const exact = lines.lastIndexOf(line)
  if (exact >= 0 || match === undefined) return exact
  const pattern = new RegExp(match)
  return lines.findLastIndex((each) => pattern.test(each))
}

function placeOf(lines: readonly string[], position: Position): number {
  if (position === 'start') return 0
  if (position === 'end') return lines.length
  const beside = 'after' in position ? position.after : position.before
  const pattern = new RegExp(beside)
  const found = lines.findLastIndex((line) => pattern.test(line))
  if (found < 0) return lines.length
  return 'after' in position ? found + 1 : found
}

const READ = `
real=$(readlink -f -- "$1") || exit 3
[ -e "$real" ] || { printf '%s\\n' "$real"; exit 3; }
printf '%s\\n' "$real"
cat -- "$real"
`

/** A text file and where it really is; null for its text when it is not there. Rejects with a HostError. */
export async function readText(
  host: Host,
  path: string,
  signal?: AbortSignal,
): Promise<{ real: string; text: string | null }> {
  const { exitCode, stdout, stderr } = await host.ask(READ, { args: [path], signal })
  const end = stdout.indexOf('\n')
  const real = end < 0 ? path : stdout.slice(0, end)
  if (exitCode === 3) return { real: real === '' ? path : real, text: null }
  if (exitCode !== 0)
    throw new HostError('io_failed', `${host.description}: can't read ${path}: ${stderr.trim()}`, { detail: stderr })
  return { real, text: stdout.slice(end + 1) }
}

export interface EditOptions {
  validate?: string | undefined
  backup?: boolean | undefined
  signal?: AbortSignal | undefined
}

/** One edit of a file at a time, because each one writes all of it. */
const editing = new WeakMap<Host, Map<string, Promise<unknown>>>()

/** Reads a file, changes its text and puts it back whole; nothing is written when nothing changes. A missing file is empty. */
export async function editText(
  host: Host,
  path: string,
  edit: (text: string) => string,
  { validate, backup, signal }: EditOptions = {},
): Promise<void> {
  const onHost = editing.get(host) ?? new Map<string, Promise<unknown>>()
  editing.set(host, onHost)
  const turn = (onHost.get(path) ?? Promise.resolve()).then(async () => {
    const { real, text } = await readText(host, path, signal)
    const edited = edit(text ?? '')
    if (edited !== (text ?? '')) await putFile(host, real, edited, { ...{ validate, backup, signal } })
  })
  onHost.set(
    path,
    turn.catch(() => {}),
  )
  await turn
}

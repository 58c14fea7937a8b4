import { structuredPatch } from 'diff'
import type { Style } from '../style.ts'

/** Lines around a difference. */
const context = 2
/** Lines of one difference that are shown. */
const most = 60

/** A text of lines, of which a difference is best shown line by line. */
export const isText = (value: unknown): value is string => typeof value === 'string' && /\n(?=.)|\n$/s.test(value)

/** What differs between two texts, as `diff -u` shows it, without the heads. */
export function hunks(before: string, after: string, style: Style): string[] {
  const lines = structuredPatch('', '', before, after, '', '', { context }).hunks.flatMap((hunk) => [
    style.faint(`@@ line ${hunk.newStart} @@`),
    ...hunk.lines.map((line) => toned(visible(line), style)),
  ])
  return lines.length <= most ? lines : [...lines.slice(0, most), style.faint(`… ${lines.length - most} more lines`)]
}

function toned(line: string, style: Style): string {
  if (line.startsWith('+')) return style.create(line)
  if (line.startsWith('-')) return style.destroy(line)
  return style.faint(line)
}

/** What would move the cursor is shown as what it is. */
const visible = (line: string): string =>
  line.replace(/[\u0000-\u0008\u000b-\u001f\u007f\u0080-\u009f]/g, (character) =>
    character === '\r' ? '␍' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )

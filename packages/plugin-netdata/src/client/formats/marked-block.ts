/** The lines of a resource in a file of several writers stand between two comments that name it: `lab/address`. */
const beginOf = (mark: string) => `# BEGIN lares: ${mark}`
const endOf = (mark: string) => `# END lares: ${mark}`

export const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))
export const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

/** What stands between the comments, or undefined when they are not there. */
export function blockIn(text: string, mark: string): string | undefined {
  const lines = linesOf(text)
  const at = find(lines, mark)
  return at && textOf(lines.slice(at.begin + 1, at.end))
}

/** The lines that a block takes, with its comments. */
export const blockLines = (content: string, mark: string, indent = ''): string[] =>
  [beginOf(mark), ...linesOf(content), endOf(mark)].map((line) => (line === '' ? line : indent + line))

/** The text with this block in it: where it was first, or else at the end. */
export function withBlock(text: string, mark: string, content: string): string {
  const lines = linesOf(text)
  const at = find(lines, mark)
  if (!at) return textOf([...lines, ...blockLines(content, mark)])
  const after = withoutBlock(textOf(lines.slice(at.end + 1)), mark)
  return textOf([...lines.slice(0, at.begin), ...blockLines(content, mark), ...linesOf(after)])
}

/** The text without this block, wherever and how often it was there. */
export function withoutBlock(text: string, mark: string): string {
  const lines = linesOf(text)
  const at = find(lines, mark)
  if (!at) return text
  lines.splice(at.begin, at.end - at.begin + 1)
  return withoutBlock(textOf(lines), mark)
}

/** How often this block is there: copying a file by hand doubles it. */
export const blockCount = (text: string, mark: string): number =>
  linesOf(text).filter((line) => line.trim() === beginOf(mark)).length

/** Whether any resource has lines in it. */
export const hasBlocks = (text: string): boolean => /^ *# BEGIN lares: /m.test(text)

/** A block that lost its end is its first line alone. */
function find(lines: readonly string[], mark: string): { begin: number; end: number } | undefined {
  const indexOf = (line: string, from = 0) => lines.findIndex((each, i) => i >= from && each.trim() === line)
  const begin = indexOf(beginOf(mark))
  if (begin < 0) return undefined
  const end = indexOf(endOf(mark), begin)
  return { begin, end: end < 0 ? begin : end }
}

import { type Difference, differences } from './differences.ts'

const place = (path: string): string =>
  `\`${path.replace(/^(\w+)\.\*\./, (_, kind: string) => `${kind.slice(0, -1)}.`)}\``

/** The table of intended differences as the docs have it, its columns aligned as the formatter does. */
export function differencesTable(): string {
  const rows = Object.values<Difference>(differences).map(({ paths = [], when, reason }) => [
    when,
    paths.length > 0 ? paths.map(place).join(', ') : 'one of them refuses it',
    reason,
  ])
  const all = [['When', 'Where in `inspect`', 'Why'], ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  const [head = [], ...body] = all
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}

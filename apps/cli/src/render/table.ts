import { stripVTControlCharacters } from 'node:util'

/** Rows with their columns aligned; colours take no width, and empty columns none at all. */
export function table(rows: readonly (readonly string[])[], indent = ''): string {
  const width = (text: string) => stripVTControlCharacters(text).length
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, i) => Math.max(0, ...rows.map((row) => width(row[i] ?? ''))))
  return rows
    .map((row) => {
      const cells = widths.flatMap((most, i) => {
        const cell = row[i] ?? ''
        return most === 0 ? [] : [cell + ' '.repeat(most - width(cell))]
      })
      return `${indent}${cells.join('  ')}`.trimEnd() + '\n'
    })
    .join('')
}

import { type Difference, differences } from './differences.ts'

const place = (path: string): string =>
  `\`${path.replace(/^(\w+)\.\*\./, (_, kind: string) => `${kind.slice(0, -1)}.`)}\``

/** The table of intended differences as the docs have it. */
export function differencesTable(): string {
  const rows = Object.values<Difference>(differences).map(({ paths = [], when, reason }) => {
    const where = paths.length > 0 ? paths.map(place).join(', ') : 'one of them refuses it'
    return `| ${when} | ${where} | ${reason} |`
  })
  return ['| When | Where in `inspect` | Why |', '|---|---|---|', ...rows].join('\n')
}

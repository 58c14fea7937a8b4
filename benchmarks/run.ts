/** `npm run bench`, or `npm run bench -- engine ssh`: every benchmark, or those that are named, as tables. `--peers` fetches other tools first. */
import { arch, cpus, release } from 'node:os'
import { parseArgs } from 'node:util'
import { type Measured, type Row, ratio } from './measure.ts'
import { fetchTools } from './peers.ts'

const benchmarks: Record<string, () => Promise<Row[]>> = {
  'cold-start': async () => (await import('./cold-start.ts')).default(),
  engine: async () => (await import('./engine.ts')).default(),
  ssh: async () => (await import('./ssh.ts')).default(),
  hosts: async () => (await import('./hosts.ts')).default(),
  containers: async () => (await import('./containers.ts')).default(),
  projects: async () => (await import('./containers.ts')).projects(),
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { peers: { type: 'boolean' } } })
const unknown = positionals.filter((name) => !(name in benchmarks))
if (unknown.length > 0)
  throw new Error(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}`)

const print = (line: string) => process.stdout.write(`${line}\n`)
if (values.peers) await fetchTools((line) => process.stderr.write(`${line}\n`))

print(
  `Node ${process.versions.node}, Linux ${release()} ${arch()}, ${cpus().length} cores, ${new Date().toISOString()}`,
)
for (const [name, measure] of Object.entries(benchmarks)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  print(`\n### ${name}\n`)
  for (const line of table(await measure())) print(line)
}

function table(rows: readonly Row[]): string[] {
  const peers = [...new Set(rows.flatMap((row) => Object.keys(row.peers ?? {})))]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const head = ['what', 'floor', 'lares', 'ratio', 'aim', ...peers, 'note']
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.map((row) =>
      line([
        row.name,
        cell(row.floor),
        cell(row.lares),
        ratio(row).toFixed(2),
        row.aim?.toFixed(1) ?? '',
        ...peers.map((peer) => cell(row.peers?.[peer])),
        row.note ?? '',
      ]),
    ),
  ]
}

/** `0.41 (0.32)`: seconds, and processor seconds. */
function cell(measured: Measured | undefined): string {
  if (!measured) return ''
  const text = (value: number) => value.toFixed(value < 1 ? 3 : 2)
  return measured.cpu === undefined ? text(measured.seconds) : `${text(measured.seconds)} (${text(measured.cpu)})`
}

/** `npm run bench`, or `npm run bench -- engine`: every benchmark, or those that are named, as one table. */
import type { Row } from './measure.ts'

const benchmarks: Record<string, () => Promise<{ default(): Promise<Row[]> }>> = {
  'cold-start': () => import('./cold-start.ts'),
  engine: () => import('./engine.ts'),
}

const named = process.argv.slice(2)
const unknown = named.filter((name) => !(name in benchmarks))
if (unknown.length > 0)
  throw new Error(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}`)

const print = (line: string) => process.stdout.write(`${line}\n`)
const seconds = (value: number) => value.toFixed(value < 1 ? 3 : 2)
for (const [name, load] of Object.entries(benchmarks)) {
  if (named.length > 0 && !named.includes(name)) continue
  print(`\n### ${name}\n`)
  const rows = await (await load()).default()
  const peers = [...new Set(rows.flatMap((row) => Object.keys(row.peers ?? {})))]
  print(`| what | floor s | lares s | ratio | aim |${peers.map((peer) => ` ${peer} s |`).join('')} note |`)
  print(`|---|---|---|---|---|${peers.map(() => '---|').join('')}---|`)
  for (const row of rows) {
    const others = peers
      .map((peer) => ` ${row.peers?.[peer] === undefined ? '' : seconds(row.peers[peer]!)} |`)
      .join('')
    print(
      `| ${row.name} | ${seconds(row.floor)} | ${seconds(row.lares)} | ${row.ratio.toFixed(2)} | ${row.aim ?? ''} |${others} ${row.note ?? ''} |`,
    )
  }
}

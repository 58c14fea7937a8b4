import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Row, row, run, takeTurns } from './measure.ts'

const program = (name: string) => fileURLToPath(new URL(`engine/${name}.ts`, import.meta.url))

/** The engine alone: null resources in chains of ten, created, planned without change, destroyed; whole processes. */
export default async function engine(): Promise<Row[]> {
  const rows: Row[] = []
  const created = new Map<number, number>()
  for (const count of [100, 1_000, 10_000]) {
    const seconds: Record<string, { floor: number[]; lares: number[] }> = {}
    let peak = 0
    for (let round = 0; round < 3; round++) {
      const folders = { floor: await mkdtemp(join(tmpdir(), 'bench-')), lares: await mkdtemp(join(tmpdir(), 'bench-')) }
      for (const verb of ['apply', 'plan', 'destroy']) {
        const one = async (who: 'floor' | 'lares') => {
          const ran = await run('node', [program(who), folders[who], String(count), verb])
          if (who === 'lares') peak = Math.max(peak, (JSON.parse(ran.stdout) as { peak: number }).peak)
          return ran.seconds
        }
        const both = await takeTurns(1, { floor: () => one('floor'), lares: () => one('lares') })
        seconds[verb] ??= { floor: [], lares: [] }
        const list = seconds[verb]
        list.floor.push(both.floor)
        list.lares.push(both.lares)
      }
      await Promise.all(Object.values(folders).map((folder) => rm(folder, { recursive: true })))
    }
    const middle = (values: number[]) => [...values].sort((a, b) => a - b)[1]!
    for (const [verb, both] of Object.entries(seconds)) {
      const note =
        verb === 'apply' && count === 10_000
          ? `peak ${peak} MB; ${(middle(both.lares) / created.get(1_000)!).toFixed(1)}x of 1,000`
          : undefined
      if (verb === 'apply') created.set(count, middle(both.lares))
      rows.push(row(`${count} null resources: ${verb}`, middle(both.floor), middle(both.lares), note ? { note } : {}))
    }
  }
  return rows
}

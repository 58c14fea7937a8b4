import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Measured, middle, type Ran, type Row, run } from './measure.ts'

const verbs = ['apply', 'plan', 'destroy'] as const
const counts = [100, 1_000, 10_000]
const rounds = 3

type Who = 'floor' | 'lares'
type Runs = Record<Who, Ran[]>

/** The engine alone: null resources in chains of ten, created, planned without change, destroyed; whole processes. */
export default async function engine(): Promise<Row[]> {
  const rows: Row[] = []
  const created = new Map<number, Measured>()
  for (const count of counts) {
    const runs = await life(count)
    for (const verb of verbs) {
      const { floor, lares } = { floor: middle(runs[verb].floor), lares: middle(runs[verb].lares) }
      const notes = [
        `${middle(runs[verb].lares.map(engineOf)).seconds.toFixed(2)} s of it the engine`,
        `${Math.max(...runs[verb].lares.map(peakOf))} MB (floor ${Math.max(...runs[verb].floor.map(peakOf))})`,
      ]
      if (verb === 'apply') {
        created.set(count, lares)
        const former = created.get(count / 10)
        if (former) notes.push(`${growth(former, lares).toFixed(1)}x of ${count / 10}`)
      }
      rows.push({ name: `${count} null resources: ${verb}`, floor, lares, note: notes.join('; ') })
    }
  }
  return rows
}

/** Several lives from creation to destruction, floor and engine by turns, each in a folder of its own. */
async function life(count: number): Promise<Record<(typeof verbs)[number], Runs>> {
  const runs = { apply: noRuns(), plan: noRuns(), destroy: noRuns() }
  for (let round = 0; round < rounds; round++) {
    const folders = { floor: await mkdtemp(join(tmpdir(), 'bench-')), lares: await mkdtemp(join(tmpdir(), 'bench-')) }
    for (const verb of verbs) {
      for (const who of ['floor', 'lares'] as const)
        runs[verb][who].push(await run('node', [program(who), folders[who], String(count), verb]))
    }
    await Promise.all(Object.values(folders).map((folder) => rm(folder, { recursive: true })))
  }
  return runs
}

const noRuns = (): Runs => ({ floor: [], lares: [] })
const program = (who: Who): string => fileURLToPath(new URL(`engine/${who}.ts`, import.meta.url))
/** Megabytes. */
const peakOf = ({ stdout }: Ran): number => (JSON.parse(stdout) as { peak: number }).peak
/** Without the start of Node, loading, and making the lab. */
const engineOf = ({ stdout }: Ran): Measured => ({ seconds: (JSON.parse(stdout) as { took: number }).took / 1000 })
/** In processor time where it is known, which is not that of other programs. */
const growth = (smaller: Measured, larger: Measured): number =>
  larger.cpu && smaller.cpu ? larger.cpu / smaller.cpu : larger.seconds / smaller.seconds

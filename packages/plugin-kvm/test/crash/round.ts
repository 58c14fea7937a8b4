import { lost, mismatches, recordedOf } from './aftermath.ts'
import type { Beginning } from './beginning.ts'
import { live } from './life.ts'
import { observe } from './reality.ts'
import type { Passage } from './wanted.ts'

export interface Round {
  /** Those of the run that was to be struck. */
  boundaries: readonly string[]
  /** False when that run ended without coming to its boundary. */
  struck: boolean
  problems: string[]
  ms: number
}

/** Carries out a passage in a run that ends at a boundary, and again, and a third time; then looks at everything. */
export async function playRound(passage: Passage, beginning: Beginning, strike?: string): Promise<Round> {
  const began = performance.now()
  const problems: string[] = []
  const run = (what: string, { trouble }: { trouble: string }) =>
    void (trouble === '' || problems.push(`the ${what} run: ${trouble}`))
  const store = await beginning.restore()
  const before = await observe()
  const first = await live(store, passage, strike)
  if (first.died) problems.push(...lost(await observe(), passage))
  else run('first', first)
  const after = first.died ? store.reopen() : store
  if (first.died) run('second', await live(after, passage))
  const last = await live(after, passage)
  const calls = last.boundaries.filter((boundary) => !boundary.startsWith('journal'))
  run('last', { trouble: [last.trouble, last.changes, ...calls].filter((each) => each !== '').join('\n') })
  problems.push(...mismatches(before, await observe(), passage), ...recordedOf(await after.read(), passage.expected))
  return { boundaries: first.boundaries, struck: first.died, problems, ms: performance.now() - began }
}

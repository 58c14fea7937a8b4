import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kindOf, strikesOn } from '../../../../e2e/crash/schedule.ts'
import { summary } from '../../../../e2e/crash/summary.ts'
import { emptyHypervisor } from '../../../../e2e/rig/hypervisor.ts'
import { type Beginning, fromNothing, fromStage } from './beginning.ts'
import { playRound } from './round.ts'
import { type Passage, passages } from './wanted.ts'

/** `all`: every boundary. Otherwise each passage is struck so many times, at boundaries of as many kinds. */
const wanted = process.env.LARES_CRASH ?? '1'
const seed = Number(process.env.LARES_CRASH_SEED ?? 1)
const log = join(import.meta.dirname, 'full-run.log')
const isFull = wanted === 'all'
const coverage: { phase: string; boundaries: readonly string[]; struck: Set<string>; moments: number }[] = []
const result = { coverage, failures: [] as string[], rounds: 0, missed: 0 }

function say(line: string): void {
  console.log(line)
  if (isFull) appendFileSync(log, `${line}\n`)
}

beforeAll(() => {
  if (isFull) writeFileSync(log, `# ${new Date().toISOString()}  node ${process.versions.node}  seed ${seed}\n`)
})
afterAll(async () => {
  for (const line of summary(result)) say(line)
  await emptyHypervisor()
})

async function play(passage: Passage, beginning: Beginning, strike?: string) {
  const round = await playRound(passage, beginning, strike)
  const outcome = round.problems.length > 0 ? 'FAILED' : strike !== undefined && !round.struck ? 'missed' : 'ok'
  const line = `${passage.name}: ${strike ?? 'undisturbed'} -> ${outcome} ${(round.ms / 1000).toFixed(1)} s`
  say(line)
  for (const problem of round.problems) say(problem.replace(/^/gm, '    | '))
  if (round.problems.length > 0) result.failures.push([line, ...round.problems].join('\n'))
  return { ...round, outcome }
}

for (const [index, passage] of passages.entries()) {
  test(`${passage.name}: whatever call it ends at, the next apply converges`, { timeout: 3_600_000 }, async () => {
    const beginning = await (passage.from ? fromStage(passage.from) : fromNothing())
    const { boundaries, problems } = await play(passage, beginning)
    expect(problems).toEqual([])
    const struck = new Set<string>()
    coverage.push({ phase: passage.name, boundaries, struck, moments: 0 })
    const order = strikesOn(boundaries, { moments: 0, ms: 0, seed: seed + index, struck })
    const strikes = order.flatMap((strike) => ('boundary' in strike ? strike.boundary : []))
    const failures: string[] = []
    for (const strike of isFull ? strikes : strikes.slice(0, Number(wanted))) {
      const round = await play(passage, beginning, strike)
      result.rounds++
      if (round.struck) struck.add(strike)
      else result.missed++
      failures.push(...round.problems)
    }
    expect(failures).toEqual([])
    expect(boundaries.map(kindOf)).toContain('journal fold after')
  })
}

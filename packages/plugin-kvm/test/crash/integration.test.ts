import { release } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { random, shuffled } from '../../../../e2e/crash/schedule.ts'
import { summary } from '../../../../e2e/crash/summary.ts'
import { emptyHypervisor } from '../../../../e2e/rig/hypervisor.ts'
import { type Beginning, fromNothing, fromStage } from './beginning.ts'
import { virsh } from './hypervisor.ts'
import { beginLog, struckBefore, writeLog } from './log.ts'
import { playRound, type Round } from './round.ts'
import { type Passage, passages } from './wanted.ts'

/** `all` boundaries, the `rest`: those that the log does not have yet, one of them, or so many in each passage. */
const asked = process.env.LARES_CRASH ?? '1'
const isFull = asked === 'all' || asked === 'rest'
const seed = Number(process.env.LARES_CRASH_SEED ?? 1)
const coverage: { phase: string; boundaries: readonly string[]; struck: Set<string>; moments: number }[] = []
const result = { coverage, failures: [] as string[], rounds: 0, missed: 0 }
let made: Promise<Beginning> | undefined

function say(line: string): void {
  console.log(line)
  if (isFull) writeLog(line)
}

beforeAll(async () => {
  if (asked === 'all') beginLog()
  const [version = ''] = await virsh(['version'])
  const [, libvirt, qemu] = /library: libvirt (\S+)[\s\S]*hypervisor: QEMU (\S+)/.exec(version) ?? []
  const { node } = process.versions
  say(`# ${new Date().toISOString()}  node ${node}  libvirt ${libvirt}  QEMU ${qemu}  linux ${release()}  seed ${seed}`)
})
afterAll(async () => {
  for (const line of summary(result)) say(line)
  await emptyHypervisor()
})

/** All that begin with something begin with the same, which is made once. */
async function beginningOf({ from }: Passage): Promise<Beginning> {
  if (!from) return await fromNothing()
  made ??= fromStage(from)
  return await made
}

async function play(passage: Passage, strike?: string): Promise<Round> {
  const round = await playRound(passage, await beginningOf(passage), strike)
  const outcome = round.problems.length > 0 ? 'FAILED' : strike !== undefined && !round.struck ? 'missed' : 'ok'
  const line = `${passage.name}: ${strike ?? 'undisturbed'} -> ${outcome} ${(round.ms / 1000).toFixed(1)} s`
  say(line)
  for (const problem of round.problems) say(problem.replace(/^/gm, '    | '))
  if (round.problems.length > 0) result.failures.push([line, ...round.problems].join('\n'))
  if (strike !== undefined) result.rounds++
  if (outcome === 'missed') result.missed++
  return round
}

for (const [index, passage] of passages.entries()) {
  test(`${passage.name}: whatever call it ends at, the next apply converges`, { timeout: 7_200_000 }, async () => {
    const known = struckBefore().get(passage.name) ?? new Set()
    const undisturbed = isFull || known.size === 0 ? await play(passage) : undefined
    expect(undisturbed?.problems ?? []).toEqual([])
    const boundaries = undisturbed?.boundaries ?? [...known]
    const struck = new Set(asked === 'rest' ? boundaries.filter((boundary) => known.has(boundary)) : [])
    coverage.push({ phase: passage.name, boundaries, struck, moments: 0 })
    // What is there before a call is mostly what was there after the last one, so these come last.
    const left = shuffled(
      boundaries.filter((boundary) => !struck.has(boundary)),
      random(seed + index),
    ).sort((a, b) => Number(a.endsWith('before')) - Number(b.endsWith('before')))
    const failures: string[] = []
    const isOne = / (?:before|after)$/.test(asked)
    for (const strike of isFull ? left : isOne ? [asked] : left.slice(0, Number(asked))) {
      const round = await play(passage, strike)
      if (round.struck) struck.add(strike)
      failures.push(...round.problems)
    }
    expect(failures).toEqual([])
  })
}

test('what was to be struck was struck', () => {
  expect(result.missed).toBeLessThanOrEqual(result.rounds / 2)
})

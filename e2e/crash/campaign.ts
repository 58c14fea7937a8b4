import { join } from 'node:path'
import { images } from '../rig/images.ts'
import { type Phase, phases, playRound, type Round, type RoundLab, startOver } from './round.ts'
import { isRead, kindOf, random, shuffled, strikesOn } from './schedule.ts'
import type { Stage } from './wanted.ts'
import { createWorkspace, type Strike } from './workspace.ts'

const MOMENTS = 100

export interface CampaignOptions {
  seed: number
  /** How many strikes; all there are when absent. */
  rounds?: number
  /** One strike alone, as `report` named it. */
  only?: string
  /** No round begins after so long, in ms. */
  withinMs?: number
  /** Strikes that are done already, as `report` told of them. */
  done?: ReadonlySet<string>
  /** Is told each round: `create  POST /containers/create #7 before -> ok 3.1 s`. */
  report(line: string): void
}

/** What was struck in one phase. */
export interface Coverage {
  phase: string
  /** Boundaries of an undisturbed run. */
  boundaries: readonly string[]
  struck: ReadonlySet<string>
  moments: number
}

export interface Campaign {
  coverage: Coverage[]
  /** Each begins with the line that was reported. */
  failures: string[]
  rounds: number
  /** Strikes that never came, because the run took another course. */
  missed: number
}

export const nameOf = (phase: Pick<Phase, 'name'>, strike: Strike): string =>
  `${phase.name.padEnd(8)} ${'boundary' in strike ? strike.boundary : `after ${strike.afterMs} ms`}`

/** Plays rounds over one lab on the rig's engine: made, changed and destroyed again and again, killed in every run. */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const { seed, rounds, only, withinMs, done, report } = options
  const references = { busybox: images.busybox, busyboxNext: images.busyboxNext }
  const workspace = await createWorkspace({
    lab: join(import.meta.dirname, 'lab'),
    packages: ['core', 'transport', 'plugin-host', 'plugin-docker'],
    boundaries: join(import.meta.dirname, 'boundaries.ts'),
    files: { 'images.json': JSON.stringify(references) },
  })
  const lab: RoundLab = { workspace, images: references }
  const started = performance.now()
  const failures: string[] = []
  const totals = { rounds: 0, missed: 0 }
  let stage: Stage = 'nothing'

  async function play(phase: Phase, strike?: Strike): Promise<Round> {
    const round = await playRound(lab, phase, strike)
    stage = phase.to
    const what = strike ? nameOf(phase, strike) : `${phase.name.padEnd(8)} undisturbed`
    const outcome = round.problems.length > 0 ? 'FAILED' : strike && !round.struck ? 'missed' : 'ok'
    const aside = round.miscounted ? ', after a restart of the engine, which had lost count' : ''
    const line = `${what} -> ${outcome} ${(round.ms / 1000).toFixed(1)} s${aside}`
    report(line)
    if (strike) totals.rounds++
    if (strike && !round.struck) totals.missed++
    if (round.problems.length > 0) {
      failures.push([line, ...round.problems].join('\n'))
      for (const problem of round.problems) report(problem.replace(/^/gm, '    | '))
      await startOver(lab)
      stage = 'nothing'
    }
    return round
  }

  try {
    await startOver(lab)
    const queues = new Map<Phase, Strike[]>()
    const coverage: (Coverage & { struck: Set<string> })[] = []
    for (const [index, phase] of phases.entries()) {
      const { boundaries, strikeMs } = await play(phase)
      const earlier = [...(done ?? [])].filter(
        (name) => name.startsWith(`${phase.name} `) && / after \d+ ms$/.test(name),
      )
      const moments = Math.max(0, Math.floor((MOMENTS + index) / phases.length) - earlier.length)
      const struck = new Set(boundaries.filter((boundary) => done?.has(nameOf(phase, { boundary }))))
      queues.set(phase, strikesOn(boundaries, { moments, ms: strikeMs, seed: seed + index, struck }))
      coverage.push({ phase: phase.name, boundaries, struck, moments: earlier.length })
    }
    if (failures.length > 0) return { coverage, failures, ...totals }
    if (only !== undefined) pick(queues, only)
    else if (rounds !== undefined) sample(queues, rounds, seed)

    const isLate = () => withinMs !== undefined && performance.now() - started > withinMs
    while (!isLate() && [...queues.values()].some((queue) => queue.length > 0)) {
      const index = phases.findIndex(({ from }) => from === stage)
      const phase = phases[index]!
      const strike = queues.get(phase)!.shift()
      const { struck } = await play(phase, strike)
      if (!strike || !struck) continue
      if ('boundary' in strike) coverage[index]!.struck.add(strike.boundary)
      else coverage[index]!.moments++
    }
    return { coverage, failures, ...totals }
  } finally {
    await startOver(lab)
    await lab.workspace.remove()
  }
}

function pick(queues: Map<Phase, Strike[]>, only: string): void {
  const [name = '', ...words] = only.split(/ +/)
  const boundary = words.join(' ')
  const [, afterMs] = /^after (\d+) ms$/.exec(boundary) ?? []
  for (const phase of queues.keys())
    queues.set(phase, phase.name === name ? [afterMs ? { afterMs: Number(afterMs) } : { boundary }] : [])
}

/**
 * Leaves as many strikes as asked for: a few moments, a few reads, and boundaries of what changes something. Each seed takes
 * the next ones in a fixed order of the kinds, so that a row of seeds covers all.
 */
function sample(queues: Map<Phase, Strike[]>, rounds: number, seed: number): void {
  const share = Math.ceil(rounds / queues.size)
  const few = Math.ceil(share / 8)
  for (const [phase, queue] of queues) {
    const kinds = new Map<string, string>()
    for (const strike of queue)
      if ('boundary' in strike && !kinds.has(kindOf(strike.boundary)))
        kinds.set(kindOf(strike.boundary), strike.boundary)
    const inOrder = shuffled([...kinds].sort(byName), random(0)).map(([, boundary]) => boundary)
    const take = (boundaries: readonly string[], count: number): Strike[] =>
      Array.from({ length: Math.min(count, boundaries.length) }, (_, index) => ({
        boundary: boundaries[(seed * count + index) % boundaries.length]!,
      }))
    const reads = take(inOrder.filter(isRead), few)
    const clock = queue.filter((strike) => 'afterMs' in strike).slice(0, few)
    const changing = inOrder.filter((boundary) => !isRead(boundary))
    queues.set(phase, [...take(changing, share - reads.length - clock.length), ...reads, ...clock])
  }
}

const byName = ([a]: [string, string], [b]: [string, string]): number => (a < b ? -1 : 1)

import { execa } from 'execa'
import { restartEngine } from '../rig/engine.ts'
import { imagesLeft, leftInState, lost, remade } from './aftermath.ts'
import { clear, mismatches, observe } from './reality.ts'
import { type Stage, stages, type WantedContainer } from './wanted.ts'
import type { Run, Strike, Workspace } from './workspace.ts'

/** One way from a stage of the lab to another. */
export interface Phase {
  name: 'create' | 'change' | 'destroy'
  from: Stage
  to: Stage
  command: readonly string[]
  /** Whether anything is left to be done. */
  plan: readonly string[]
}

const plan = ['plan', '--detailed-exitcode']
const apply = { command: ['apply', '--yes'], plan }

export const phases: readonly Phase[] = [
  { name: 'create', from: 'nothing', to: 'made', ...apply },
  { name: 'change', from: 'made', to: 'changed', ...apply },
  {
    name: 'destroy',
    from: 'changed',
    to: 'nothing',
    command: ['destroy', '--yes', '--allow-data-loss', 'pages'],
    plan: [...plan, '--destroy'],
  },
]

export interface RoundLab {
  workspace: Workspace
  images: Record<WantedContainer['image'], string>
}

export interface Round {
  /** False when the run ended before the strike was due. */
  struck: boolean
  boundaries: string[]
  /** What was not as it has to be, and after that what the runs said. */
  problems: string[]
  ms: number
  /** The engine lost count of a network's endpoints and was started again, as Lares advised. */
  miscounted: boolean
  /** How long the run took that was to be struck. */
  strikeMs: number
}

/** Runs a phase and kills it, runs it again, and looks whether everything is then as if it had never been killed. */
export async function playRound({ workspace, images }: RoundLab, phase: Phase, strike?: Strike): Promise<Round> {
  const started = performance.now()
  const [from, to] = [stages[phase.from], stages[phase.to]]
  const before = await observe()
  if (phase.from === 'nothing') await workspace.forget()
  await workspace.want(phase.to === 'nothing' ? from : to)
  const first = await workspace.lares(phase.command, strike)
  const problems = first.struck ? await lost(from, to) : []
  const runs = [first]
  if (first.struck) runs.push(await workspace.lares(phase.command))
  const miscounted = runs.at(-1)!.output.includes('[engine_miscounts]')
  // The engine's own fault, whether or not anything was killed: what Lares advises has to help.
  if (miscounted) {
    await restartEngine()
    runs.push(await workspace.lares(phase.command))
  }
  const last = runs.at(-1)!
  if (last.code !== 0) problems.push(`lares ${phase.command.join(' ')}: exit code ${last.code}`)
  else {
    const after = await observe()
    problems.push(
      ...mismatches(after, to, images),
      ...remade(before, after, from, to),
      ...imagesLeft(after, to, images),
    )
    const again = await workspace.lares(phase.plan)
    if (again.code !== 0) {
      problems.push(`lares ${phase.plan.join(' ')}: exit code ${again.code}`)
      runs.push(again)
    }
    problems.push(...leftInState(await workspace.stateFiles(), to))
  }
  return {
    struck: first.struck,
    miscounted,
    boundaries: first.boundaries,
    problems: problems.length > 0 ? [...problems, ...runs.map(told)] : [],
    ms: performance.now() - started,
    strikeMs: first.ms,
  }
}

const told = ({ code, struck, output }: Run, index: number): string =>
  `run ${index + 1} (${struck ? 'killed' : `exit code ${code}`}): ${output}`

/** Brings engine and lab back to where nothing was ever applied, behind the product's back. */
export async function startOver({ workspace, images }: RoundLab): Promise<void> {
  await clear()
  await execa('docker', ['image', 'rm', '--force', images.busyboxNext], { timeout: 60_000 })
  await workspace.forget()
}

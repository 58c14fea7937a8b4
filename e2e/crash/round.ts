import { clear, listContainers, mismatches, observe, type Reality } from './reality.ts'
import { passage, type Stage, stages, type Wanted, type WantedContainer } from './wanted.ts'
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
  const problems = first.struck ? await lost(phase, before) : []
  const runs = [first]
  if (first.struck) runs.push(await workspace.lares(phase.command))
  const last = runs.at(-1)!
  if (last.code !== 0) problems.push(`lares ${phase.command.join(' ')}: exit code ${last.code}`)
  else {
    const after = await observe()
    problems.push(
      ...mismatches(after, to, images),
      ...remade(before, after, from, to),
      ...imageProblems(after, to, images),
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
    boundaries: first.boundaries,
    problems: problems.length > 0 ? [...problems, ...runs.map(told)] : [],
    ms: performance.now() - started,
    strikeMs: first.ms,
  }
}

const told = ({ code, struck, output }: Run, index: number): string =>
  `run ${index + 1} (${struck ? 'killed' : `exit code ${code}`}): ${output}`

/** Containers that the user is without right after the crash, though they were there before and are wanted after. */
async function lost(phase: Phase, before: Reality): Promise<string[]> {
  if (phase.from === 'nothing' || phase.to === 'nothing') return []
  const now = await listContainers()
  const { kept, swapped } = passage(stages[phase.from], stages[phase.to])
  const isUp = (...names: string[]) => names.some((name) => now.get(name) === 'running')
  const isThere = (...names: string[]) => names.some((name) => now.has(name))
  const inTurn = ({ port, volume }: WantedContainer) => port !== undefined || volume !== undefined
  return [
    ...kept.filter(([from, to]) => !isUp(from, to)).map(([from]) => `${from} does not run after the crash`),
    ...swapped.flatMap((name) => {
      const pair = [name, `${name}.lares-next`]
      if (!isThere(...pair)) return [`neither the old nor the new ${name} is there after the crash`]
      if (isUp(...pair) || inTurn(stages[phase.to].containers[name]!)) return []
      return [`neither the old nor the new ${name} runs after the crash`]
    }),
  ].map((problem) => `${problem} (${before.containers.size} containers before)`)
}

/** What had no reason to be made anew, and was. */
function remade(before: Reality, after: Reality, from: Wanted, to: Wanted): string[] {
  const { kept } = passage(from, to)
  const containers = kept.filter(([old, name]) => {
    const [was, is] = [before.containers.get(old)?.Id, after.containers.get(name)?.Id]
    return was !== undefined && is !== undefined && was !== is
  })
  const volumes = to.volumes.filter((name) => {
    const was = before.volumes.get(name)
    return was !== undefined && after.volumes.get(name) !== was
  })
  return [...containers.map(([, name]) => name), ...volumes].map((name) => `${name} was made anew`)
}

/** Images that are no longer wanted, or not there. The one of the first stage was on the engine before the lab was. */
function imageProblems({ images }: Reality, to: Wanted, references: RoundLab['images']): string[] {
  const wanted = Object.values(to.containers).some(({ image }) => image === 'busyboxNext')
  const there = images.has(references.busyboxNext)
  return [
    ...(there === wanted ? [] : [`the image busyboxNext ${there ? 'was left' : 'is gone'}`]),
    ...(images.has(references.busybox) ? [] : ['the image busybox is gone']),
  ]
}

/** What a run has to have tidied up in `.lares`, and records that do not match what is wanted. */
function leftInState(files: ReadonlyMap<string, string>, to: Wanted): string[] {
  const expected = ['.gitignore', 'key', 'state.json']
  const others = [...files.keys()].filter((name) => !expected.includes(name) && !isHarmless(name, files))
  const missing = expected.filter((name) => !files.has(name))
  const { resources, kept } = JSON.parse(files.get('state.json') ?? '{}') as Record<string, Record<string, object>>
  const containers = Object.values(to.containers)
  const addresses = [
    ...new Set(containers.map(({ image }) => image)),
    ...[...Object.keys(to.containers), ...Object.keys(to.networks), ...to.volumes],
  ]
  const recorded = Object.keys(resources ?? {})
  const pending = Object.entries(resources ?? {}).filter(([, record]) => 'pending' in record || 'deposed' in record)
  return [
    ...others.map((name) => `.lares/${name} was left`),
    ...missing.map((name) => `.lares/${name} is missing`),
    ...(files.get('.gitignore')?.includes('key\n') ? [] : ['.lares/.gitignore does not hide the key']),
    ...addresses.filter((address) => !recorded.includes(address)).map((address) => `${address} is not recorded`),
    ...recorded.filter((address) => !addresses.includes(address)).map((address) => `${address} is still recorded`),
    ...Object.keys(kept ?? {}).map((address) => `${address} is recorded as kept`),
    ...pending.map(([address]) => `${address} is recorded as unfinished`),
  ]
}

/** A draft of the key, or a journal from before the snapshot, which the next one that is begun replaces. */
function isHarmless(name: string, files: ReadonlyMap<string, string>): boolean {
  const serialIn = (text = '') => Number(/"serial":\s*(\d+)/.exec(text)?.[1])
  if (name === 'journal.ndjson') return serialIn(files.get(name)) < serialIn(files.get('state.json'))
  return /^key\.[0-9a-f]+\.tmp$/.test(name)
}

/** Brings engine and lab back to where nothing was ever applied, behind the product's back. */
export async function startOver({ workspace }: RoundLab): Promise<void> {
  await clear()
  await workspace.forget()
}

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

/** What one thing took: seconds by the clock, and processor seconds where whole processes were measured. */
export interface Measured {
  seconds: number
  cpu?: number
}

/** One line of a benchmark's table. */
export interface Row {
  name: string
  /** A bare program that does the least work that gives the same result. */
  floor: Measured
  lares: Measured
  /** The ratio of `lares` to `floor` that we aim at. */
  aim?: number
  /** Where they are installed. */
  peers?: Record<string, Measured>
  note?: string
}

export interface Ran extends Measured {
  cpu: number
  stdout: string
}

export interface RunOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** Milliseconds; ten minutes unless told. */
  timeout?: number
  /** Shows what the program writes to its standard error as it comes. */
  showErrors?: boolean
}

/** Runs a program to its end; one at a time, because its processor time is told by what all children have used. Rejects when it fails. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const [began, used] = [performance.now(), childrenSeconds()]
    // `node` is the one that this runs on, not an older one on PATH.
    const child = spawn(command === 'node' ? process.execPath : command, args, {
      stdio: ['ignore', 'pipe', options.showErrors ? 'inherit' : 'pipe'],
      timeout: 600_000,
      ...options,
    })
    let [stdout, stderr] = ['', '']
    child.stdout?.on('data', (data) => (stdout += data))
    child.stderr?.on('data', (data) => (stderr += data))
    child.on('error', reject)
    child.on('close', (code) => {
      const seconds = (performance.now() - began) / 1000
      if (code === 0) resolve({ seconds, cpu: childrenSeconds() - used, stdout })
      else reject(new Error(`${command} ${args.join(' ')} ended with code ${code}\n${stderr || stdout}`))
    })
  })
}

/** Processor seconds of all processes that this one started and that have ended; NaN where there is no procfs. */
function childrenSeconds(): number {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ')
    const ticksPerSecond = 100
    return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond
  } catch {
    return Number.NaN
  }
}

/** Runs in this process. */
export async function timed(work: () => Promise<unknown>): Promise<Measured> {
  const began = performance.now()
  await work()
  return { seconds: (performance.now() - began) / 1000 }
}

/** Of each several runs: the median of the seconds, the mean of the processor seconds (the system counts hundredths). */
export function middle(runs: readonly Measured[]): Measured {
  const seconds = runs.map((each) => each.seconds).sort((a, b) => a - b)[Math.floor(runs.length / 2)]!
  const cpu = runs.reduce((sum, each) => sum + (each.cpu ?? Number.NaN), 0) / runs.length
  return Number.isNaN(cpu) ? { seconds } : { seconds, cpu }
}

/** Takes turns, so that what disturbs the machine disturbs all alike. A first round warms up and is not counted. */
export async function takeTurns<K extends string>(
  rounds: number,
  runs: Record<K, () => Promise<Measured>>,
): Promise<Record<K, Measured>> {
  const names = Object.keys(runs) as K[]
  const measured = new Map<K, Measured[]>(names.map((name) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const one = await runs[name]()
      if (round >= 0) measured.get(name)!.push(one)
    }
  }
  return Object.fromEntries([...measured].map(([name, list]) => [name, middle(list)])) as Record<K, Measured>
}

export const ratio = ({ floor, lares }: Row): number => lares.seconds / floor.seconds

import { spawn } from 'node:child_process'
import { performance } from 'node:perf_hooks'

/** One line of a benchmark's table. Seconds; `ratio` is ours over the floor. */
export interface Row {
  name: string
  floor: number
  lares: number
  ratio: number
  /** What we aim at. */
  aim?: number
  /** Seconds of peers, where they are installed. */
  peers?: Record<string, number>
  note?: string
}

export interface Ran {
  seconds: number
  stdout: string
}

/** Runs a program to its end. Rejects when it fails. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    // `node` is the one that this runs on, not an older one on PATH.
    const child = spawn(command === 'node' ? process.execPath : command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 600_000,
      ...options,
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (data) => (stdout += data))
    child.stderr.on('data', (data) => (stderr += data))
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve({ seconds: (performance.now() - began) / 1000, stdout })
      else reject(new Error(`${command} ${args.join(' ')} ended with code ${code}\n${stderr || stdout}`))
    })
  })
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!

/** Takes turns, so that what disturbs the machine disturbs all alike; the median of each. */
export async function takeTurns<K extends string>(
  rounds: number,
  runs: Record<K, () => Promise<number>>,
): Promise<Record<K, number>> {
  const seconds = new Map<K, number[]>()
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(runs) as K[]) seconds.set(name, [...(seconds.get(name) ?? []), await runs[name]()])
  }
  return Object.fromEntries([...seconds].map(([name, values]) => [name, median(values)])) as Record<K, number>
}

export const row = (name: string, floor: number, lares: number, more: Partial<Row> = {}): Row => ({
  name,
  floor,
  lares,
  ratio: lares / floor,
  ...more,
})

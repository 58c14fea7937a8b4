import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { until } from './rig/wait.ts'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** A folder with a config, and the command as its user runs it there. */
export interface Lab {
  directory: string
  /** Runs `lares` to its end; `text` is all that it printed. */
  lares(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string; text: string }>
  /** Kills it (SIGKILL) as soon as this has come about. Throws when it ends before that. */
  laresKilled(when: () => Promise<boolean>, ...args: string[]): Promise<void>
  remove(): Promise<void>
}

/** Makes a lab of these files beside an example, whose packages it so finds. Ends a command after `minutes`, 2 unless told. */
export async function labBeside(
  example: string,
  files: Record<string, string>,
  { env = {}, minutes = 2 }: { env?: Record<string, string>; minutes?: number } = {},
): Promise<Lab> {
  const directory = await mkdtemp(join(root, 'examples', example, '.lares-e2e-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
  const timeout = minutes * 60_000
  const run = (args: string[]) => {
    const line = ['--conditions=lares-source', join(root, 'apps/cli/src/main.ts'), ...args]
    const options = { cwd: directory, env, reject: false, timeout, stdin: 'ignore', all: true } as const
    return execa(process.execPath, line, options)
  }
  return {
    directory,
    async lares(...args) {
      const { exitCode = -1, stdout, stderr, all } = await run(args)
      return { exitCode, stdout, stderr, text: all }
    },
    async laresKilled(when, ...args) {
      const running = run(args)
      const isEnded = running.then(() => true)
      const signal = AbortSignal.timeout(timeout)
      const isDue = async () => (await Promise.race([isEnded, when()])) === true
      await until(`what it is killed at: ${args.join(' ')}`, isDue, { seconds: timeout / 1000, signal })
      running.kill('SIGKILL')
      const { signal: killedBy, all } = await running
      if (killedBy !== 'SIGKILL') throw new Error(`It had ended before it was killed: ${all}`)
    },
    remove: () => rm(directory, { recursive: true }),
  }
}

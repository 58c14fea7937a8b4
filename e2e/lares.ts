import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** A folder with a config, and the command as its user runs it there. */
export interface Lab {
  directory: string
  /** Runs `lares` to its end; `text` is all that it printed. */
  lares(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string; text: string }>
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
  return {
    directory,
    async lares(...args) {
      const line = ['--conditions=lares-source', join(root, 'apps/cli/src/main.ts'), ...args]
      const options = {
        cwd: directory,
        env,
        reject: false,
        timeout: minutes * 60_000,
        stdin: 'ignore',
        all: true,
      } as const
      const { exitCode = -1, stdout, stderr, all } = await execa(process.execPath, line, options)
      return { exitCode, stdout, stderr, text: all }
    },
    remove: () => rm(directory, { recursive: true }),
  }
}

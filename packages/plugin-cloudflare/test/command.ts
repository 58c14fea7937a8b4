import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** How one run of the command ended. */
export interface Run {
  /** Undefined when it was killed. */
  code: number | undefined
  text: string
  stdout: string
}

export interface RunOptions {
  env?: Record<string, string>
  /** Told as soon as it runs. */
  started?(pid: number): void
  /** Loaded before anything else. */
  load?: string
}

/** A folder with a config, and the real command in it. */
export interface CommandLab {
  directory: string
  run(args: readonly string[], options?: RunOptions): Promise<Run>
  /** Texts of all files in it, those of `.lares` included, by path. */
  files(): Promise<Map<string, string>>
  write(name: string, text: string): Promise<void>
  /** As if it had never been applied. */
  forget(): Promise<void>
  remove(): Promise<void>
}

/** A lab of this config, which reads its own environment. */
export async function commandLab(config: string, env: Record<string, string>): Promise<CommandLab> {
  const directory = await mkdtemp(join(import.meta.dirname, '.lares-e2e-'))
  const write = (name: string, text: string) => writeFile(join(directory, name), text)
  await write('lares.config.ts', config)
  return {
    directory,
    write,
    async run(args, { env: more = {}, started, load } = {}) {
      const loaded = load === undefined ? [] : [`--import=${load}`]
      const line = ['--conditions=lares-source', ...loaded, join(root, 'apps/cli/src/main.ts'), ...args]
      const running = execa(process.execPath, line, {
        cwd: directory,
        env: { NO_COLOR: '1', ...env, ...more },
        stdin: 'ignore',
        all: true,
        reject: false,
        timeout: 120_000,
        killSignal: 'SIGKILL',
      })
      if (running.pid !== undefined) started?.(running.pid)
      const { exitCode, all, stdout, timedOut } = await running
      return { code: exitCode, text: timedOut ? `${all}\ntook too long` : all, stdout }
    },
    async files() {
      const found = await readdir(directory, { withFileTypes: true, recursive: true })
      const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
      return new Map(
        await Promise.all(files.map(async (file) => [file, await readFile(file, 'latin1')] as [string, string])),
      )
    },
    forget: () => rm(join(directory, '.lares'), { recursive: true, force: true }),
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

const repository = join(import.meta.dirname, '../..')

/** How one run of `lares` ended. */
export interface Run {
  code: number | undefined
  /** True when it was killed as it was meant to be. */
  struck: boolean
  output: string
  /** Every boundary that it crossed, in order. */
  boundaries: string[]
  ms: number
}

/** What kills a run: a boundary, or the clock. */
export type Strike = { boundary: string } | { afterMs: number }

/** A lab in a folder of its own, with copies of the packages as they are built now. */
export interface Workspace {
  /** Writes what the lab is to be from now on, which its config reads. */
  want(wanted: object): Promise<void>
  /** Runs the real command without a terminal. */
  lares(args: readonly string[], strike?: Strike): Promise<Run>
  /** Texts of the files of `.lares`, by name. */
  stateFiles(): Promise<ReadonlyMap<string, string>>
  /** Makes it a lab that was never applied. */
  forget(): Promise<void>
  remove(): Promise<void>
}

export interface WorkspaceOptions {
  /** The folder with the lab's config. */
  lab: string
  /** Of this repository, such as `plugin-docker`: those that the config imports, and what they depend on. */
  packages: readonly string[]
  /** What is loaded into each process: it tells and strikes boundaries. */
  boundaries: string
  /** Time for one run; four minutes unless told. */
  timeoutMs?: number
  /** Texts of further files of the lab, by name. */
  files?: Readonly<Record<string, string>>
}

export async function createWorkspace({
  lab: source,
  packages,
  boundaries,
  timeoutMs = 240_000,
  files = {},
}: WorkspaceOptions): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), 'lares-crash-'))
  const lab = join(folder, 'lab')
  const trace = join(folder, 'boundaries')
  const state = join(lab, '.lares')
  await install(join(folder, 'node_modules'), packages)
  await cp(source, lab, { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(lab, name), text)
  const command = [`--import=${boundaries}`, join(folder, 'node_modules/lares/bin/lares.mjs')]

  return {
    want: (wanted) => writeFile(join(lab, 'wanted.json'), JSON.stringify(wanted)),

    async lares(args, strike) {
      await writeFile(trace, '')
      const started = performance.now()
      const at = strike && 'boundary' in strike ? { CRASH_AT: strike.boundary } : {}
      const running = execa(process.execPath, [...command, ...args], {
        cwd: lab,
        env: { CRASH_TRACE: trace, NO_COLOR: '1', ...at },
        stdin: 'ignore',
        all: true,
        reject: false,
        timeout: timeoutMs,
      })
      const timer =
        strike && 'afterMs' in strike ? setTimeout(() => running.kill('SIGKILL'), strike.afterMs) : undefined
      const { exitCode, signal, all, timedOut } = await running
      clearTimeout(timer)
      return {
        code: exitCode,
        struck: signal === 'SIGKILL' && !timedOut,
        output: timedOut ? `${all}\nended after ${timeoutMs} ms` : all,
        boundaries: (await readFile(trace, 'utf8')).split('\n').slice(0, -1),
        ms: performance.now() - started,
      }
    },

    async stateFiles() {
      const found = await readdir(state, { withFileTypes: true })
      const files = found.filter((entry) => entry.isFile())
      return new Map(
        await Promise.all(
          files.map(async ({ name }) => [name, await readFile(join(state, name), 'utf8')] as [string, string]),
        ),
      )
    },

    forget: () => rm(state, { recursive: true, force: true }),
    remove: () => rm(folder, { recursive: true }),
  }
}

/** The packages are copied, so that a build during the rounds changes nothing for them; what they depend on is linked. */
async function install(modules: string, packages: readonly string[]): Promise<void> {
  const own = [
    { name: 'lares', from: 'apps/cli', parts: ['package.json', 'bin', 'dist'] },
    ...packages.map((name) => ({ name: `@lares/${name}`, from: `packages/${name}`, parts: ['package.json', 'dist'] })),
  ]
  for (const { name, from, parts } of own) {
    await mkdir(join(modules, name), { recursive: true })
    for (const part of parts)
      await cp(join(repository, from, part), join(modules, name, part), { recursive: true }).catch((error: unknown) => {
        throw new Error(`${name} is not built: npm run build`, { cause: error })
      })
  }
  for (const name of await readdir(join(repository, 'node_modules')))
    if (!['lares', '@lares'].includes(name) && !name.startsWith('.'))
      await symlink(join(repository, 'node_modules', name), join(modules, name))
}

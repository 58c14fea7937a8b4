import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'

const repository = join(import.meta.dirname, '../../..')
const main = join(import.meta.dirname, '../src/main.ts')

export interface Outcome {
  code: number | null
  out: string
  err: string
}

export interface RunOptions {
  env?: Record<string, string>
  /** What is piped into it. */
  input?: string
  /** Called with what was written to the error stream so far. */
  onErr?(text: string, child: ChildProcess): void
}

/** A lab in a directory of its own, in which the packages of this repository are installed. Gone when the test ends. */
export interface TestLab {
  directory: string
  shelf: string
  path(name: string): string
  write(files: Record<string, string>): Promise<void>
  read(name: string): Promise<string>
  /** Runs the real command here. Paths of this machine are left out of what it wrote. */
  run(args: string, options?: RunOptions): Promise<Outcome>
}

export async function testLab(files: Record<string, string> = {}): Promise<TestLab> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'lares-cli-')))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const modules = join(directory, 'node_modules')
  await mkdir(modules)
  await symlink(join(repository, 'node_modules/@lares'), join(modules, '@lares'))
  await symlink(join(repository, 'node_modules/zod'), join(modules, 'zod'))
  await symlink(join(import.meta.dirname, 'plugin-files'), join(modules, 'lares-plugin-files'))
  const lab: TestLab = {
    directory,
    shelf: join(directory, 'shelf'),
    path: (name) => join(directory, name),
    async write(texts) {
      for (const [name, text] of Object.entries(texts)) {
        await mkdir(dirname(join(directory, name)), { recursive: true })
        await writeFile(join(directory, name), text)
      }
    },
    read: (name) => readFile(join(directory, name), 'utf8'),
    run: (args, options) => run(directory, args.split(' ').filter(Boolean), options),
  }
  await lab.write(files)
  return lab
}

/** A lab in YAML on one shelf; `resources` is indented by two. */
export const yamlLab = async (resources: string): Promise<TestLab> =>
  await testLab({ 'lares.yaml': onShelf(resources) })

export const onShelf = (resources: string): string => `name: home
plugins: [lares-plugin-files]
resources:
  shelf: { type: files.shelf, path: ./shelf }
${resources}`

async function run(directory: string, args: string[], { env = {}, input, onErr }: RunOptions = {}): Promise<Outcome> {
  const { FORCE_COLOR: _, NO_COLOR: __, ...rest } = process.env
  const child = spawn(process.execPath, ['--conditions=lares-source', main, ...args], {
    cwd: directory,
    env: { ...rest, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  }) as ChildProcess & { stdout: Readable; stderr: Readable }
  child.stdin?.end(input)
  const texts = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.err += text
    onErr?.(texts.err, child)
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out: steady(texts.out, directory), err: steady(texts.err, directory) }
}

/** Without what differs from run to run and from machine to machine. */
const steady = (text: string, directory: string): string =>
  text
    .replaceAll(directory, '<lab>')
    .replaceAll(repository, '<repository>')
    .replace(/Node \d+\.\d+\.\d+/g, 'Node <version>')
    .replace(/\b(\d+ms|\d+\.\d+s)\b/g, '<time>')

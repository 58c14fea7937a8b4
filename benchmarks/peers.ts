/** Where the benchmarks find other tools, and how `--peers` fetches them, aside from the machine's own packages. */
import { constants } from 'node:fs'
import { access, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { composeCommand, fetchCompose, peersCache } from '../e2e/rig/compose.ts'

const debian = join(peersCache, 'debian')
const alchemy = join(peersCache, 'alchemy')

/** A command line, and the environment that it needs. */
export interface Tool {
  command: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
}

export interface Tools {
  /** Compose v2. */
  compose?: Tool
  /** docker-compose 1.29. */
  composeV1?: Tool
  ansible?: Tool
  /** The folder of Ansible's plugin that keeps Python running on the host. */
  mitogen?: string
  /** The folder in which `alchemy` can be imported. */
  alchemy?: string
}

/** The peers that were fetched, and those on PATH. */
export async function findTools(): Promise<Tools> {
  const python = { PYTHONPATH: join(debian, 'usr/lib/python3/dist-packages') }
  const unpacked = async (name: string): Promise<Tool | undefined> => {
    const file = join(debian, 'usr/bin', name)
    return (await isThere(file)) ? { command: '/usr/bin/python3', args: [file], env: python } : undefined
  }
  const compose = (await isThere(composeCommand))
    ? { command: composeCommand, args: [], env: {} }
    : await onPath('docker-compose', /v?2\./)
  const composeV1 = (await unpacked('docker-compose')) ?? (await onPath('docker-compose', /1\.29/))
  const ansible = (await unpacked('ansible-playbook')) ?? (await onPath('ansible-playbook', /ansible/))
  const mitogen = join(debian, 'usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy')
  return {
    ...(compose && { compose }),
    ...(composeV1 && { composeV1 }),
    ...(ansible && { ansible }),
    ...((await isThere(mitogen)) && { mitogen }),
    ...((await isThere(join(alchemy, 'node_modules/alchemy/package.json'))) && { alchemy }),
  }
}

/** Fetches every peer that is not there yet: Debian's packages, unpacked and not installed, and npm's. Tells of what could not be had. */
export async function fetchTools(tell: (line: string) => void): Promise<void> {
  try {
    if (await fetchCompose(AbortSignal.timeout(limits.timeout))) tell(`fetched ${composeCommand}`)
  } catch (error) {
    tell(`cannot fetch Compose v2: ${reason(error)}`)
  }
  for (const [folder, fetch] of [
    [debian, fetchDebian],
    [alchemy, fetchAlchemy],
  ] as const) {
    if (await isThere(folder)) continue
    const fresh = `${folder}.${process.pid}`
    try {
      await mkdir(fresh, { recursive: true })
      await fetch(fresh)
      await rename(fresh, folder)
      tell(`fetched ${folder}`)
    } catch (error) {
      await rm(fresh, { recursive: true, force: true })
      tell(`cannot fetch ${folder}: ${reason(error)}`)
    }
  }
}

const reason = (error: unknown) =>
  error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : String(error)

const limits = { timeout: 900_000, env: { LC_ALL: 'C' } }

/** docker-compose 1.29 and Ansible with what they need beyond the packages that the machine has. */
async function fetchDebian(folder: string): Promise<void> {
  const downloads = join(folder, 'downloads')
  await mkdir(join(downloads, 'partial'), { recursive: true })
  const options = ['-q', '-y', '--no-install-recommends', '--download-only', '-o', `Dir::Cache::archives=${downloads}`]
  const packages = ['docker-compose', 'ansible', 'ansible-mitogen', 'python3-docker', 'python3-requests']
  await execa('apt-get', ['-q', 'update'], limits)
  await execa('apt-get', [...options, '-o', 'APT::Sandbox::User=root', 'install', ...packages], limits)
  await unpack(downloads, folder)
  await rm(downloads, { recursive: true })
}

async function unpack(downloads: string, folder: string): Promise<void> {
  const files = (await readdir(downloads)).filter((name) => name.endsWith('.deb'))
  for (const file of files) {
    await execa('dpkg-deb', ['-x', join(downloads, file), folder], limits)
    await rm(join(downloads, file))
  }
}

async function fetchAlchemy(folder: string): Promise<void> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  await execa('npm', ['install', '--no-audit', '--no-fund', 'alchemy@0.94'], { ...limits, cwd: folder })
}

async function onPath(command: string, version: RegExp): Promise<Tool | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, command)
    if (!(await isThere(file))) continue
    const { stdout } = await execa(file, ['--version'], { reject: false, timeout: 30_000 })
    if (version.test(stdout)) return { command: file, args: [], env: {} }
  }
  return undefined
}

const isThere = (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  )

if (import.meta.main) await fetchTools((line) => process.stdout.write(`${line}\n`))

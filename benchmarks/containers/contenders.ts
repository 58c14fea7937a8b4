import { cp, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ran, type RunOptions, run } from '../measure.ts'
import type { Tool, Tools } from '../peers.ts'
import { composeProject } from './compose/project.ts'

export const verbs = ['create', 'no-op', 'change', 'destroy'] as const
export type Verb = (typeof verbs)[number]

export interface Setting {
  count: number
  image: string
  /** Where a contender keeps its files, one folder for each. */
  folder: string
}

/** Something that makes, leaves, changes and removes the containers. */
export interface Contender {
  name: string
  /** So slow that one round tells enough. */
  slow?: boolean
  prepare?(setting: Setting): Promise<void>
  run(verb: Verb, setting: Setting): Promise<Ran>
}

const local = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const nodeModules = local('../../node_modules')
/** What one container gets as VERSION: the first value is what it is created with. */
const versionOf = (verb: Verb): string => (verb === 'change' ? '2' : '1')

function within({ count, image, folder }: Setting, verb: Verb, env: NodeJS.ProcessEnv = {}): RunOptions {
  const wanted = { BENCH_COUNT: String(count), BENCH_IMAGE: image, BENCH_VERSION: versionOf(verb) }
  return { cwd: folder, env: { ...process.env, ...wanted, ...env } }
}

export const floor: Contender = {
  name: 'floor',
  run: (verb, setting) => run('node', [local('floor.ts'), verb], within(setting, verb)),
}

const laresArguments: Record<Verb, readonly string[]> = {
  create: ['apply', '--yes'],
  'no-op': ['plan', '--detailed-exitcode'],
  change: ['apply', '--yes'],
  destroy: ['destroy', '--yes'],
}

export const lares: Contender = {
  name: 'lares',
  async prepare({ folder }) {
    await cp(local('lares/lares.config.ts'), join(folder, 'lares.config.ts'))
    await symlink(nodeModules, join(folder, 'node_modules'))
  },
  run: (verb, setting) => run(join(nodeModules, '.bin/lares'), laresArguments[verb], within(setting, verb)),
}

/** The project that Compose gets, from the same file. */
export const laresProject: Contender = {
  ...lares,
  name: 'lares',
  async prepare({ folder }) {
    await cp(local('lares/project.config.ts'), join(folder, 'lares.config.ts'))
    await symlink(nodeModules, join(folder, 'node_modules'))
  },
  async run(verb, setting) {
    await writeProject(verb, setting)
    return await lares.run(verb, setting)
  },
}

async function writeProject(verb: Verb, { folder, count, image }: Setting): Promise<string> {
  const file = join(folder, 'compose.json')
  await writeFile(file, composeProject(count, image, versionOf(verb)))
  return file
}

/** Those of the peers that are there. */
export function peers({ compose, composeV1, ansible, mitogen, alchemy }: Tools): Contender[] {
  const python = ansible && playbook('Ansible', ansible)
  return [
    ...(compose ? [project('Compose v2', compose)] : []),
    ...(composeV1 ? [project('docker-compose 1.29', composeV1)] : []),
    ...(alchemy === undefined ? [] : [alchemyIn(alchemy)]),
    ...(ansible && mitogen !== undefined
      ? [
          playbook('Ansible + mitogen', ansible, {
            ANSIBLE_STRATEGY: 'mitogen_linear',
            ANSIBLE_STRATEGY_PLUGINS: mitogen,
          }),
        ]
      : []),
    ...(python ? [python] : []),
  ]
}

const project = (name: string, { command, args, env }: Tool): Contender => ({
  name,
  async run(verb, setting) {
    const file = await writeProject(verb, setting)
    const words = verb === 'destroy' ? ['down'] : ['up', '-d']
    return await run(command, [...args, '-p', 'bench', '-f', file, ...words], within(setting, verb, env))
  },
})

const playbook = (name: string, { command, args, env }: Tool, more: NodeJS.ProcessEnv = {}): Contender => ({
  name,
  slow: true,
  run(verb, setting) {
    const state = verb === 'destroy' ? 'absent' : 'started'
    const { count, image } = setting
    const vars = JSON.stringify({ count, image, state, version: versionOf(verb), ansible_python_interpreter: command })
    const words = ['-i', 'localhost,', '-e', vars, local('ansible/playbook.yaml')]
    const quiet = { ANSIBLE_LOCALHOST_WARNING: 'false', ANSIBLE_HOME: setting.folder }
    return run(command, [...args, ...words], within(setting, verb, { ...env, ...more, ...quiet }))
  },
})

const alchemyIn = (folder: string): Contender => ({
  name: 'alchemy',
  slow: true,
  async prepare({ folder: own }) {
    await cp(local('alchemy/alchemy.run.mjs'), join(own, 'alchemy.run.mjs'))
    await symlink(join(folder, 'node_modules'), join(own, 'node_modules'))
  },
  run(verb, setting) {
    const words = ['alchemy.run.mjs', ...(verb === 'destroy' ? ['destroy'] : [])]
    return run('node', words, within(setting, verb, { ALCHEMY_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }))
  },
})

import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as lab from './hosts/lab.ts'
import { startMachines } from './hosts/machines.ts'
import { type Measured, type Row, run, takeTurns } from './measure.ts'
import { findTools, type Tool } from './peers.ts'

const count = Number(process.env.BENCH_MACHINES ?? 20)
const rounds = Number(process.env.BENCH_ROUNDS ?? 5)

/** 20 machines behind SSH with 30 resources each, planned without change, against one command on each of them. */
export default async function hosts(): Promise<Row[]> {
  const enter = fileURLToPath(new URL('../e2e/rig/enter.ts', import.meta.url))
  const words = [enter, '--', 'node', import.meta.filename]
  const { stdout } = await run('node', words, { showErrors: true, timeout: 3_600_000 })
  return JSON.parse(stdout) as Row[]
}

const local = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const nodeModules = local('../node_modules')

async function compare(): Promise<Row[]> {
  const cwd = await mkdtemp('/var/tmp/lares-bench-')
  try {
    const started = await startMachines(count)
    await writeFile(join(cwd, 'machines.json'), JSON.stringify(started))
    await cp(local('hosts/lares.config.ts'), join(cwd, 'lares.config.ts'))
    await symlink(nodeModules, join(cwd, 'node_modules'))
    const env = { ...process.env, BENCH_LAB: local('hosts/lab.ts') }
    const lares = (...words: string[]) => run(join(nodeModules, '.bin/lares'), words, { cwd, env })
    const floor = () => run('node', [local('hosts/floor.ts')], { cwd })
    const taken = await lares('apply', '--yes')
    process.stderr.write(`taken over in ${taken.seconds.toFixed(2)} s\n`)
    const measured = await takeTurns(rounds, { floor, lares: () => lares('plan', '--detailed-exitcode') })
    const { ansible } = process.env.BENCH_ALONE ? {} : await findTools()
    const peers: Record<string, Measured> = {}
    if (ansible) peers.Ansible = await playbook(ansible, cwd, started)
    return [{ name: `${count} machines with 30 resources each: no-op`, ...measured, aim: 1.3, peers }]
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
}

/** One round tells enough: it takes minutes. */
async function playbook({ command, args, env }: Tool, cwd: string, started: Awaited<ReturnType<typeof startMachines>>) {
  const common = '-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR'
  const login = `ansible_user=root ansible_ssh_private_key_file=${started.identityFile} ansible_python_interpreter=${command}`
  const inventory = started.machines.map(({ name, address }) => `${name} ansible_host=${address} ${login}\n`).join('')
  await writeFile(join(cwd, 'inventory'), inventory)
  await writeFile(join(cwd, 'vars.json'), JSON.stringify(lab))
  const words = [
    '-i',
    'inventory',
    '--check',
    '--forks',
    String(count),
    '-e',
    '@vars.json',
    local('hosts/ansible/playbook.yaml'),
  ]
  const settings = {
    ANSIBLE_HOME: cwd,
    ANSIBLE_PIPELINING: 'true',
    ANSIBLE_SSH_ARGS: `-C -o ControlMaster=auto -o ControlPersist=60s ${common}`,
  }
  const { seconds, cpu } = await run(command, [...args, ...words], {
    cwd,
    env: { ...process.env, ...env, ...settings },
    timeout: 1_800_000,
  })
  return { seconds, cpu }
}

if (import.meta.main) process.stdout.write(JSON.stringify(await compare()))

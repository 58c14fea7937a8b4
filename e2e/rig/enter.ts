import { spawn } from 'node:child_process'
import { readdir, rmdir, stat } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gateway } from './layout.ts'
import { prepareRig } from './prepare.ts'

const cgroups = '/sys/fs/cgroup'
const isolation = ['--mount', '--net', '--uts', '--ipc', '--pid', '--fork', '--mount-proc', '--propagation', 'private']

/** Runs a command inside a rig of its own and returns its exit code; nothing of the rig is left afterwards. */
async function enter(command: readonly string[]): Promise<number> {
  const cgroupParent = `/lares-rig-${process.pid}`
  const [init, up] = ['rig-init.sh', 'up.ts'].map((name) => fileURLToPath(new URL(name, import.meta.url)))
  const inside = [
    'bash',
    init!,
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    up!,
    cgroupParent,
    ...command,
  ]
  // Should this process be killed, the namespaces' first process goes with it, and everything in them with that.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--kill-child', ...isolation, ...inside], {
    stdio: 'inherit',
    env: { ...process.env, RIG_GATEWAY: gateway, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  })
  process.on('SIGINT', () => {})
  for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill('SIGKILL'))
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => resolve(status ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
  await removeCgroups(cgroupParent.slice(1))
  return code
}

async function removeCgroups(name: string): Promise<void> {
  const hierarchies = [cgroups, ...(await readdir(cgroups)).map((each) => join(cgroups, each))]
  await Promise.all(hierarchies.map((hierarchy) => removeTree(join(hierarchy, name))))
}

/** Removes a cgroup and those under it; a cgroup is busy for a moment after its last process was killed. */
async function removeTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(folder, entry.name))
  for (let attempt = 0; attempt < 40; attempt++) {
    const { code } = await rmdir(folder).then(
      () => ({ code: undefined }),
      (error: NodeJS.ErrnoException) => error,
    )
    if (code !== 'EBUSY') return
    await delay(50)
  }
}

/** Rigs that were killed before they could tidy up leave empty cgroups. */
async function removeStaleCgroups(): Promise<void> {
  const hierarchies = [cgroups, ...(await readdir(cgroups)).map((each) => join(cgroups, each))]
  const names = await Promise.all(hierarchies.map((hierarchy) => readdir(hierarchy).catch(() => [])))
  for (const name of new Set(names.flat())) {
    const pid = /^lares-rig-(\d+)$/.exec(name)?.[1]
    if (pid !== undefined && !(await stat(`/proc/${pid}`).catch(() => undefined))) await removeCgroups(name)
  }
}

const separator = process.argv.indexOf('--')
const command = separator < 0 ? [] : process.argv.slice(separator + 1)
if (command.length === 0) {
  console.error('usage: node e2e/rig/enter.ts -- <command...>')
  process.exit(64)
}
try {
  const installed = await prepareRig(AbortSignal.timeout(900_000))
  if (installed.length > 0) console.error(`rig  installed ${installed.join(', ')}`)
} catch (error) {
  console.error(`rig  ${error instanceof Error ? error.message : error}`)
  process.exit(69)
}
await removeStaleCgroups()
process.exit(await enter(command))

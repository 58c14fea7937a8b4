import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { startDaemon } from './daemon.ts'
import { rigDir } from './layout.ts'
import { until } from './wait.ts'

/** Settings that every engine of the rig shares; its containers' cgroups live under `cgroupParent`. */
export function engineSettings(cgroupParent: string): Record<string, unknown> {
  return {
    'cgroup-parent': cgroupParent,
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'insecure-registries': ['10.77.0.0/24'],
    'log-level': 'warn',
  }
}

const settings = join(rigDir, 'engine.json')
const socketPath = '/run/docker.sock'
const pidFile = '/run/docker.pid'
const command = ['dockerd', '--config-file', settings]

/** Starts the rig's own engine on `/run/docker.sock` and returns that path once it answers. */
export async function startEngine(cgroupParent: string, signal: AbortSignal): Promise<string> {
  const folders = { 'data-root': join(rigDir, 'docker'), 'exec-root': '/run/docker', pidfile: pidFile }
  await writeFile(
    settings,
    JSON.stringify({ ...engineSettings(cgroupParent), ...folders, hosts: [`unix://${socketPath}`] }),
  )
  const ready = (attempt: AbortSignal) => ping(socketPath, attempt)
  await startDaemon('engine', command, { ready, signal })
  return socketPath
}

/** Stops the rig's own engine and starts it again; containers without a restart policy stay down. */
export async function restartEngine(): Promise<void> {
  const signal = AbortSignal.timeout(120_000)
  const pid = Number(await readFile(pidFile, 'utf8'))
  process.kill(pid)
  await until('the end of the engine', async () => !existsSync(`/proc/${pid}`), { seconds: 60, signal })
  await startDaemon('engine', command, { ready: (attempt) => ping(socketPath, attempt), signal })
}

/** Resolves when the engine behind the socket answers a ping; throws after 60 s. */
export async function engineAnswers(socketPath: string, signal: AbortSignal): Promise<void> {
  await until(`the engine at ${socketPath}`, (attempt) => ping(socketPath, attempt), { seconds: 60, signal })
}

function ping(socketPath: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path: '/_ping', agent: false, signal }, (response) => {
      response.resume().on('close', () => resolve(response.statusCode === 200))
    }).on('error', reject)
  })
}

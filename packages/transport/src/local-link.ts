import { connect as connectSocket } from 'node:net'
import { constants } from 'node:os'
import { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { exitStatus } from './exit.ts'
import type { Command, HostProcess, StartOptions } from './host.ts'
import { abortedError, HostError, throwIfAborted } from './host-error.ts'
import type { Link } from './link.ts'

const description = 'local'
const killGrace = 2_000

/** This machine, its commands started by execa in process groups of their own. */
export function localLink(): Link {
  const running = new Set<HostProcess>()
  return {
    description,
    local: true,
    async start(command, options) {
      const started = await startLocally(command, options)
      running.add(started)
      void started.exited.finally(() => running.delete(started))
      return started
    },
    connect: (target, signal) =>
      new Promise((resolve, reject) => {
        throwIfAborted(signal, description)
        const where = 'socketPath' in target ? target.socketPath : `${target.host ?? 'localhost'}:${target.port}`
        const socket =
          'socketPath' in target
            ? connectSocket(target.socketPath)
            : connectSocket({ port: target.port, host: target.host ?? 'localhost', noDelay: true })
        const onAbort = () => socket.destroy(abortedError(`${description}: connection to ${where}`, signal!))
        const settle = () => {
          signal?.removeEventListener('abort', onAbort)
          socket.removeListener('error', onError)
        }
        const onError = (error: Error) => {
          settle()
          reject(
            error instanceof HostError
              ? error
              : new HostError('forward_refused', `${description}: no connection to ${where}`, {
                  detail: error.message,
                  retryable: true,
                  cause: error,
                }),
          )
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        socket.once('error', onError)
        socket.once('connect', () => {
          settle()
          resolve(socket)
        })
      }),
    async close() {
      await Promise.all([...running].map((process) => process.kill()))
    },
  }
}

async function startLocally([program, ...args]: Command, options: StartOptions): Promise<HostProcess> {
  const { execa } = await import('execa')
  throwIfAborted(options.signal, description)
  const child = execa(program, args, {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    detached: true,
    cleanup: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
  })
  if (child.pid === undefined) {
    const { code, originalMessage } = await child
    return neverStarted(program, options, code, originalMessage)
  }

  let gone = false
  const exited = new Promise<number>((resolve) => {
    child.nodeChildProcess.once('exit', (code, signal) => resolve(exitStatus(code, signal)))
  }).finally(() => {
    gone = true
  })
  const group = -child.pid
  const ended = () => gone && child.stdout.closed && child.stderr.closed
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exited,
    async kill() {
      if (ended()) return
      signalGroup(group, 'SIGTERM')
      for (const start = Date.now(); groupLives(group) && Date.now() - start < killGrace; ) await sleep(20)
      signalGroup(group, 'SIGKILL')
      await Promise.race([exited, sleep(killGrace)])
    },
  }
}

function groupLives(group: number): boolean {
  try {
    return process.kill(group, 0)
  } catch {
    return false
  }
}

/** The group may be gone already, or belong to another user after sudo. */
function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(group, constants.signals[signal])
  } catch {}
}

/** What a shell would have answered for a program that could not be started. */
function neverStarted(
  program: string,
  { cwd }: StartOptions,
  code: string | undefined,
  message: string | undefined,
): HostProcess {
  const missing = code === 'ENOENT'
  const reason = missing ? 'not found' : (message ?? 'not started')
  const place = missing && cwd !== undefined ? ` (in ${cwd})` : ''
  return {
    stdin: new Writable({ write: (_chunk, _encoding, done) => done() }),
    stdout: Readable.from([]),
    stderr: Readable.from([Buffer.from(`${program}: ${reason}${place}\n`)]),
    exited: Promise.resolve(missing ? 127 : 126),
    async kill() {},
  }
}

import { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { ConnectTarget, Host, HostProcess } from '@lares/transport'

const CONNECT_TIMEOUT_MS = 20_000
/** A host starts this many commands with streams at once, since sshd counts each as a session. */
const MAX_COMMAND_CHANNELS = 4
const GRACE_MS = 2_000

/**
 * The same host, but where it refuses to forward the engine's socket, its connections go through
 * `docker system dial-stdio`, which Docker's command has for this. `onFallback` is told how many of those there may be.
 */
export function reachThrough(host: Host, socketPath: string, onFallback: (maxChannels: number) => void): Host {
  const docker = ['docker', '--host', `unix://${socketPath}`] as const
  let usesCommand = false
  const dialCommand = async (signal: AbortSignal) =>
    streamOf(await host.spawn([...docker, 'system', 'dial-stdio'], { signal }))

  const dial = async (target: ConnectTarget, signal: AbortSignal) => {
    if (usesCommand) return dialCommand(signal)
    try {
      return await host.connect(target, signal)
    } catch (refusal) {
      if (!mayHelp(refusal)) throw refusal
      const answers = await host.exec([...docker, 'version'], { signal }).catch(() => undefined)
      if (answers === undefined) throw refusal
      usesCommand = true
      onFallback(MAX_COMMAND_CHANNELS)
      return dialCommand(signal)
    }
  }
  return { ...host, connect: (target, signal) => dial(target, limited(signal)) }
}

function limited(signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(CONNECT_TIMEOUT_MS)
  return signal ? AbortSignal.any([signal, limit]) : limit
}

/**
 * Forwarding may be switched off, or be done as a login that may not open the socket where a command through sudo may.
 * Where there is no engine at all, a command is of no help.
 */
function mayHelp(error: unknown): boolean {
  const { code, cause } = error as { code?: string; cause?: { code?: string } }
  const isAbsent = cause?.code === 'ENOENT' || cause?.code === 'ECONNREFUSED'
  return !isAbsent && (code === 'forward_refused' || code === 'channel_refused')
}

/** A command's input and output as one stream. Closing it ends the command by the end of its input, and if need be by force. */
function streamOf({ stdin, stdout, stderr, exited, kill }: HostProcess): Duplex {
  const stream = new Duplex({
    read: () => void stdout.resume(),
    write: (chunk, _encoding, done) => void stdin.write(chunk, done),
    final: (done) => void stdin.end(done),
    destroy(error, done) {
      stdout.off('data', onData).resume()
      stdin.end()
      const ended = new AbortController()
      const late = delay(GRACE_MS, undefined, { signal: ended.signal }).then(kill)
      Promise.race([exited, late])
        .catch(() => {})
        .finally(() => ended.abort())
      late.catch(() => {})
      done(error)
    },
  })
  const onData = (chunk: Buffer) => {
    if (!stream.push(chunk)) stdout.pause()
  }
  stdout.on('data', onData).once('end', () => stream.push(null))
  for (const end of [stdin, stdout]) end.on('error', (error) => stream.destroy(error))
  stderr.resume()
  exited.catch((error: Error) => stream.destroy(error))
  return stream
}

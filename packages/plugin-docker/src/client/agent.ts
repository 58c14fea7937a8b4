import { Agent, type AgentOptions } from 'node:http'
import { connect as connectSocket, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Host } from '@lares/transport'

/** What the client needs of the machine that an engine runs on. */
export type EngineHost = Pick<Host, 'description' | 'connect' | 'exec' | 'spawn'>

/** Opens one connection to an engine. */
export type Dial = (signal?: AbortSignal) => Promise<Duplex>

const CONNECT_TIMEOUT_MS = 20_000
/** sshd counts commands as sessions, and refuses them below its limit of ten. */
const MAX_COMMAND_CHANNELS = 4

/** An HTTP agent whose sockets are opened by `dial`, whatever a request says about host and port. */
export function agentOver(dial: Dial, options: AgentOptions): Agent {
  const agent = new Agent(options)
  agent.createConnection = (_options, callback) => {
    dial(AbortSignal.timeout(CONNECT_TIMEOUT_MS)).then(
      (stream) => callback?.(null, asSocket(stream)),
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    )
    return undefined
  }
  return agent
}

/** The signal ends the attempt, not the connection that came of it. */
export const dialSocket =
  (socketPath: string): Dial =>
  (signal) =>
    new Promise((resolve, reject) => {
      const socket = connectSocket(socketPath)
      const abort = () => socket.destroy(signal?.reason)
      const settle = (finish: () => void) => {
        signal?.removeEventListener('abort', abort)
        socket.off('error', fail).off('connect', connected)
        finish()
      }
      const fail = (error: Error) => settle(() => reject(error))
      const connected = () => settle(() => resolve(socket))
      signal?.addEventListener('abort', abort, { once: true })
      socket.on('error', fail).on('connect', connected)
    })

/**
 * Through the machine's forwarding of sockets or, where that is refused, through `docker system dial-stdio`, which Docker's
 * command has for this. `onFallback` is told how many channels that may use.
 */
export function dialHost(host: EngineHost, socketPath: string, onFallback: (maxChannels: number) => void): Dial {
  const docker = ['docker', '--host', `unix://${socketPath}`] as const
  let usesCommand = false

  const dialCommand: Dial = async (signal) => {
    const process = await host.spawn([...docker, 'system', 'dial-stdio'], { signal })
    process.stderr.resume()
    process.exited.catch(() => {})
    return Duplex.from({ readable: process.stdout, writable: process.stdin }).once('close', () => {
      process.kill().catch(() => {})
    })
  }
  return async (signal) => {
    if (usesCommand) return dialCommand(signal)
    try {
      return await host.connect({ socketPath }, signal)
    } catch (refusal) {
      if (!isForwardingRefusal(refusal)) throw refusal
      const answers = await host.exec([...docker, 'version'], { signal }).catch(() => undefined)
      if (answers === undefined) throw refusal
      usesCommand = true
      onFallback(MAX_COMMAND_CHANNELS)
      return dialCommand(signal)
    }
  }
}

/** Forwarding may be switched off, or done as a login that may not open the socket where a command through sudo may. */
const isForwardingRefusal = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'forward_refused' || error.code === 'channel_refused')

/** Node's HTTP client calls a few methods that only sockets have. */
function asSocket(stream: Duplex): Duplex {
  const socket = stream as Duplex & Partial<Socket>
  const self = () => socket as Socket
  socket.setKeepAlive ??= self
  socket.setNoDelay ??= self
  socket.setTimeout ??= self
  socket.ref ??= self
  socket.unref ??= self
  socket.destroySoon ??= () => socket.end()
  return socket
}

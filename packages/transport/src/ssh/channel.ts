import { Duplex } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import type { ConnectTarget } from '../host.ts'
import { HostError } from '../host-error.ts'
import { type Connection, orAborted, pause } from './connection.ts'

/** A server refuses more sessions than it allows, and counts those that are just ending. */
const attempts = 10
const firstPause = 10
const longestPause = 500
const retriedReasons: readonly unknown[] = [2, 4]

type Open = (client: Client, done: (error: Error | undefined, channel: ClientChannel) => void) => unknown

/**
 * Runs a command line on a session channel of its own. `attach` is called at once: a short command's exit status may
 * be in the same packet as the channel's opening.
 */
export function execChannel<T>(
  connection: Connection,
  description: string,
  line: string,
  attach: (channel: ClientChannel) => T,
  signal?: AbortSignal,
): Promise<T> {
  const open: Open = (client, done) => client.exec(line, done)
  return openChannel(connection, description, open, attach, retriedReasons, signal)
}

/** A stream to a socket or port of the host; it does not count as a session. */
export async function forwardChannel(
  connection: Connection,
  description: string,
  target: ConnectTarget,
  signal?: AbortSignal,
): Promise<Duplex> {
  const open: Open = (client, done) =>
    'socketPath' in target
      ? client.openssh_forwardOutStreamLocal(target.socketPath, done)
      : client.forwardOut('127.0.0.1', 0, target.host ?? 'localhost', target.port, done)
  const where = 'socketPath' in target ? target.socketPath : `${target.host ?? 'localhost'}:${target.port}`
  const subject = `${description}: stream to ${where}`
  const attach = (channel: ClientChannel): Duplex => {
    const stream = streamOf(channel, subject)
    if (signal?.aborted) stream.destroy()
    return stream
  }
  return await openChannel(connection, subject, open, attach, [], signal)
}

async function openChannel<T>(
  connection: Connection,
  description: string,
  open: Open,
  attach: (channel: ClientChannel) => T,
  retried: readonly unknown[],
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = await connection.client(signal)
    const outcome = await orAborted(ask(client, open, attach), description, signal)
    if ('attached' in outcome) return outcome.attached
    const { error, sent } = outcome
    const { reason } = error
    const refused = typeof reason === 'number'
    const again = refused ? retried.includes(reason) : !sent
    if (again && attempt < attempts) {
      await pause(Math.min(firstPause * 2 ** (attempt - 1), longestPause), signal)
      continue
    }
    const options = { detail: error.message, cause: error }
    if (refused && retried.length === 0)
      throw new HostError('forward_refused', `${description} was refused`, { ...options, retryable: true })
    if (refused)
      throw new HostError('channel_refused', `${description}: the host takes no more sessions`, {
        ...options,
        retryable: true,
      })
    throw new HostError('connection_lost', `${description}: the connection was lost, the outcome is unknown`, options)
  }
}

type Outcome<T> = { attached: T } | { error: Error & { reason?: unknown }; sent: boolean }

function ask<T>(client: Client, open: Open, attach: (channel: ClientChannel) => T): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    try {
      open(client, (error, channel) => {
        if (error) resolve({ error, sent: true })
        else resolve({ attached: attach(channel) })
      })
    } catch (error) {
      resolve({ error: error as Error, sent: false })
    }
  })
}

/** A channel as a stream that keeps the rules of node:stream, which ssh2's own does not when it is destroyed. */
function streamOf(channel: ClientChannel, description: string): Duplex {
  let ended = false
  const stream = new Duplex({
    allowHalfOpen: true,
    read() {
      channel.resume()
    },
    write(chunk, _encoding, done) {
      if (channel.writable) channel.write(chunk, done)
      else done(lost())
    },
    final(done) {
      channel.end()
      done()
    },
    destroy(error, done) {
      channel.close()
      channel.resume()
      done(error)
    },
  })
  const lost = () => new HostError('connection_lost', `${description}: the stream was closed by the other side`)
  channel.on('data', (chunk: Buffer) => {
    if (!stream.destroyed && !stream.push(chunk)) channel.pause()
  })
  channel.once('end', () => {
    ended = true
    if (!stream.destroyed) stream.push(null)
  })
  channel.once('close', () => {
    if (!ended && !stream.destroyed) stream.push(null)
    if (!stream.writableFinished && !stream.destroyed) stream.end()
  })
  return stream
}

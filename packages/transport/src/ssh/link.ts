import type { ClientChannel } from 'ssh2'
import { endMarked, markVariable } from '../ending.ts'
import { exitStatus } from '../exit.ts'
import type { Command, HostProcess, StartOptions } from '../host.ts'
import { HostError } from '../host-error.ts'
import { launch, newMark } from '../launch.ts'
import type { Lane, Link } from '../link.ts'
import { quote, quoteCommand } from '../quote.ts'
import { execChannel, forwardChannel } from './channel.ts'
import { type Connection, pause } from './connection.ts'
import { type Slots, slots } from './slots.ts'

/** OpenSSH allows 10 sessions; above 4 at once it begins to refuse, because it counts those that are just ending. */
const commandSlots = 4
const streamSlots = 4
const questionSlots = 2
const closeWithin = 1_000
const endingWithin = 100

/** A machine behind an SSH connection. */
export function sshLink(description: string, connection: Connection, closeUnderneath: () => Promise<void>): Link {
  const lanes: Record<Lane, Slots> = {
    command: slots(commandSlots, description),
    stream: slots(streamSlots, description),
    question: slots(questionSlots, description),
  }
  const running = new Map<string, () => boolean>()
  const lasting = () => [...running].filter(([, isLeaving]) => !isLeaving()).map(([mark]) => mark)

  const start = async (command: Command, options: StartOptions, lane: Lane): Promise<HostProcess> => {
    const { line, prologue, mark } = commandLine(command, options)
    const release = await lanes[lane].take(options.signal)
    try {
      const attach = (channel: ClientChannel) => {
        // A shell that was told that no more comes ends with the connection at the latest.
        running.set(mark, () => lane === 'question' && channel.writableEnded)
        channel.once('close', () => {
          running.delete(mark)
          release()
        })
        if (prologue !== '') channel.write(prologue)
        const process = remoteProcess(channel, description, () => endMarked(start, [mark]))
        if (options.signal?.aborted) {
          channel.resume()
          channel.stderr.resume()
          void process.kill()
        }
        return process
      }
      return await execChannel(connection, description, line, attach, options.signal)
    } catch (error) {
      release()
      throw error
    }
  }

  return {
    description,
    local: false,
    start,
    connect: (target, signal) => forwardChannel(connection, description, target, signal),
    async close() {
      // What has just answered is about to end by itself.
      for (let waited = 0; lasting().length > 0 && waited < endingWithin; waited += 5) await pause(5)
      if (lasting().length > 0) await endMarked(start, lasting())
      await connection.close()
      await closeUnderneath()
    },
  }
}

/** Variables would be seen by everyone on the host, so they go another way than the command line. */
function commandLine(command: Command, options: StartOptions): { line: string; prologue: string; mark: string } {
  if (Object.keys(options.env ?? {}).length > 0) {
    const launched = launch(command, options)
    return { ...launched, line: quoteCommand(launched.command) }
  }
  const mark = newMark()
  const where = options.cwd === undefined ? '' : `cd -- ${quote(options.cwd)} && `
  return { line: `${where}${markVariable}=${mark} ${quoteCommand(command)}`, prologue: '', mark }
}

function remoteProcess(channel: ClientChannel, description: string, end: () => Promise<void>): HostProcess {
  let closed = false
  const { promise: exited, resolve, reject } = Promise.withResolvers<number>()
  const lost = () =>
    reject(new HostError('connection_lost', `${description}: the connection was lost, the outcome is unknown`))
  channel.once('exit', (code: number | null, signal?: string) => resolve(exitStatus(code, signal)))
  const gone = new Promise<void>((done) => {
    channel.once('close', () => {
      closed = true
      lost()
      done()
    })
  })
  exited.catch(() => {})
  return {
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    exited,
    async kill() {
      if (closed) return
      await Promise.race([end(), gone])
      channel.close()
      // A server answers no sooner than the command's last child is gone, and some can't be ended.
      setTimeout(lost, closeWithin).unref()
    },
  }
}

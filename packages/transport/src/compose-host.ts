import { asker } from './ask.ts'
import { within } from './deadline.ts'
import { run } from './exec.ts'
import type { Files } from './files.ts'
import { forwards } from './forward.ts'
import type { Command, ExecOptions, ExecResult, Host, HostProcess, StartOptions } from './host.ts'
import { HostError } from './host-error.ts'
import type { Link } from './link.ts'
import { shellFiles } from './shell-files.ts'
import { sudoLink } from './sudo.ts'

const openWithin = 30_000

type Exec = (command: Command, options?: ExecOptions) => Promise<ExecResult>

/** A Host from the little that a link offers. */
export function composeHost(link: Link, filesOf: (description: string, exec: Exec) => Files = shellFiles): Host {
  const { description } = link
  const exec: Exec = (command, options) => run(link, command, options)
  const files = filesOf(description, exec)
  const connect: Host['connect'] = (target, signal) => {
    const late = () =>
      new HostError('timeout', `${description}: no stream within ${openWithin} ms`, { retryable: true })
    return within(openWithin, signal, late, (limit) => link.connect(target, limit))
  }
  const open = forwards(description, connect)
  const questions = asker(link)

  return {
    description,
    local: link.local,
    exec,
    script: (text, { args = [], ...options } = {}) =>
      exec(['sh', '-s', '--', ...args], { ...options, input: `{ :\n${text}\n} </dev/null\n` }),
    ask: questions.ask,
    spawn: (command, options = {}) => spawn(link, command, options),
    readFile: files.readFile,
    writeFile: files.writeFile,
    connect,
    forwardSocket: open.socket,
    forwardPort: open.port,
    sudo: (options) => composeHost(sudoLink(link, options)),
    async close() {
      questions.close()
      await open.close()
      await link.close()
    },
  }
}

async function spawn(link: Link, command: Command, options: StartOptions): Promise<HostProcess> {
  const { signal } = options
  const late = () =>
    new HostError('channel_refused', `${link.description}: no place for another command within ${openWithin} ms`, {
      retryable: true,
    })
  const process = await within(openWithin, signal, late, (limit) =>
    link.start(command, { ...options, signal: limit }, 'stream'),
  )
  const end = () => void process.kill()
  signal?.addEventListener('abort', end, { once: true })
  process.exited.catch(() => {}).then(() => signal?.removeEventListener('abort', end))
  return process
}

import { run } from './exec.ts'
import type { Files } from './files.ts'
import { forwards } from './forward.ts'
import type { Command, ExecOptions, ExecResult, Host } from './host.ts'
import type { Link } from './link.ts'
import { shellFiles } from './shell-files.ts'
import { sudoLink } from './sudo.ts'

type Exec = (command: Command, options?: ExecOptions) => Promise<ExecResult>

/** A Host from the little that a link offers. */
export function composeHost(link: Link, filesOf: (description: string, exec: Exec) => Files = shellFiles): Host {
  const { description } = link
  const exec: Exec = (command, options) => run(link, command, options)
  const files = filesOf(description, exec)
  const open = forwards(description, link.connect)

  return {
    description,
    local: link.local,
    exec,
    script: (text, { args = [], ...options } = {}) =>
      exec(['sh', '-s', '--', ...args], { ...options, input: `{ :\n${text}\n} </dev/null\n` }),
    spawn: (command, options = {}) => link.start(command, options, 'stream'),
    readFile: files.readFile,
    writeFile: files.writeFile,
    connect: (target, signal) => link.connect(target, signal),
    forwardSocket: open.socket,
    forwardPort: open.port,
    sudo: (options) => composeHost(sudoLink(link, options)),
    async close() {
      await open.close()
      await link.close()
    },
  }
}

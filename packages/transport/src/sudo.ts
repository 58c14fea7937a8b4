import { endMarked } from './ending.ts'
import type { Command, ExecResult, HostProcess, StartOptions, SudoOptions } from './host.ts'
import { launch } from './launch.ts'
import type { Lane, Link } from './link.ts'

/** sudo has the last word on stderr when it does not let the command begin. */
function refusal({ exitCode, stdout, stderr }: ExecResult): string | undefined {
  const said = stderr.trim()
  return exitCode === 1 && stdout === '' && said.split('\n').at(-1)?.startsWith('sudo: ') ? said : undefined
}

/** The same link with every command run by sudo. Streams to sockets stay the login user's. */
export function sudoLink(link: Link, { password, user }: SudoOptions = {}): Link {
  let asked: Promise<string> | undefined
  const become = user === undefined ? [] : ['-u', user]

  const start = async (command: Command, options: StartOptions, lane: Lane): Promise<HostProcess> => {
    if (password) asked ??= Promise.resolve(password())
    const secret = await asked
    const ask = secret === undefined ? ['-n'] : ['-k', '-S', '-p', '']
    const { command: launched, prologue, mark } = launch(command, options)
    const process = await link.start(['sudo', ...ask, ...become, '--', ...launched], { signal: options.signal }, lane)
    process.stdin.on('error', () => {})
    process.stdin.write(`${secret === undefined ? '' : `${secret}\n`}${prologue}`)
    return {
      ...process,
      async kill() {
        await endMarked(start, [mark])
        await process.kill()
      },
    }
  }

  return { ...link, start, refusal }
}

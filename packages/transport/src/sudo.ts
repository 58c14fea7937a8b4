import { Transform } from 'node:stream'
import type { Command, HostProcess, StartOptions, SudoOptions } from './host.ts'
import { launch } from './launch.ts'
import type { Lane, Link } from './link.ts'

/** Tells the process group of the started command on stderr, because only root can end it. */
const tellPid = `echo "%mark $$" >&2`

/** The field after the command's name, which may hold spaces: state, parent, group. */
const endGroup =
  'set -- $(sed "s/.*) //" "/proc/$1/stat"); kill -s TERM -- "-$3"; sleep 2; kill -s KILL -- "-$3" 2>/dev/null'

/** The same link with every command run by sudo. Streams to sockets stay the login user's. */
export function sudoLink(link: Link, options: SudoOptions = {}): Link {
  let asked: Promise<string> | undefined
  const { password, user } = options
  const become = user === undefined ? [] : ['-u', user]

  const start = async (command: Command, startOptions: StartOptions, lane: Lane): Promise<HostProcess> => {
    if (password) asked ??= Promise.resolve(password())
    const secret = await asked
    const launched = launch(command, startOptions, tellPid)
    const sudo = secret === undefined ? ['-n'] : ['-k', '-S', '-p', '']
    const process = await link.start(
      ['sudo', ...sudo, ...become, '--', ...launched.command],
      { signal: startOptions.signal },
      lane,
    )
    process.stdin.on('error', () => {})
    process.stdin.write(`${secret === undefined ? '' : `${secret}\n`}${launched.prologue}`)
    const told = takePid(launched.mark)
    process.stderr.pipe(told.stream)
    return {
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: told.stream,
      exited: process.exited,
      kill() {
        const pid = told.pid()
        if (pid !== undefined) void end(pid)
        process.kill()
      },
    }
  }

  const end = async (pid: string): Promise<void> => {
    try {
      const process = await start(['sh', '-c', endGroup, 'sh', pid], {}, 'stream')
      process.stdin.end()
      process.stdout.resume()
      process.stderr.resume()
      await process.exited
    } catch {}
  }

  return { ...link, start }
}

/** Passes stderr on without the line that tells the process id. */
function takePid(mark: string): { stream: Transform; pid(): string | undefined } {
  let held = Buffer.alloc(0)
  let pid: string | undefined
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (pid !== undefined) return done(null, chunk)
      held = Buffer.concat([held, chunk])
      const text = held.toString('latin1')
      const line = new RegExp(`${mark} (\\d+)\\n`).exec(text)
      if (!line) return done()
      pid = line[1]!
      held = Buffer.concat([held.subarray(0, line.index), held.subarray(line.index + line[0].length)])
      done(null, held)
    },
    flush(done) {
      done(null, pid === undefined ? held : null)
    },
  })
  return { stream, pid: () => pid }
}

import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HostEndpoint } from '../endpoint.ts'
import type { Environment } from '../environment.ts'

const program = '/usr/sbin/sshd'

/** A person with a key, who has accepted no host key yet. */
export interface Login {
  readonly home: string
  readonly environment: Environment
  /** Public key, as it stands in authorized_keys. */
  readonly publicKey: string
  /** Adds lines to `~/.ssh/known_hosts`. */
  know(...lines: readonly string[]): void
  /** Replaces `~/.ssh/config`. */
  configure(text: string): void
  remove(): void
}

/** A real OpenSSH server on a port of 127.0.0.1. */
export interface Sshd {
  readonly port: number
  readonly endpoint: HostEndpoint & { readonly address: string; readonly port: number }
  /** Its host keys as lines of known_hosts. */
  readonly knownHosts: readonly string[]
  readonly log: () => string
  /** Kills the processes of the open connections, but not the server. */
  dropConnections(): void
  stop(): Promise<void>
}

export interface SshdOptions {
  readonly authorized: readonly string[]
  /** Types of host keys; `['ed25519']` by default. */
  readonly hostKeys?: readonly ('ed25519' | 'ecdsa' | 'rsa')[]
  /** More lines of sshd_config. */
  readonly config?: readonly string[]
  readonly port?: number
  /** Shell commands that prepare a private mount namespace for the server. */
  readonly inNamespace?: string
}

/** Why no server can be started here, or undefined when one can. */
export function sshdMissing(): string | undefined {
  if (!existsSync(program)) return 'package openssh-server is not installed'
  return userInfo().uid === 0 ? undefined : 'the server needs root'
}

export function createLogin(passphrase = ''): Login {
  const home = mkdtempSync(join(tmpdir(), 'lares-home-'))
  const ssh = join(home, '.ssh')
  mkdirSync(ssh, { mode: 0o700 })
  const key = join(ssh, 'id_ed25519')
  generateKey('ed25519', key, passphrase)
  return {
    home,
    environment: {
      home,
      user: 'root',
      configFiles: [join(ssh, 'config')],
      globalKnownHostsFiles: [],
    },
    publicKey: readFileSync(`${key}.pub`, 'utf8').trim(),
    know: (...lines) => writeFileSync(join(ssh, 'known_hosts'), `${lines.join('\n')}\n`, { flag: 'a' }),
    configure: (text) => writeFileSync(join(ssh, 'config'), text),
    remove: () => rmSync(home, { recursive: true, force: true }),
  }
}

export function generateKey(type: string, file: string, passphrase = ''): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-f', file, '-N', passphrase, '-C', 'lares-test'])
}

export async function startSshd(options: SshdOptions): Promise<Sshd> {
  const directory = mkdtempSync(join(tmpdir(), 'lares-sshd-'))
  chmodSync(directory, 0o755)
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const port = options.port ?? (await freePort())
  const keys = (options.hostKeys ?? ['ed25519']).map((type) => {
    const file = join(directory, `host_${type}`)
    generateKey(type, file)
    return file
  })
  writeFileSync(join(directory, 'authorized_keys'), `${options.authorized.join('\n')}\n`)
  writeFileSync(
    join(directory, 'sshd_config'),
    [
      ...(options.config ?? []),
      `ListenAddress 127.0.0.1:${port}`,
      ...keys.map((key) => `HostKey ${key}`),
      `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      'PermitRootLogin yes',
      'MaxStartups 100',
      'LogLevel VERBOSE',
      // Without this, bash reads the tester's own ~/.bashrc for each command.
      'SetEnv SHLVL=2',
      '',
    ].join('\n'),
  )

  const log = join(directory, 'log')
  writeFileSync(log, '')
  const command = ['setpriv', '--pdeathsig', 'KILL', program, '-D', '-f', join(directory, 'sshd_config'), '-E', log]
  const [file, ...args] = options.inNamespace
    ? ['unshare', '--mount', 'sh', '-c', `${options.inNamespace}\nexec "$@"`, 'sh', ...command]
    : command
  const server = spawn(file!, args, { stdio: 'ignore' })
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const stop = async () => {
    killAll(descendants(server.pid!))
    server.kill('SIGKILL')
    await gone
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await listening(port, () => server.exitCode !== null)
  } catch (error) {
    const said = readFileSync(log, 'utf8')
    await stop()
    throw new Error(`sshd did not start: ${said}`, { cause: error })
  }
  return {
    port,
    endpoint: { address: '127.0.0.1', port, user: 'root' },
    knownHosts: keys.map((key) => `[127.0.0.1]:${port} ${readFileSync(`${key}.pub`, 'utf8').trim()}`),
    log: () => readFileSync(log, 'utf8'),
    dropConnections: () => killAll(descendants(server.pid!)),
    stop,
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function listening(port: number, failed: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200 && !failed(); attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await sleep(25)
  }
  throw new Error(`Nothing listens on port ${port}`)
}

/** Parents first. */
function descendants(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const parent = Number(
        readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /, '')
          .split(' ')[1],
      )
      children.set(parent, [...(children.get(parent) ?? []), Number(name)])
    } catch {}
  }
  const below = (parent: number): number[] => (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)])
  return below(pid)
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {}
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import { type ExecResult, type Host, isHostError } from '@lares/transport'
import type { CallOptions } from '../driver.ts'
import { BmcError, type BmcErrorCode, isBmcError } from '../error.ts'
import type { Login } from '../login.ts'
import { inTurn } from '../turns.ts'
import { checkLogin } from './login.ts'
import { failure, hasNoSession, refusalIn, saidIn } from './refusal.ts'

export interface RunOptions extends CallOptions {
  /** Milliseconds for the whole command; 120,000 when absent. */
  readonly timeout?: number
  /** Commands for `exec`, in place of one in the arguments: what is secret stands on no command line. */
  readonly commands?: readonly string[]
}

/** ipmitool, run on a host for one BMC. */
export interface Ipmitool {
  readonly description: string
  cipherSuite(): number | undefined
  /** Finds a cipher suite that both take, unless one is known. */
  open(options?: CallOptions): Promise<void>
  /** Runs one command in its turn; rejects when its exit status is not 0. */
  run(args: readonly string[], options?: RunOptions): Promise<Output>
}

export interface Output {
  readonly stdout: string
  /** All that was said, without what nobody asked for. */
  readonly said: string
}

export const DEFAULT_PORT = 623
/** The strongest first: SHA-256 (ipmitool 1.8.19's choice), then SHA-1 (1.8.18's). All others are weaker, or make it hang. */
const CIPHERS = [17, 3]
const COMMAND_MS = 120_000
const OPEN_MS = 60_000
/** While sessions are taken, or it is busy. */
const ATTEMPTS = 3
const PAUSE_MS = 1_500
/** Nothing was asked of it yet, so another cipher suite may do better. */
const another: readonly BmcErrorCode[] = ['no_cipher', 'incomplete']

export function ipmitoolOn(host: Host, login: Login): Ipmitool {
  const { address, port = DEFAULT_PORT, user, password, privilege, timeout = 3_000 } = login
  const description = `BMC ${address}${port === DEFAULT_PORT ? '' : `:${port}`}${host.local ? '' : ` (from ${host.description})`}`
  checkLogin(login, description)
  const key = `${host.description} ${address}:${port}`
  const env = { IPMI_PASSWORD: password, IPMITOOL_PASSWORD: password, LC_ALL: 'C', TZ: 'UTC0' }
  const patience = String(Math.max(1, Math.ceil(timeout / 1000)))
  let cipher: number | undefined
  /** A BMC locks who tries a wrong password again and again. */
  let refusedLogin: BmcError | undefined

  const call = async (suite: number, retries: number, args: readonly string[], options: RunOptions) => {
    const { commands, signal, timeout: limit = COMMAND_MS } = options
    const login = ['-I', 'lanplus', '-H', address, '-p', String(port), '-U', user, '-E', '-C', String(suite)]
    const more = ['-N', patience, '-R', String(retries), ...(privilege ? ['-L', privilege.toUpperCase()] : [])]
    const command = ['ipmitool', ...login, ...more, ...args] as const
    try {
      return commands
        ? // What a command is given as stdin may be a socket, which cannot be opened by its name; a pipe can.
          await host.exec(['sh', '-c', 'cat | "$@"', 'sh', ...command, 'exec', '/dev/stdin'], {
            ...{ env, signal, timeout: limit, reject: false, sensitive: [password] },
            input: commands.map((line) => `${line}\n`).join(''),
          })
        : await host.exec(command, { env, signal, timeout: limit, reject: false, sensitive: [password] })
    } catch (error) {
      if (!isHostError(error, 'timeout')) throw error
      throw new BmcError('timeout', `${description}: ${nameOf(args)} took more than ${limit / 1000} s`, {
        cause: error,
      })
    }
  }

  const textOf = ({ exitCode, stdout, stderr }: ExecResult): string => {
    if (exitCode === 127) throw notInstalled(host, stderr)
    return saidIn(stdout, stderr).replaceAll(password, '***')
  }

  /** Opens a session with what it says about that; undefined when it stands. */
  const tryOut = async (suite: number, { signal }: CallOptions): Promise<BmcError | undefined> => {
    const result = await call(suite, 2, ['-v', 'mc', 'info'], { signal, timeout: OPEN_MS })
    const text = textOf(result)
    if (result.exitCode === 0 || !(hasNoSession(text) || result.exitCode >= 128)) return undefined
    const refused =
      refusalIn(text, description, 'open a session') ?? failure('incomplete', text, description, 'open a session')
    if (isBmcError(refused, 'auth_failed')) refusedLogin = refused
    return refused
  }

  const negotiate = async (options: CallOptions): Promise<number> => {
    if (cipher !== undefined) return cipher
    if (refusedLogin) throw refusedLogin
    let first: BmcError | undefined
    for (const suite of login.cipherSuite === undefined ? CIPHERS : [login.cipherSuite]) {
      const refused = await tryOut(suite, options)
      if (!refused) {
        cipher = suite
        return suite
      }
      if (!another.includes(refused.code)) throw refused
      first ??= refused
    }
    throw first!
  }

  const once = async (args: readonly string[], options: RunOptions): Promise<Output> => {
    const suite = await negotiate(options)
    const what = nameOf(args)
    const result = await call(suite, 3, args, options)
    const text = textOf(result)
    if (hasNoSession(text)) {
      const refused = await tryOut(suite, options)
      // It says why only when it is asked to say more. Nothing was done, so it may be asked again.
      throw refused ?? failure('busy', text, description, what)
    }
    if (result.exitCode === 0) return { stdout: result.stdout, said: text }
    throw refusalIn(text, description, what) ?? failure('incomplete', text, description, what)
  }

  const patiently = async <T>(signal: AbortSignal | undefined, act: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await inTurn(key, signal, act)
      } catch (error) {
        if (attempt >= ATTEMPTS || !isBmcError(error) || !error.retryable) throw error
        await sleep(PAUSE_MS * attempt, undefined, signal ? { signal } : {})
      }
    }
  }

  return {
    description,
    cipherSuite: () => cipher,
    open: (options = {}) => patiently(options.signal, async () => void (await negotiate(options))),
    run: (args, options = {}) => patiently(options.signal, () => once(args, options)),
  }
}

/** Without values: `user set name`. */
const nameOf = (args: readonly string[]): string =>
  args.filter((arg) => /^[a-z]+$/.test(arg)).join(' ') || 'the command'

function notInstalled(host: Host, detail: string): BmcError {
  const where = host.local ? 'this machine' : host.description
  return new BmcError('not_installed', `ipmitool is not installed on ${where}`, {
    detail,
    advice: 'Install the package ipmitool there; `ipmi.bmc` does that when it is applied.',
  })
}

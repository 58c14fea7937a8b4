import { connect as connectSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { AuthHandlerMiddleware, Client } from 'ssh2'
import type { Host } from '../host.ts'
import { abortedError, HostError, isHostError, throwIfAborted } from '../host-error.ts'
import { authentication, type Secrets } from './authentication.ts'
import { hostKeyCheck } from './host-key.ts'
import type { SshSettings } from './settings.ts'

/** Each step of a login; what the user is asked meanwhile does not count. */
const loginTimeout = 30_000
const missedKeepalives = 3

/** One SSH connection, logged in. `via` is the host that it leads through. */
export async function dial(
  settings: SshSettings,
  secrets: Secrets,
  via: Host | undefined,
  signal: AbortSignal,
): Promise<Client> {
  const description = describe(settings)
  throwIfAborted(signal, description)
  const started = Date.now()
  const check = await hostKeyCheck(settings)
  const socket = via ? await throughHost(settings, via, signal) : await throughNetwork(settings, signal)
  try {
    const left = Math.max(settings.connectTimeout - (Date.now() - started), 1)
    return await logIn(settings, secrets, socket, check, left, signal)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

export function describe({ user, hostName, port }: SshSettings): string {
  return `${user}@${hostName}:${port}`
}

async function throughHost(settings: SshSettings, via: Host, signal: AbortSignal): Promise<Duplex> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(settings.connectTimeout)])
  try {
    return await via.connect({ host: settings.hostName, port: settings.port }, limit)
  } catch (error) {
    if (signal.aborted || !isHostError(error)) throw error
    if (error.code !== 'forward_refused' && error.code !== 'aborted') throw error
    const reason = error.code === 'aborted' ? noAnswer(settings.connectTimeout) : error.detail || error.message
    throw unreachable(settings, `${reason} (through ${via.description})`, error)
  }
}

function throughNetwork(settings: SshSettings, signal: AbortSignal): Promise<Duplex> {
  const { hostName: host, port, connectTimeout } = settings
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port, noDelay: true, signal })
    const timer = setTimeout(() => {
      socket.destroy()
      reject(unreachable(settings, noAnswer(connectTimeout)))
    }, connectTimeout)
    socket.once('error', (error) => {
      clearTimeout(timer)
      reject(signal.aborted ? abortedError(describe(settings), signal) : unreachable(settings, reasonOf(error), error))
    })
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}

async function logIn(
  settings: SshSettings,
  secrets: Secrets,
  sock: Duplex,
  check: Awaited<ReturnType<typeof hostKeyCheck>>,
  handshakeTimeout: number,
  signal: AbortSignal,
): Promise<Client> {
  const { Client } = (await import('ssh2')).default
  const description = describe(settings)
  const auth = authentication(settings, secrets)
  const client = new Client()
  let shaken = false
  let refused: HostError | undefined
  let allowed: readonly string[] | undefined

  return await new Promise<Client>((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    const limit = (milliseconds: number, error: () => HostError) => {
      clearTimeout(timer)
      timer = setTimeout(() => give(error()), milliseconds)
    }
    const give = (error: HostError) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      client.destroy()
      sock.destroy()
      reject(error)
    }
    const onAbort = () => give(abortedError(description, signal))
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) return onAbort()

    const authHandler: AuthHandlerMiddleware = (methodsLeft, _partial, next) => {
      allowed = methodsLeft ?? allowed
      clearTimeout(timer)
      auth.methods.next().then(
        ({ value }) => {
          limit(loginTimeout, () => unreachable(settings, `the login got no answer within ${loginTimeout} ms`))
          if (value) next(value)
          else give(loginRefused(settings, auth.notes, allowed))
        },
        (error: unknown) => give(asHostError(settings, error)),
      )
    }

    limit(handshakeTimeout, () =>
      unreachable(settings, `the connection was accepted, but SSH did not answer within ${settings.connectTimeout} ms`),
    )
    client
      .on('handshake', () => {
        shaken = true
      })
      .on('error', (error: Error & { level?: string; code?: unknown }) => {
        if (error.level === 'agent') auth.notes.push(`the agent failed: ${error.message}`)
        else if (refused) give(refused)
        else if (/too many authentication failures/i.test(error.message))
          give(loginRefused(settings, [...auth.notes, 'the host allows no more tries'], allowed))
        else if (shaken || error.level !== 'handshake') give(asHostError(settings, error))
        else
          give(
            new HostError('handshake_failed', `${description}: no common way to talk SSH`, {
              detail: error.message,
              cause: error,
            }),
          )
      })
      .on('close', () => give(unreachable(settings, 'the connection was closed during the login')))
      .once('ready', () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        client.removeAllListeners('close')
        resolve(client)
      })
      .connect({
        sock,
        username: settings.user,
        authHandler,
        algorithms: { serverHostKey: check.algorithms },
        hostVerifier: (key: Buffer) => {
          refused = check.verify(key)
          return refused === undefined
        },
        keepaliveInterval: settings.keepaliveInterval,
        keepaliveCountMax: missedKeepalives,
        readyTimeout: 0,
      })
  })
}

function loginRefused(settings: SshSettings, notes: readonly string[], allowed: readonly string[] | undefined) {
  const lines = [...notes, ...(allowed ? [`the host allows: ${allowed.join(', ')}`] : [])]
  return new HostError('auth_failed', `${describe(settings)}: the login was refused`, {
    detail: lines.join('\n'),
    advice: `See which key it takes: ssh -v -p ${settings.port} ${settings.user}@${settings.hostName} true`,
  })
}

function asHostError(settings: SshSettings, error: unknown): HostError {
  if (isHostError(error)) return error
  return unreachable(settings, reasonOf(error as Error), error)
}

function unreachable(settings: SshSettings, reason: string, cause?: unknown): HostError {
  return new HostError('unreachable', `${describe(settings)} is unreachable: ${reason}`, {
    detail: reason,
    retryable: true,
    cause,
  })
}

function noAnswer(timeout: number): string {
  return `no answer within ${timeout} ms`
}

function reasonOf(error: NodeJS.ErrnoException & { errors?: readonly Error[] }): string {
  const reasons: Record<string, string> = {
    ECONNREFUSED: 'the connection was refused, nothing listens there',
    EHOSTUNREACH: 'there is no route to the host',
    ENETUNREACH: 'there is no route to its network',
    ENOTFOUND: 'there is no such name',
    EAI_AGAIN: 'the name could not be looked up',
    ECONNRESET: 'the connection was reset',
  }
  return reasons[error.code ?? ''] ?? error.errors?.[0]?.message ?? error.message
}

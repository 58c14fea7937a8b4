import type { EngineApi } from './dockerode.ts'
import { DockerError, toDockerError, wasDropped } from './error.ts'

/** Every call can be aborted, and ends with `timeout` by itself. */
export type CallOptions = {
  signal?: AbortSignal | undefined
  /** Milliseconds; each call says its default. */
  timeoutMs?: number | undefined
}

/** How the functions of this client reach their engine. */
export type EngineAccess = {
  /** For requests: keep-alive, few sockets. */
  readonly docker: EngineApi
  /** For answers that stay open: events, followed logs, waits. They never hold up a request. */
  readonly streaming: EngineApi
  /** Negotiated, such as `1.41`. */
  readonly apiVersion: string
  /** Shown in errors. */
  readonly description: string
}

export type Call = {
  /** Names the request in errors: `inspect container web`. */
  request: string
  options: CallOptions
  /** Milliseconds; 60 s when absent. */
  defaultTimeoutMs?: number
  /** A read may be sent again when a kept connection turns out to be closed. */
  repeatable?: boolean
}

const DEFAULT_TIMEOUT_MS = 60_000

/**
 * Runs one request under the caller's signal and a time limit.
 * @throws DockerError for anything that goes wrong, or the reason of the caller's signal.
 */
export async function call<T>(
  engine: Pick<EngineAccess, 'description'>,
  { request, options, defaultTimeoutMs = DEFAULT_TIMEOUT_MS, repeatable = false }: Call,
  send: (signal: AbortSignal) => Promise<unknown>,
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs
  const limit = AbortSignal.timeout(timeoutMs)
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit
  signal.throwIfAborted()
  try {
    return (await untilAborted(signal, () => sendTwice(repeatable, () => send(signal)))) as T
  } catch (error) {
    options.signal?.throwIfAborted()
    if (limit.aborted)
      throw new DockerError('timeout', `${request}: not done after ${timeoutMs / 1000} s`, { cause: error })
    throw toDockerError(request, engine.description, error)
  }
}

async function sendTwice(repeatable: boolean, send: () => Promise<unknown>): Promise<unknown> {
  try {
    return await send()
  } catch (error) {
    if (!repeatable || !wasDropped(error)) throw error
    return send()
  }
}

/** Some of dockerode's calls drop their signal; this one is kept whatever they do. */
function untilAborted<T>(signal: AbortSignal, start: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    start()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}

import { setTimeout as after } from 'node:timers/promises'
import type { APIError as SdkError } from 'cloudflare'
import { CloudflareError, codeOf, isCloudflareError } from './error.ts'

/** On whose behalf a request is made. */
export interface Ask {
  signal?: AbortSignal | undefined
  /** Told why it takes long. */
  log?: ((message: string) => void) | undefined
}

/** What a request is about, for messages and for what may be repeated. */
export interface Subject {
  /** `list Access policies`. */
  what: string
  /** A token needs it; named when it is missing. */
  permission?: string
  /** Sent twice, it does the same as sent once. */
  repeatable: boolean
}

/** Sends one request at a time of each caller, as fast as Cloudflare allows to all of them together. */
export type Call = <T>(subject: Subject, ask: Ask, send: Send<T>) => Promise<T>
type Send<T> = (options: { signal?: AbortSignal }) => Promise<T>

export interface Calls {
  call: Call
  /** How many requests were sent. */
  readonly sent: number
}

/** 1,200 requests in 5 minutes for each user; some are left to the dashboard. https://developers.cloudflare.com/fundamentals/api/reference/limits/ */
export const LIMITS = { requests: 1100, window: 300_000 }

/** What was refused as too many is sent again so often; what got no good answer, so often. */
const STORMS = 5
const REPEATS = 3

export interface CallsOptions {
  now?: () => number
  pause?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
  limits?: { requests: number; window: number }
}

export function createCalls({ now = Date.now, pause = sleep, limits = LIMITS }: CallsOptions = {}): Calls {
  const times: number[] = []
  /** Nobody sends before: one who was refused speaks for all. */
  let closedUntil = 0
  /** The last answer was a refusal: one goes ahead, and the others see how it fares. */
  let isClosed = false
  let scout: Promise<void> | undefined
  let sent = 0

  /** Waits until a request may be sent. To be told when it was answered. */
  async function turn(ask: Ask): Promise<() => void> {
    for (;;) {
      while (scout) await scout
      ask.signal?.throwIfAborted()
      const at = now()
      while (times.length > 0 && times[0]! <= at - limits.window) times.shift()
      const wait = Math.max(closedUntil - at, times.length < limits.requests ? 0 : times[0]! + limits.window - at)
      if (wait <= 0) break
      ask.log?.(
        closedUntil > at
          ? `Cloudflare allows no more requests for now; goes on in ${seconds(wait)}`
          : `${times.length} requests in ${seconds(limits.window)}, Cloudflare allows 1,200; goes on in ${seconds(wait)}`,
      )
      await pause(wait, ask.signal)
    }
    times.push(now())
    sent++
    if (!isClosed) return () => {}
    const { promise, resolve } = Promise.withResolvers<void>()
    scout = promise
    return () => {
      scout = undefined
      resolve()
    }
  }

  async function sendOnce<T>(subject: Subject, ask: Ask, storms: number, send: Send<T>): Promise<T> {
    const answered = await turn(ask)
    try {
      const answer = await send(ask.signal ? { signal: ask.signal } : {})
      isClosed = false
      return answer
    } catch (thrown) {
      ask.signal?.throwIfAborted()
      const { error, retryAfter } = refusal(subject, thrown)
      isClosed = error.code === 'rate_limited'
      if (isClosed) closedUntil = Math.max(closedUntil, now() + (retryAfter ?? 10_000 * (storms + 1)))
      throw error
    } finally {
      answered()
    }
  }

  const call: Call = async (subject, ask, send) => {
    for (let storms = 0, failures = 0; ; ) {
      try {
        return await sendOnce(subject, ask, storms, send)
      } catch (error) {
        if (isCloudflareError(error, 'rate_limited') && storms++ < STORMS) continue
        const mayWork = isCloudflareError(error, 'server_error', 'connection_lost')
        if (!mayWork || !subject.repeatable || failures++ >= REPEATS) throw error
        const wait = 500 * 2 ** failures
        ask.log?.(`${error.message}; tries again in ${seconds(wait)}`)
        await pause(wait, ask.signal)
      }
    }
  }

  return {
    call,
    get sent() {
      return sent
    },
  }
}

/** What the SDK threw, in our words. Its classes are not at hand, because it is loaded late. */
function refusal(subject: Subject, thrown: unknown): { error: CloudflareError; retryAfter?: number } {
  const { what, permission } = subject
  if (!isSdkError(thrown))
    return {
      error: new CloudflareError('cloudflare_error', `${what}: ${String((thrown as Error).message ?? thrown)}`, {
        cause: thrown,
      }),
    }
  const { status, headers } = thrown
  if (status === undefined) {
    if (/Timeout/.test(thrown.constructor.name))
      return { error: new CloudflareError('timeout', `${what}: Cloudflare does not answer`, { cause: thrown }) }
    const detail = reasonOf(thrown)
    const refused = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH/.test(detail)
    return {
      error: new CloudflareError(
        refused ? 'unreachable' : 'connection_lost',
        `${what}: ${refused ? 'Cloudflare cannot be reached' : 'the connection was lost'}`,
        { detail, cause: thrown },
      ),
    }
  }
  const said = (thrown.errors ?? []).map(({ code, message }) => ({ code: Number(code), message: String(message) }))
  const numbers = said.map(({ code }) => code)
  const code = codeOf(status, numbers)
  const texts = said.map(({ code, message }) => `${message} [${code}]`)
  const advice = adviceOn(code, permission)
  const error = new CloudflareError(code, `${what}: ${texts[0] ?? `HTTP ${status}`}`, {
    detail: texts.slice(1).join('\n'),
    numbers,
    ...(advice ? { advice } : {}),
  })
  const retryAfter = Number(headers?.get('retry-after'))
  return { error, ...(retryAfter > 0 ? { retryAfter: retryAfter * 1000 } : {}) }
}

function adviceOn(code: CloudflareError['code'], permission: string | undefined): string | undefined {
  if (code === 'permission_denied' && permission !== undefined)
    return `The token needs the permission "${permission}" for this account or zone: https://dash.cloudflare.com/profile/api-tokens`
  if (code === 'unauthorized')
    return 'Is the token complete, active and not expired? https://dash.cloudflare.com/profile/api-tokens'
  if (code === 'rate_limited') return 'Cloudflare allows 1,200 requests in 5 minutes to a user: wait, and try again.'
  return undefined
}

const isSdkError = (thrown: unknown): thrown is SdkError<number | undefined, Headers | undefined> =>
  thrown instanceof Error && 'status' in thrown && 'headers' in thrown

/** The innermost message: what the system said. */
function reasonOf(error: unknown): string {
  const { cause, message, code } = error as { cause?: unknown; message?: string; code?: string }
  return cause === undefined ? [code, message].filter(Boolean).join(': ') : reasonOf(cause)
}

const sleep = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  after(ms, undefined, signal ? { signal } : {})

const seconds = (ms: number): string => `${Math.ceil(ms / 1000)} s`

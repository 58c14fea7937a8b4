import { createHash } from 'node:crypto'
import { type Diagnostic, errorCode, toDiagnostics, warning } from './diagnostics.ts'
import type { LaresEvent } from './events.ts'
import { deadline, isSilence, type Limiter, limiter } from './limits.ts'
import type { ConnectContext, Provider } from './provider.ts'
import type { ResourceType } from './resource.ts'
import { canonical } from './value.ts'

export interface Connection {
  client: unknown
  key: string
  /** The machine or account that really is at the other end. */
  scope?: string
  /** Holds requests back to what the provider allows at once. */
  limit: Limiter
  limitReads: Limiter
}

/** Why there is no connection. `absent`: what gives it does not exist yet; `pending`: it exists, but has no address yet. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  readonly reason: 'absent' | 'pending' | 'unreachable' | 'failed'
  readonly on: string | undefined
  readonly diagnostics: readonly Diagnostic[]

  constructor(reason: Unavailable['reason'], on: string | undefined, diagnostics: readonly Diagnostic[] = []) {
    super(`${on ?? 'this machine'} is ${reason}`)
    this.reason = reason
    this.on = on
    this.diagnostics = diagnostics
  }
}

/** What is known of the resource that gives a connection. */
export interface Giver {
  type: ResourceType
  inputs: Record<string, unknown>
  /** Undefined while the resource itself is being read over the connection that it gives. */
  attributes: Record<string, unknown> | undefined
  on?: string
}
/** Rejects with Unavailable. */
export type GiverOf = (address: string) => Promise<Giver>

/** Opens each connection once, on first use, and closes all of them. */
export interface Connections {
  acquire(provider: Provider, on: string | undefined, giverOf: GiverOf): Promise<Connection>
  /** The connection that a resource provides itself. */
  provided(address: string, giver: Giver, giverOf: GiverOf): Promise<Connection>
  /** Lets what did not answer be tried again. */
  forgetFailures(): void
  close(): Promise<void>
}

export function openConnections(env: {
  signal: AbortSignal
  emit(event: LaresEvent): void
  now(): number
}): Connections {
  const opened = new Map<string, { connection: Promise<Connection>; failed: boolean }>()
  const failedBefore = new Set<string>()
  // In the order of opening, so that what runs over a connection is closed before it.
  const closers: (() => Promise<void>)[] = []

  const open = (
    provider: Provider,
    key: string,
    on: string | undefined,
    endpoint: unknown,
    via: () => Promise<Connection | undefined>,
  ) => {
    const known = opened.get(key)
    if (known) return known.connection
    const entry = { connection: connect(), failed: false }
    opened.set(key, entry)
    return entry.connection

    async function connect(): Promise<Connection> {
      const began = env.now()
      const where = on === undefined ? {} : { on }
      try {
        const base = provider.over ? await via() : undefined
        const client = await deadline(provider.connectTimeout, env.signal, (signal) =>
          connectInTime(provider, { endpoint, signal, via: async () => (base ?? (await via()))?.client }),
        )
        closers.push(async () => provider.close?.(client))
        const scope = provider.scope
          ? await deadline(provider.connectTimeout, env.signal, (signal) => provider.scope!(client, signal))
          : base?.scope
        env.emit({ type: 'connection.opened', at: env.now(), provider: provider.name, ...where, ms: env.now() - began })
        const limit = limiter(provider.concurrency)
        const limitReads = provider.readConcurrency === undefined ? limit : limiter(provider.readConcurrency)
        return { client, key, limit, limitReads, ...(scope === undefined ? {} : { scope }) }
      } catch (error) {
        const entry = opened.get(key)
        if (entry) entry.failed = true
        if (error instanceof Unavailable) throw error
        const about = {
          ...(on ? { address: on } : {}),
          summary: `Cannot connect to ${on ?? 'this machine'} (${provider.name})`,
        }
        const silent = isSilence(errorCode(error))
        const diagnostics = toDiagnostics(error, about).map(
          (d): Diagnostic => (silent ? { ...d, severity: 'warning', code: 'unreachable' } : d),
        )
        const diagnostic = diagnostics[0]!
        // Said once, however often it is tried.
        if (!failedBefore.has(key))
          env.emit({ type: 'connection.failed', at: env.now(), provider: provider.name, ...where, diagnostic })
        failedBefore.add(key)
        throw new Unavailable(silent ? 'unreachable' : 'failed', on, diagnostics)
      }
    }
  }

  const acquire = async (provider: Provider, on: string | undefined, giverOf: GiverOf): Promise<Connection> => {
    if (on === undefined && provider.fallback) {
      const endpoint = provider.fallback()
      return open(provider, keyOf(provider, endpoint), on, endpoint, async () => undefined)
    }
    const giver = on === undefined ? undefined : await giverOf(on)
    if (on !== undefined && giver?.type.provides?.provider.name === provider.name) return provided(on, giver, giverOf)
    const { over } = provider
    if (!over) throw new Unavailable('failed', on)
    const base = await acquire(over, on, giverOf)
    return open(provider, `${provider.name} over ${base.key}`, on, undefined, async () => base)
  }

  const provided = async (on: string, giver: Giver, giverOf: GiverOf): Promise<Connection> => {
    const { provides, provider: own } = giver.type
    const endpoint = provides?.endpoint({ inputs: giver.inputs as never, attributes: giver.attributes as never })
    if (!provides || endpoint === undefined) {
      const summary = `"${on}" has no address yet, so what is on it cannot be reached`
      throw new Unavailable('pending', on, [
        warning({ code: 'unreachable', address: on, summary, advice: 'Is it running?' }),
      ])
    }
    const via = async () => (own ? await acquire(own, giver.on, giverOf) : undefined)
    return open(provides.provider, keyOf(provides.provider, endpoint, giver.on), on, endpoint, via)
  }

  return {
    acquire,
    provided,
    forgetFailures() {
      for (const [key, entry] of opened) if (entry.failed) opened.delete(key)
    },
    async close() {
      for (const close of closers.reverse()) {
        // A connection that cannot be closed is gone; there is nothing left to do about it.
        await deadline(CLOSE_TIMEOUT, never, close).catch(() => {})
      }
      closers.length = 0
      opened.clear()
    },
  }
}

const CLOSE_TIMEOUT = 10_000
const never = new AbortController().signal

/** A connection that comes when nobody waits for it any more is closed again. */
async function connectInTime(provider: Provider, context: ConnectContext<unknown>): Promise<unknown> {
  const client = await provider.connect(context)
  if (context.signal.aborted) await provider.close?.(client)
  return client
}

// A digest, because endpoints hold secrets and keys stand in messages.
const keyOf = (provider: Provider, endpoint: unknown, on = ''): string =>
  `${provider.name}:${createHash('sha256')
    .update(canonical([on, endpoint]))
    .digest('hex')
    .slice(0, 16)}`

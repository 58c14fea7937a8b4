import type { AddressInfo } from 'node:net'
import type { Account } from './collections/accounts.ts'
import { connectorToken } from './collections/tunnels.ts'
import type { Zone } from './collections/zones.ts'
import { createEdge, type Edge } from './edge.ts'
import { createFaults, type Faults } from './faults.ts'
import { createIds } from './ids.ts'
import { createInspector, type Violation } from './openapi.ts'
import { createRateLimiter, type RateLimit, type RateLimiter } from './rate-limit.ts'
import { type Call, secretsIn } from './record.ts'
import { createSeed, type Seed } from './seed.ts'
import { createApi } from './server.ts'
import type { ApiToken, TokenOptions } from './tokens.ts'
import { createWorld } from './world.ts'

export interface CloudflareOptions {
  /** The zone that is there from the start. */
  zone?: string
  /** How many milliseconds reads are behind writes; 0 unless told. */
  lag?: number
  /** How long, in milliseconds, an application can't yet refer to a policy that was just made; 0 unless told. */
  referenceLag?: number
  /** 1200 requests in 300 seconds unless told, as the real one. */
  rateLimit?: RateLimit
  /** What the first token may do; everything unless told. */
  token?: TokenOptions
  /** Milliseconds since 1970; the machine's unless told. */
  clock?: () => number
  /** Another one gives other identifiers. */
  seed?: string
  /**
   * The file of Cloudflare's OpenAPI description, to check every exchange against; `LARES_CLOUDFLARE_OPENAPI` unless told.
   * Without any nothing is checked.
   */
  description?: string
}

/** A local stand-in of the Cloudflare API, listening. */
export interface CloudflareStandIn extends AsyncDisposable {
  /** Base URL, as the SDK takes it: `http://127.0.0.1:PORT/client/v4`. */
  url: string
  account: Account
  zone: Zone
  /** May do everything, unless the options say otherwise. */
  token: ApiToken
  /** Puts more into the world without a request. */
  seed: Seed
  /** Every request since the start, in the order of arrival. */
  calls: readonly Call[]
  faults: Faults
  edge: Edge
  limiter: RateLimiter
  /** As in the options; may be changed at any time. */
  lag: number
  referenceLag: number
  /** Every secret that was given out or taken in: of clients, tunnels, connectors, identity providers, and API tokens. */
  secretsSeen(): string[]
  /** What the description doesn't allow, request by request. */
  violations: readonly Violation[]
  /** How many requests and answers were checked. */
  checked: Readonly<{ requests: number; answers: number }>
  close(): Promise<void>
}

/** Starts one on a free port of 127.0.0.1. It keeps everything in memory. */
export async function startCloudflare(options: CloudflareOptions = {}): Promise<CloudflareStandIn> {
  const clock = options.clock ?? Date.now
  const ids = createIds(options.seed ?? 'lares')
  const world = createWorld(clock, () => Math.max(standIn.lag, standIn.referenceLag))
  const stage = { world, ids, clock, lag: () => ({ reads: standIn.lag, references: standIn.referenceLag }) }
  const edge = createEdge(world, clock)
  const seed = createSeed(stage, edge.observe)
  const account = seed.account({ name: 'Home' })
  const zone = seed.zone({ name: options.zone ?? 'example.com', account: account.id })
  const token = seed.token(options.token)
  const calls: Call[] = []
  const secrets = new Set<string>()
  const faults = createFaults()
  const limiter = createRateLimiter(options.rateLimit ?? { requests: 1200, seconds: 300 }, clock)
  const inspector = createInspector(options.description ?? process.env.LARES_CLOUDFLARE_OPENAPI)
  const server = createApi({
    ...stage,
    faults,
    limiter,
    arrived: (call) => calls.push(call),
    exchanged(call, sent, answer) {
      inspector.exchanged(call, sent, answer)
      for (const secret of [...secretsIn(sent.body), ...secretsIn(answer.body)]) secrets.add(secret)
      if (call.path.endsWith('/token') && typeof answer.body.result === 'string') secrets.add(answer.body.result)
    },
    changed: (call) => edge.observe(call),
  })
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  const standIn: CloudflareStandIn = {
    url: '',
    account,
    zone,
    token,
    seed,
    calls,
    faults,
    edge,
    limiter,
    lag: options.lag ?? 0,
    referenceLag: options.referenceLag ?? 0,
    secretsSeen: () => [
      ...secrets,
      ...world.tokens.all().map(({ value }) => value),
      ...world.tunnels.all().flatMap((tunnel) => [tunnel.secret, connectorToken(tunnel)]),
      ...world.serviceTokens.all().map(({ secret }) => secret),
      ...secretsIn(world.identityProviders.all()),
    ],
    violations: inspector.violations,
    checked: inspector.checked,
    close,
    [Symbol.asyncDispose]: close,
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  standIn.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/v4`
  return standIn
}

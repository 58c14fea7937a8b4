import { type Access, accessOf } from './access.ts'
import { type Ask, createCalls } from './calls.ts'
import { type ApiToken, verifyToken } from './permissions.ts'
import { type Tunnels, tunnelsOf } from './tunnels.ts'
import { type Zones, zonesOf } from './zones.ts'

export const DEFAULT_URL = 'https://api.cloudflare.com/client/v4'

export interface ConnectOptions {
  accountId: string
  /** An API token, of a user or of the account. */
  token: string
  /** Where the API is, for tests and proxies. */
  url?: string | undefined
}

/** One account of Cloudflare. Requests of all who use it are counted together, and wait when there are too many. */
export interface Cloudflare extends Access {
  readonly accountId: string
  readonly tunnels: Tunnels
  readonly zones: Zones
  /** Verifies the token, once. */
  token(ask?: Ask): Promise<ApiToken>
  /** How many requests were sent so far. */
  readonly requests: number
}

/** A client of one account. Nothing is sent before it is asked something. */
export async function connectCloudflare({ accountId, token, url }: ConnectOptions): Promise<Cloudflare> {
  const { default: Sdk } = await import('cloudflare')
  const api = new Sdk({
    apiToken: token,
    // What else the environment holds is not meant for this account.
    apiKey: null,
    apiEmail: null,
    userServiceKey: null,
    baseURL: url ?? DEFAULT_URL,
    defaultHeaders: withoutHeaders(process.env['CLOUDFLARE_CUSTOM_HEADERS']),
    timeout: 30_000,
    // Repeated here, where it is told and counted.
    maxRetries: 0,
    logLevel: 'off',
  })
  const calls = createCalls()
  let verified: Promise<ApiToken> | undefined
  return {
    accountId,
    ...accessOf(api, calls.call, accountId),
    tunnels: tunnelsOf(api, calls.call, accountId),
    zones: zonesOf(api, calls.call, accountId),
    token(ask = {}) {
      verified ??= verifyToken(api, calls.call, accountId, ask).catch((error: unknown) => {
        verified = undefined
        throw error
      })
      return verified
    },
    get requests() {
      return calls.sent
    },
  }
}

/** The SDK would send them to whatever account, in place of our token, too. What is undefined here takes their place and is not sent. */
const withoutHeaders = (lines = ''): Record<string, undefined> =>
  Object.fromEntries(lines.split('\n').map((line) => [line.slice(0, Math.max(line.indexOf(':'), 0)).trim(), undefined]))

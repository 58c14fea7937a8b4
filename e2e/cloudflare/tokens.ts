import { Refusal } from './envelope.ts'
import type { Ids } from './ids.ts'
import { impliedBy, type Permission, permissions, type Reach, tokenPolicies } from './permissions.ts'
import type { Request, Route } from './route.ts'
import { toSecond } from './time.ts'
import type { View, World } from './world.ts'

/** An API token. */
export interface ApiToken {
  id: string
  name: string
  /** The secret itself; it never leaves the stand-in but to whoever makes the token. */
  value: string
  /** The user whose token it is; all of a user's tokens share one rate limit. */
  user: string
  /** The account that owns it, or null for a user's own. */
  ownedBy: string | null
  status: 'active' | 'disabled'
  /** Milliseconds of the clock, or null for never. */
  expiresAt: number | null
  issuedAt: number
  permissions: readonly Permission[]
  accounts: Reach
  zones: Reach
}

/** What a new token may do. Without anything said it may do all, everywhere, for ever. */
export interface TokenOptions {
  name?: string
  permissions?: readonly Permission[]
  accounts?: Reach
  zones?: Reach
  /** When it expires; may be in the past. */
  expires?: Date
  status?: ApiToken['status']
  /** Its user, by any name. */
  user?: string
  /** Makes it a token of this account instead of a user's. */
  ownedBy?: string
}

/** Makes a token. */
export function addToken(world: World, ids: Ids, now: number, options: TokenOptions = {}): ApiToken {
  const token: ApiToken = {
    id: ids.tag(),
    name: options.name ?? 'lares',
    value: ids.hex(40),
    user: options.user ?? 'owner',
    ownedBy: options.ownedBy ?? null,
    status: options.status ?? 'active',
    expiresAt: options.expires?.getTime() ?? null,
    issuedAt: now,
    permissions: options.permissions ?? permissions,
    accounts: options.accounts ?? 'all',
    zones: options.zones ?? 'all',
  }
  world.tokens.put(token.id, token)
  return token
}

const malformed = () =>
  new Refusal(400, {
    code: 6003,
    message: 'Invalid request headers',
    error_chain: [{ code: 6111, message: 'Invalid format for Authorization header' }],
  })

/**
 * The token of an `Authorization` header.
 * Codes and statuses as recorded in github.com/jeessy2/ddns-go#916 (6003 and 6111), github.com/cloudflare/wrangler2#1139
 * (9109), and developers.cloudflare.com "Create tokens via API" (1000 of verify).
 */
export function authenticate(world: World, header: string | undefined, path: string, now: number): ApiToken {
  if (header === undefined) {
    const message = 'Missing X-Auth-Key, X-Auth-Email or Authorization headers'
    throw new Refusal(400, { code: 9106, message })
  }
  const value = /^Bearer ([A-Za-z0-9_-]{40,})$/.exec(header)?.[1]
  if (value === undefined) throw malformed()
  const token = world.tokens.all().find((each) => each.value === value)
  const verifying = /\/tokens\/verify$/.test(path)
  if (token === undefined) {
    if (verifying) throw new Refusal(401, { code: 1000, message: 'Invalid API Token' })
    throw new Refusal(403, { code: 9109, message: 'Invalid access token' })
  }
  if (verifying) return token
  if (statusOf(token, now) !== 'active') throw new Refusal(403, { code: 9109, message: 'Invalid access token' })
  return token
}

/** Whether the token may do this on the account or zone that the path names. */
export function mayDo(token: ApiToken, needed: Permission, params: Record<string, string>, view: View): boolean {
  if (!token.permissions.some((each) => impliedBy(needed).includes(each))) return false
  if (params.account !== undefined) return reaches(token.accounts, params.account)
  if (params.zone !== undefined) {
    const account = view.zones.get(params.zone)?.account
    return reaches(token.zones, params.zone) && account !== undefined && reaches(token.accounts, account)
  }
  return true
}

/** Whether `id` is among what a token may touch. */
export const reaches = (reach: Reach, id: string) => reach === 'all' || reach.includes(id)

const statusOf = (token: ApiToken, now: number) =>
  token.expiresAt !== null && token.expiresAt <= now ? 'expired' : token.status

const moment = (at: number) => toSecond(new Date(at))

function verify({ token, params, now }: Request) {
  if ((token.ownedBy ?? undefined) !== params.account) {
    throw new Refusal(401, { code: 1000, message: 'Invalid API Token' })
  }
  const { id, expiresAt } = token
  const status = statusOf(token, now.getTime())
  return {
    result: { id, status, ...(expiresAt !== null && { expires_on: moment(expiresAt) }) },
    messages: status === 'active' ? [{ code: 10000, message: 'This API Token is valid and active' }] : [],
  }
}

function details({ params, view, now }: Request) {
  const token = view.tokens.get(params.token ?? '')
  if (token === undefined || (token.ownedBy ?? undefined) !== params.account) {
    throw new Refusal(404, { code: 1001, message: 'Token not found' })
  }
  const issued = moment(token.issuedAt)
  return {
    result: {
      id: token.id,
      name: token.name,
      status: statusOf(token, now.getTime()),
      issued_on: issued,
      modified_on: issued,
      ...(token.expiresAt !== null && { expires_on: moment(token.expiresAt) }),
      policies: tokenPolicies(token.permissions, token.accounts, token.zones, token.user),
    },
  }
}

export const tokenRoutes: Route[] = [
  { method: 'GET', path: '/user/tokens/verify', needs: null, answer: verify },
  { method: 'GET', path: '/user/tokens/:token', needs: 'API Tokens Read', answer: details },
  { method: 'GET', path: '/accounts/:account/tokens/verify', needs: null, answer: verify },
  { method: 'GET', path: '/accounts/:account/tokens/:token', needs: 'Account API Tokens Read', answer: details },
]

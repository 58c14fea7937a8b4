import type Sdk from 'cloudflare'
import type { Ask, Call } from './calls.ts'
import { isCloudflareError } from './error.ts'

export interface ApiToken {
  id: string
  /** `active`, `disabled` or `expired`. */
  status: string
  expiresOn?: string
  /** Names of the permission groups that it has; undefined when it may not look at itself. */
  permissions?: readonly string[]
}

/** What this plugin can make use of, for everything that it knows. */
export const PERMISSIONS = {
  applications: 'Access: Apps and Policies Write',
  organization: 'Access: Organizations, Identity Providers, and Groups Write',
  serviceTokens: 'Access: Service Tokens Write',
  tunnels: 'Cloudflare Tunnel Write',
  dns: 'DNS Write',
  zones: 'Zone Read',
} as const

/** The permissions that are missing; undefined when the token may not look at itself. */
export const missingPermissions = ({ permissions }: ApiToken): string[] | undefined =>
  permissions && Object.values(PERMISSIONS).filter((needed) => !permissions.includes(needed))

/** Verifies the token, and tells what it may do where it may say so. A token of an account is another thing than one of a user. */
export async function verifyToken(api: Sdk, call: Call, account_id: string, ask: Ask): Promise<ApiToken> {
  const subject = { what: 'verify the token', repeatable: true }
  const ofUser = {
    verify: (options: object) => api.user.tokens.verify(options),
    get: (id: string, options: object) => api.user.tokens.get(id, options),
  }
  const ofAccount: typeof ofUser = {
    verify: (options) => api.accounts.tokens.verify({ account_id }, options),
    get: (id, options) => api.accounts.tokens.get(id, { account_id }, options),
  }
  let tokens = ofUser
  const { id, status, expires_on } = await call(subject, ask, tokens.verify).catch(async (error: unknown) => {
    if (!isCloudflareError(error, 'unauthorized', 'permission_denied')) throw error
    tokens = ofAccount
    return await call(subject, ask, tokens.verify).catch(() => Promise.reject(error))
  })
  const reading = { what: 'read the permissions of the token', repeatable: true }
  const permissions = await call(reading, ask, (options) => tokens.get(id, options)).then(namesOf, (error: unknown) => {
    if (isCloudflareError(error, 'permission_denied', 'unauthorized', 'not_found')) return undefined
    throw error
  })
  return { id, status, ...(expires_on ? { expiresOn: expires_on } : {}), ...(permissions ? { permissions } : {}) }
}

function namesOf({ policies = [] }: Awaited<ReturnType<Sdk['user']['tokens']['get']>>): string[] {
  const allowed = policies.filter(({ effect }) => effect === 'allow')
  const names = allowed.flatMap(({ permission_groups: groups }) => groups.flatMap(({ name }) => name ?? []))
  return [...new Set(names)].sort()
}

import { createHash } from 'node:crypto'

/** The permission groups that the routes of the stand-in ask for, by the names that Cloudflare's dashboard and API give them. */
export const permissions = [
  'Account Settings Read',
  'Account API Tokens Read',
  'API Tokens Read',
  'Zone Read',
  'Zone Write',
  'DNS Read',
  'DNS Write',
  'Access: Apps and Policies Read',
  'Access: Apps and Policies Write',
  'Access: Service Tokens Read',
  'Access: Service Tokens Write',
  'Access: Organizations, Identity Providers, and Groups Read',
  'Access: Organizations, Identity Providers, and Groups Write',
  'Cloudflare Tunnel Read',
  'Cloudflare Tunnel Write',
] as const

export type Permission = (typeof permissions)[number]

/** What a token may touch: all, or these identifiers. */
export type Reach = 'all' | readonly string[]

/** What a resource pattern of a policy in the API looks like, and how far a permission reaches. */
const kindOf = (permission: Permission): 'zone' | 'user' | 'account' => {
  if (permission.startsWith('DNS') || permission.startsWith('Zone')) return 'zone'
  return permission === 'API Tokens Read' ? 'user' : 'account'
}

/** A permission and what implies it: who may write may read. */
export function impliedBy(permission: Permission): Permission[] {
  const write = permission.replace(/ Read$/, ' Write')
  return permissions.filter((each) => each === permission || each === write)
}

/** The `policies` of a token with these permissions, as `GET /user/tokens/{id}` shows them. */
export function tokenPolicies(granted: readonly Permission[], accounts: Reach, zones: Reach, user: string) {
  const resources = {
    account: among('com.cloudflare.api.account', accounts),
    zone: among('com.cloudflare.api.account.zone', zones),
    user: { [`com.cloudflare.api.user.${user}`]: '*' },
  }
  return (['account', 'zone', 'user'] as const).flatMap((kind) => {
    const groups = granted.filter((permission) => kindOf(permission) === kind)
    if (groups.length === 0) return []
    return {
      id: digest(`policy ${user} ${groups.join()}`),
      effect: 'allow',
      resources: resources[kind],
      permission_groups: groups.map((name) => ({ id: digest(name), name })),
    }
  })
}

function among(prefix: string, reach: Reach) {
  if (reach === 'all') return { [`${prefix}.*`]: '*' }
  return Object.fromEntries(reach.map((id) => [`${prefix}.${id}`, '*']))
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)

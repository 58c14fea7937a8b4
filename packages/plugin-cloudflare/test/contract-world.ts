import { type Hands, handsWith } from './hands.ts'

/** An account that tests may make things in, below a prefix of their own. */
export interface World {
  /** Id of the account. */
  account: string
  token: string
  /** Where the API is; Cloudflare's own when absent. */
  url?: string
  zone: { id: string; name: string }
  /** What every name begins with; host names are below `<prefix>.<zone>`. */
  prefix: string
  /** Others work in the account, too: only what is below the prefix is looked at. */
  shared?: boolean
}

export const handsIn = ({ account, token, url, zone }: World): Hands =>
  handsWith({ account, token, zone: zone.id, ...(url === undefined ? {} : { url }) })

const isBelow = ({ prefix, zone }: World, name: unknown): boolean =>
  typeof name === 'string' && (name.startsWith(`${prefix}-`) || name.endsWith(`.${prefix}.${zone.name}`))

/** What stands below the prefix, by its name or as a host name. */
export const isOwn = (world: World, each: Readonly<Record<string, unknown>>): boolean =>
  isBelow(world, each['name']) || isBelow(world, each['domain'])

/** Where things are; what refers to others comes before them. */
const paths = ({ account, zone }: Hands): string[] => [
  `${zone}/dns_records`,
  ...['apps', 'policies', 'groups', 'service_tokens', 'identity_providers'].map((kind) => `${account}/access/${kind}`),
  `${account}/cfd_tunnel`,
]

/** Removes everything below the prefix. Returns what it was, as `PATH: NAME`. */
export async function sweep(world: World): Promise<string[]> {
  const hands = handsIn(world)
  const swept: string[] = []
  for (const path of paths(hands))
    for (const each of await hands.list(path)) {
      if (each['deleted_at'] || !isOwn(world, each)) continue
      await hands.remove(`${path}/${each.id}`)
      swept.push(`${path}: ${each['name']}`)
    }
  return swept
}

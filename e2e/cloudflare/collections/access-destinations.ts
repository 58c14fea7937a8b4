import { z } from 'zod'

/** Where an application is: a public host name with a path, or something private. */
export type Destination = z.infer<typeof destinationShape>

export const destinationShape = z.looseObject({
  type: z.string().default('public'),
  uri: z.string().optional(),
})

/**
 * The destinations of a request. The older `self_hosted_domains` and the oldest `domain` say the same of public ones;
 * the newest that is given counts.
 */
export function destinationsOf(
  domain: string | null | undefined,
  destinations: Destination[] | null | undefined,
  selfHosted: string[] | null | undefined,
): Destination[] {
  if (destinations != null && destinations.length > 0) return destinations
  const uris = selfHosted != null && selfHosted.length > 0 ? selfHosted : domain == null ? [] : [domain]
  return uris.map((uri) => ({ type: 'public', uri }))
}

/** The host names, with paths where they have one, of public destinations. */
export const publicUris = (destinations: readonly Destination[]) =>
  destinations.flatMap(({ type, uri }) => (type === 'public' && uri !== undefined ? uri : []))

/** The host name of `host/path`, with the wildcard that it may begin with. */
export const hostnameOf = (uri: string) => (uri.split('/')[0] ?? '').toLowerCase().replace(/:\d+$/, '')

/**
 * Whether a destination covers a host name and path. `*` stands for one or more characters of a host's label or of a path;
 * without a path it covers all of the host, with one what lies below it.
 */
export function covers(uri: string, hostname: string, path: string): boolean {
  const slash = uri.indexOf('/')
  const [host, below] = slash < 0 ? [uri, ''] : [uri.slice(0, slash), uri.slice(slash)]
  const wanted = below.replace(/\/+$/, '')
  const pathFits = new RegExp(`^${pattern(wanted, '.*')}(/.*)?$`).test(path)
  return new RegExp(`^${pattern(host, '[^.]+')}$`, 'i').test(hostname) && pathFits
}

const pattern = (text: string, star: string) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', star)

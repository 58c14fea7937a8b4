/** The parts of an image reference; `domain` and `path` are always spelled out. */
export type ImageReference = { domain: string; path: string; tag?: string; digest?: string }

const DEFAULT_DOMAIN = 'docker.io'
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const TAG = /^\w[\w.-]{0,127}$/
const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}$/i

/** True for an image id (`sha256:…`), which is no reference: it names exactly one image of one engine. */
export const isImageId = (text: string): boolean => /^(?:sha256:)?[0-9a-f]{64}$/.test(text)

/**
 * Splits a reference as the engine does: `nginx` is `docker.io/library/nginx`, with tag `latest` unless a digest is given.
 * @throws RangeError when the text is no reference.
 */
export function parseImageReference(text: string): ImageReference {
  const [named, digest] = splitOnce(text, '@')
  const colon = named.lastIndexOf(':')
  const hasTag = colon > named.lastIndexOf('/')
  const name = hasTag ? named.slice(0, colon) : named
  const tag = hasTag ? named.slice(colon + 1) : digest === undefined ? 'latest' : undefined
  const reference = { ...splitDomain(name), ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) }
  const valid =
    PATH.test(reference.path) && (tag === undefined || TAG.test(tag)) && (digest === undefined || DIGEST.test(digest))
  if (!valid)
    throw new RangeError(`"${text}" is not an image reference such as nginx:1.27 or ghcr.io/owner/app@sha256:…`)
  return reference
}

function splitDomain(name: string): { domain: string; path: string } {
  const [first, rest] = splitOnce(name, '/')
  const isDomain = rest !== undefined && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase())
  const domain = isDomain ? (first === 'index.docker.io' ? DEFAULT_DOMAIN : first) : DEFAULT_DOMAIN
  const path = isDomain ? rest : name
  return { domain, path: domain === DEFAULT_DOMAIN && !path.includes('/') ? `library/${path}` : path }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)]
}

/** The repository as people write it: `nginx`, `grafana/grafana`, `ghcr.io/owner/app`. */
export function formatRepository({ domain, path }: ImageReference): string {
  return domain === DEFAULT_DOMAIN ? path.replace(/^library\//, '') : `${domain}/${path}`
}

/** One spelling for all spellings of a reference: `docker.io/library/nginx` and `nginx` are both `nginx:latest`. An image id stays. */
export function canonicalImage(text: string): string {
  if (isImageId(text)) return text.startsWith('sha256:') ? text : `sha256:${text}`
  const reference = parseImageReference(text)
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`
  return formatRepository(reference) + tag + digest
}

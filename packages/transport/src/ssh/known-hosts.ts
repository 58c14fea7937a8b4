import { createHash, createHmac } from 'node:crypto'

/** One line of a known_hosts file. */
export interface KnownHost {
  readonly file: string
  readonly line: number
  readonly marker: 'cert-authority' | 'revoked' | undefined
  /** Patterns as written: names, wildcards, negations or one hash. */
  readonly hosts: string
  readonly keyType: string
  /** The key in base64. */
  readonly key: string
}

export type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'changed'; readonly instead: KnownHost }
  | { readonly kind: 'revoked'; readonly by: KnownHost }

/** The lines of a known_hosts file; comments and what OpenSSH would not understand are left out. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((line, index) => {
    const words = line.trim().split(/[ \t]+/)
    const marker = words[0]?.startsWith('@') ? words.shift()!.slice(1) : undefined
    const [hosts, keyType, key] = words
    if (!hosts || hosts.startsWith('#') || !keyType || !key) return []
    if (marker !== undefined && marker !== 'cert-authority' && marker !== 'revoked') return []
    return [{ file, line: index + 1, marker, hosts, keyType, key }]
  })
}

/** What the known hosts say about a key that a host has shown. `key` is the key as SSH sends it. */
export function judge(known: readonly KnownHost[], name: string, port: number, key: Buffer): Verdict {
  const shown = key.toString('base64')
  const lines = known.filter((line) => names(line, name, port))
  const revoked = lines.find((line) => line.marker === 'revoked' && line.key === shown)
  if (revoked) return { kind: 'revoked', by: revoked }

  const plain = lines.filter((line) => line.marker === undefined)
  if (plain.some((line) => line.key === shown)) return { kind: 'known' }
  const instead = plain.find((line) => line.keyType === keyTypeOf(key)) ?? plain[0]
  if (instead) return { kind: 'changed', instead }
  return { kind: withoutPort(known, name, port).some((line) => line.key === shown) ? 'known' : 'unknown' }
}

/** Types of the keys that are known for a host, so that it is asked for one of those. */
export function knownKeyTypes(known: readonly KnownHost[], name: string, port: number): string[] {
  const exact = known.filter((line) => line.marker === undefined && names(line, name, port))
  const lines = exact.length > 0 ? exact : withoutPort(known, name, port)
  return [...new Set(lines.map(({ keyType }) => keyType))]
}

/** How known_hosts writes a host. */
export function knownHostsName(name: string, port: number): string {
  return port === 22 ? name.toLowerCase() : `[${name.toLowerCase()}]:${port}`
}

/** The type that stands at the beginning of every SSH key. */
export function keyTypeOf(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1')
}

/** As OpenSSH shows it: `SHA256:` and base64 without padding. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** OpenSSH takes a key that is known for the host's standard port on its other ports too. */
function withoutPort(known: readonly KnownHost[], name: string, port: number): KnownHost[] {
  return port === 22 ? [] : known.filter((line) => line.marker === undefined && names(line, name, 22))
}

function names(line: KnownHost, name: string, port: number): boolean {
  const wanted = knownHostsName(name, port)
  if (line.hosts.startsWith('|')) return isHashOf(line.hosts, wanted)
  const patterns = line.hosts.toLowerCase().split(',')
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1), wanted))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern, wanted))
}

function isHashOf(hash: string, name: string): boolean {
  const [, version, salt, digest] = hash.split('|')
  if (version !== '1' || !salt || !digest) return false
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === digest
}

function matches(pattern: string, name: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`).test(name)
}

import { isIPv4, isIPv6 } from 'node:net'

/** In the order in which nfs-utils asks them (`client_gettype` in support/export/client.c): the first kind that takes an address decides. */
export const clientKinds = ['host', 'network', 'wildcard', 'netgroup', 'anonymous', 'gss'] as const
/** `host` is an address or a name; `anonymous` is everybody. */
export type ClientKind = (typeof clientKinds)[number]

/** What a client of an export is taken for. Total: every text is of some kind, though perhaps one that exportfs refuses. */
export function clientKind(spec: string): ClientKind {
  if (spec === '' || spec === '*') return 'anonymous'
  if (spec.startsWith('gss/')) return 'gss'
  if (spec.startsWith('@')) return 'netgroup'
  const special = /^(?:\\.|[^*?[/\\]|\\$)*([*?[/])/s.exec(spec)?.[1]
  if (special === undefined) return 'host'
  return special === '/' ? 'network' : 'wildcard'
}

/** Why exportfs refuses a client or finds nobody under it; undefined when it takes it, or only a look-up can tell. */
export function clientProblem(spec: string): string | undefined {
  const kind = clientKind(spec)
  if (kind === 'network' && !parseNetwork(spec))
    return `"${spec}" is no network: expected an address, a slash and a length or mask`
  if (kind === 'host' && !parseAddress(spec) && !/^[\w.-]+$/.test(spec))
    return `"${spec}" is no address and no name of a host`
  return undefined
}

/**
 * Whether a client of an export takes an address; undefined where only asking can tell: names, patterns of names, netgroups,
 * and `gss/krb5`, which takes none by its address. Also undefined for networks of length 0, which nfs-utils 2.6 does
 * not count as everybody on all machines (it shifts 32 bits by 32). Throws a RangeError when the address is none.
 */
export function clientTakes(spec: string, address: string): boolean | undefined {
  const asked = parseAddress(address)
  if (!asked) throw new RangeError(`"${address}" is no IP address`)
  const { bits, value, zone } = unmapped(asked)
  const kind = clientKind(spec)
  if (kind === 'anonymous') return true
  if (kind === 'network') {
    const network = parseNetwork(spec)
    if (!network) return false
    if (network.mask === 0n) return undefined
    return network.bits === bits && (network.value & network.mask) === (value & network.mask)
  }
  const host = kind === 'host' ? parseAddress(spec) : undefined
  if (!host) return clientProblem(spec) ? false : undefined
  if (host.bits !== bits || host.value !== value) return false
  return host.zone === zone || undefined
}

/** Servers see IPv4 clients by their IPv4 address. */
const unmapped = (address: Address): Address =>
  address.bits === 128 && address.value >> 32n === 0xffffn ? { bits: 32, value: address.value & 0xffff_ffffn } : address

/** The same text for clients that mean the same: `10.0.0.5/32` and `10.0.0.5`, `10.0.0.0/255.255.255.0` and `10.0.0.7/24`, `FE80:0::1` and `fe80::1`. */
export function canonicalClient(spec: string): string {
  const kind = clientKind(spec)
  if (kind === 'anonymous') return '*'
  if (kind === 'netgroup' || kind === 'gss') return spec
  const network = kind === 'network' ? parseNetwork(spec) : undefined
  if (network) {
    const ones = network.mask.toString(2).replace(/0+$/, '')
    const length =
      network.mask === 0n ? 0 : /^1+$/.test(ones) && network.mask >> BigInt(network.bits - 1) ? ones.length : undefined
    const base = formatAddress({ ...network, value: network.value & network.mask })
    if (length === network.bits) return base
    return `${base}/${length ?? formatAddress({ ...network, value: network.mask })}`
  }
  const address = kind === 'host' ? parseAddress(spec) : undefined
  return address ? formatAddress(address) : spec.toLowerCase()
}

/** Whether two clients of exports mean the same. Names are not looked up. */
export const sameClient = (a: string, b: string): boolean => canonicalClient(a) === canonicalClient(b)

interface Address {
  bits: 32 | 128
  value: bigint
  zone?: string | undefined
}

function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { bits: 32, value: joined(text.split('.').map(Number), 8) }
  if (!isIPv6(text)) return undefined
  const [plain = '', zone] = text.split('%')
  const dotted = /[\d.]*$/.exec(plain)![0]
  const tail = isIPv4(dotted) ? parseAddress(dotted)!.value : undefined
  const hex =
    tail === undefined
      ? plain
      : `${plain.slice(0, -dotted.length)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`
  const [left = [], right = []] = hex.split('::').map((half) => half.split(':').filter((group) => group !== ''))
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
  const value = joined(
    groups.map((group) => Number.parseInt(group, 16)),
    16,
  )
  return { bits: 128, value, zone }
}

const joined = (parts: readonly number[], width: number): bigint =>
  parts.reduce((value, part) => (value << BigInt(width)) | BigInt(part), 0n)

function formatAddress({ bits, value, zone }: Address): string {
  const width = bits === 32 ? 8 : 16
  const parts = Array.from({ length: bits / width }, (_, index) =>
    Number((value >> BigInt(bits - width * (index + 1))) & ((1n << BigInt(width)) - 1n)),
  )
  if (bits === 32) return parts.join('.')
  const address = new URL(`http://[${parts.map((part) => part.toString(16)).join(':')}]`).hostname.slice(1, -1)
  return zone === undefined ? address : `${address}%${zone}`
}

/** Addresses that are equal in the bits of `mask`. */
export type Network = Pick<Address, 'bits' | 'value'> & { mask: bigint }

/** The addresses that a client stands for; undefined where only asking can tell, or it stands for none. */
export function networkOf(spec: string): Network | undefined {
  if (clientKind(spec) === 'network') return parseNetwork(spec)
  const address = parseAddress(spec)
  return address && { ...address, mask: (1n << BigInt(address.bits)) - 1n }
}

/** Whether all addresses of one network are among those of another; undefined where some are. */
export function networkCovers(outer: Network, inner: Network): boolean | undefined {
  const common = outer.mask & inner.mask
  if (outer.bits !== inner.bits || (outer.value & common) !== (inner.value & common)) return false
  return common === outer.mask || undefined
}

function parseNetwork(spec: string): (Address & { mask: bigint }) | undefined {
  const slash = spec.indexOf('/')
  const base = parseAddress(spec.slice(0, slash))
  const length = spec.slice(slash + 1)
  if (!base) return undefined
  const all = (1n << BigInt(base.bits)) - 1n
  if (/^\+?\d*$/.test(length)) {
    if (Number(length) > base.bits) return undefined
    return { ...base, mask: (all << BigInt(base.bits - Number(length))) & all }
  }
  const mask = parseAddress(length)
  return mask?.bits === base.bits ? { ...base, mask: mask.value } : undefined
}

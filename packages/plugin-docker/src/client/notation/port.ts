import { isIPv6 } from 'node:net'

/** A published container port; `published` is absent when the engine picks one, and a range when it picks from that. */
export type PortBinding = { hostIp?: string; published?: string; target: number; protocol: string }

const SPECIFICATION =
  /^(?:(?:(?<ip>\[[0-9a-f:.]+(?:%\w+)?\]|[\d.]+):)?(?<published>\d+(?:-\d+)?)?:)?(?<target>\d+(?:-\d+)?)(?:\/(?<protocol>tcp|udp|sctp))?$/i

/**
 * All bindings of a port in Docker's notation: `80`, `8080:80`, `127.0.0.1:8080:80/udp`, `[::1]:53:53`, `8000-8002:80-82`,
 * `127.0.0.1::80`.
 * @throws RangeError when the text is no port, a port is out of range or the two ranges differ in length.
 */
export function parsePort(specification: string | number): PortBinding[] {
  const groups = SPECIFICATION.exec(String(specification))?.groups
  if (!groups) throw new RangeError(`"${specification}" is not a port such as 8080:80 or 127.0.0.1:53:53/udp`)
  const targets = expandRange(groups['target']!)
  const hostIp = canonicalHostIp(groups['ip'])
  const base = { protocol: (groups['protocol'] ?? 'tcp').toLowerCase(), ...(hostIp !== undefined && { hostIp }) }
  if (groups['published'] === undefined) return targets.map((target) => ({ ...base, target }))
  const published = expandRange(groups['published'])
  if (targets.length === 1) return [{ ...base, target: targets[0]!, published: groups['published'] }]
  if (published.length !== targets.length)
    throw new RangeError(`"${specification}": the two port ranges differ in length`)
  return targets.map((target, index) => ({ ...base, target, published: String(published[index]) }))
}

function expandRange(range: string): number[] {
  const [first = 0, last = first] = range.split('-').map(Number)
  if (last < first || last > 65_535 || first < 0) throw new RangeError(`"${range}" is not a range of ports`)
  return Array.from({ length: last - first + 1 }, (_, offset) => first + offset)
}

/** No address means every address of both families; `0.0.0.0` is IPv4 alone and stays. */
function canonicalHostIp(ip: string | undefined): string | undefined {
  return ip?.replace(/^\[|\]$/g, '').toLowerCase() || undefined
}

/** The canonical notation: `8080:80/tcp`, `127.0.0.1:8080:80/udp`, `80/tcp` when the engine picks the published port. */
export function formatPort({ hostIp, published, target, protocol }: PortBinding): string {
  const ip = hostIp === undefined ? '' : `${isIPv6(hostIp) ? `[${hostIp}]` : hostIp}:`
  const left = ip !== '' || published !== undefined ? `${ip}${published ?? ''}:` : ''
  return `${left}${target}/${protocol}`
}

/** Canonical, expanded, sorted, without duplicates. */
export function canonicalPorts(ports: readonly (string | number)[]): string[] {
  return sortPorts(ports.flatMap(parsePort))
}

/** Canonical notation of bindings, by target port, then by the rest. */
export function sortPorts(bindings: readonly PortBinding[]): string[] {
  const sorted = bindings.toSorted((a, b) => a.target - b.target || (formatPort(a) < formatPort(b) ? -1 : 1))
  return [...new Set(sorted.map(formatPort))]
}

/** `{ HostIp, HostPort }` as the engine reports it, back to a binding. */
export function portFromEngine(key: string, bound: { HostIp?: string; HostPort?: string }): PortBinding {
  const [target, protocol = 'tcp'] = key.split('/')
  const hostIp = canonicalHostIp(bound.HostIp)
  return {
    target: Number(target),
    protocol,
    ...(hostIp !== undefined && { hostIp }),
    ...(bound.HostPort && bound.HostPort !== '0' && { published: bound.HostPort }),
  }
}

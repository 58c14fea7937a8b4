import { BlockList, isIP } from 'node:net'

const HUB = 'docker.io'
const HUB_HOST = 'registry-1.docker.io'

/** What the engine's `/info` tells of registries. */
export interface RegistryConfig {
  InsecureRegistryCIDRs?: readonly string[] | null
  IndexConfigs?: Record<string, { Secure?: boolean }> | null
}

/** Where a registry is asked, in the order in which they are tried. */
export const originsOf = (domain: string, insecure: boolean): string[] => {
  const host = domain === HUB ? HUB_HOST : domain
  return insecure ? [`https://${host}`, `http://${host}`] : [`https://${host}`]
}

/** The name under which logins for an origin are kept. */
export const domainOf = (origin: string): string => {
  const { host } = new URL(origin)
  return host === HUB_HOST ? HUB : host
}

/** The machine itself, whichever that is. */
export function isLoopback(domain: string): boolean {
  const host = hostOf(domain)
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(?:\.\d+){3}$/.test(host)
}

/** A registry that an engine asks without TLS, or without looking at the certificate. */
export function isInsecure(domain: string, config: RegistryConfig | undefined): boolean {
  const { InsecureRegistryCIDRs: ranges, IndexConfigs: named } = config ?? {}
  if (isLoopback(domain) || named?.[domain]?.Secure === false) return true
  const host = hostOf(domain)
  const family = isIP(host) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(host) === 0) return false
  const insecure = new BlockList()
  for (const range of ranges ?? []) {
    const [address = '', bits] = range.split('/')
    insecure.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return insecure.check(host, family)
}

const hostOf = (domain: string): string => domain.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')

import type { Sections } from './ini.ts'

/** Where an agent answers that has these options: nowhere without an address. */
export function webAddress({ web = {} }: Sections): { address: string | undefined; port: number } {
  const bind = web['mode'] === 'none' ? [] : (web['bind to'] ?? '*').split(/\s+/)
  return { address: addressOf(bind), port: Number(web['default port'] ?? 19_999) }
}

/** Where the host itself reaches it: what listens everywhere does so on loopback, too. */
export function addressOf(bind: readonly string[]): string | undefined {
  const hosts = bind.map((each) => each.replace(/=.*$/, '').replace(/(?<=^[^:]*|\]):\d+$/, ''))
  if (hosts.some((host) => ['*', '0.0.0.0', '127.0.0.1', 'localhost', '::', '[::]'].includes(host))) return '127.0.0.1'
  return hosts[0]?.replace(/^\[(.*)\]$/, '$1')
}

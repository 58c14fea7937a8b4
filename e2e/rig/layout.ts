import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Everything that the running rig writes, in memory and private to its namespaces. */
export const rigDir = '/run/lares-rig'
/** The first end of the bridge that the hosts hang on; engine and registries of the rig itself answer here. */
export const gateway = '10.77.0.1'
export const users = ['ops', 'visitor'] as const
export const registryAddress = `${gateway}:5000`
export const privateRegistry = { address: `${gateway}:5001`, username: 'family', password: 'open-sesame' }
export const webPort = 8300
export const webUrl = `http://${gateway}:${webPort}`
/** Where guests and hosts get packages from. */
export const archiveUrl = `${webUrl}/debian/`
/** Where guests' disk images are to be had, with `SHA256SUMS`. */
export const imagesUrl = `${webUrl}/images/`

export interface HostSpec {
  name: string
  address: string
  user: 'root' | (typeof users)[number]
  /**
   * `sshd`: the machine's programs, and sshd runs; with `engine` an engine, too. `hypervisor`: the same on the rig's own
   * network, where the rig's libvirtd is at hand. `systemd`: a Debian of its own, booted by its systemd.
   */
  kind: 'sshd' | 'engine' | 'hypervisor' | 'systemd'
}

export const hostSpecs: readonly HostSpec[] = [
  { name: 'h1', address: '10.77.0.11', user: 'root', kind: 'sshd' },
  { name: 'h2', address: '10.77.0.12', user: 'root', kind: 'engine' },
  { name: 'h3', address: '10.77.0.13', user: 'ops', kind: 'engine' },
  { name: 'h4', address: '10.77.0.14', user: 'root', kind: 'sshd' },
  { name: 'tower', address: '10.77.0.20', user: 'root', kind: 'hypervisor' },
  { name: 'debian', address: '10.77.0.21', user: 'root', kind: 'systemd' },
]

/** The rig's end of a host's cable. */
export function wire(host: string): string {
  return `rig-${host}`
}

/** Where what is slow to make is kept between runs. Inside the rig, `rig().cache` tells. */
export function cacheBase(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lares-rig')
}

/** One folder there for each version of a part's ingredients. */
export async function cacheDir(part: string, ingredients: string, base = cacheBase()): Promise<string> {
  const release = await readFile('/etc/os-release')
  const hash = createHash('sha256').update(process.arch).update(release).update(ingredients)
  return join(base, `${part}-${hash.digest('hex').slice(0, 16)}`)
}

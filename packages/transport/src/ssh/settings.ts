import { join } from 'node:path'
import type { HostEndpoint } from '../endpoint.ts'
import type { Environment } from '../environment.ts'
import { HostError } from '../host-error.ts'
import { readConfig } from './config-file.ts'
import { absolute } from './user-file.ts'

/** All that is decided before a connection is opened. Paths are absolute. */
export interface SshSettings {
  /** What the user called it; known_hosts advice uses it. */
  readonly alias: string
  readonly hostName: string
  readonly port: number
  readonly user: string
  /** The name that known_hosts has it under. */
  readonly hostKeyName: string
  readonly hostKey: string | undefined
  readonly identityFiles: readonly string[]
  readonly identitiesOnly: boolean
  readonly agentSocket: string | undefined
  readonly proxyJump: readonly string[]
  readonly userKnownHostsFiles: readonly string[]
  readonly globalKnownHostsFiles: readonly string[]
  readonly connectTimeout: number
  readonly keepaliveInterval: number
}

const defaultIdentities = ['id_ed25519', 'id_ecdsa', 'id_rsa']
const defaultConnectTimeout = 10_000
const defaultKeepaliveInterval = 10_000

/** An endpoint completed by the user's and the machine's SSH configuration. */
export async function resolveSettings(
  endpoint: HostEndpoint & { readonly address: string },
  environment: Environment,
): Promise<SshSettings> {
  const { address: alias } = endpoint
  const { home } = environment
  const config = (await readConfig(environment, home)).compute(
    endpoint.user === undefined ? { Host: alias } : { Host: alias, User: endpoint.user },
    { ignoreCase: true, matchExec: false },
  )
  const all = (name: string): string[] => [config[name] ?? []].flat()
  const one = (name: string): string | undefined => all(name)[0]

  const proxyCommand = one('proxycommand')
  if (proxyCommand !== undefined && proxyCommand !== 'none' && endpoint.proxyJump === undefined)
    throw new HostError('config_invalid', `${alias}: ProxyCommand of the SSH configuration is not supported`, {
      advice: 'Use ProxyJump, or give proxyJump with the host.',
    })

  const port = endpoint.port ?? Number(one('port') ?? 22)
  const user = endpoint.user ?? one('user') ?? environment.user
  const hostName = expand(one('hostname') ?? alias, { h: alias, n: alias })
  const tokens = { h: hostName, n: alias, p: String(port), r: user, u: environment.user, d: home }
  const path = (value: string) => absolute(expand(value, tokens), home)
  const configured = all('identityfile').filter((file) => file !== 'none')
  const identityFiles =
    all('identityfile').length > 0 ? configured : defaultIdentities.map((name) => join(home, '.ssh', name))

  return {
    alias,
    hostName,
    port,
    user,
    hostKeyName: one('hostkeyalias') ?? hostName,
    hostKey: endpoint.hostKey,
    identityFiles: [...new Set([...(endpoint.identityFiles ?? []), ...identityFiles].map(path))],
    identitiesOnly: isYes(one('identitiesonly')),
    agentSocket: agentSocket(one('identityagent'), environment, path),
    proxyJump: endpoint.proxyJump ?? jumps(one('proxyjump')),
    userKnownHostsFiles: files(all('userknownhostsfile'), [join(home, '.ssh', 'known_hosts')]).map(path),
    globalKnownHostsFiles: files(
      all('globalknownhostsfile'),
      environment.globalKnownHostsFiles ?? ['/etc/ssh/ssh_known_hosts'],
    ).map(path),
    connectTimeout: endpoint.connectTimeout ?? seconds(one('connecttimeout')) ?? defaultConnectTimeout,
    keepaliveInterval: seconds(one('serveraliveinterval')) ?? defaultKeepaliveInterval,
  }
}

const jumpForm =
  /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^:@\s[\]]+|[\da-fA-F]*:[\da-fA-F:.]*:[\da-fA-F:.]*))(?::(\d+))?\/?$/

/** Parts of `user@host:port`, `ssh://user@host:port` and `[::1]:22`. */
export function parseJump(jump: string): { address: string; user?: string; port?: number } {
  const match = jumpForm.exec(jump.trim())
  const address = match?.[2] ?? match?.[3]
  if (!match || !address) throw new HostError('config_invalid', `Not a host to jump over: ${JSON.stringify(jump)}`)
  const [, user, , , port] = match
  return { address, ...(user ? { user } : {}), ...(port ? { port: Number(port) } : {}) }
}

function expand(value: string, tokens: Readonly<Record<string, string>>): string {
  return value.replaceAll(/%(.)/g, (token, name: string) => (name === '%' ? '%' : (tokens[name] ?? token)))
}

function agentSocket(configured: string | undefined, environment: Environment, path: (value: string) => string) {
  if (configured === undefined || configured === 'SSH_AUTH_SOCK') return environment.agentSocket
  return configured === 'none' ? undefined : path(configured)
}

function jumps(value: string | undefined): string[] {
  if (value === undefined || value.toLowerCase() === 'none') return []
  return value.split(',').map((jump) => jump.trim())
}

function files(configured: readonly string[], fallback: readonly string[]): readonly string[] {
  if (configured.length === 0) return fallback
  return configured.filter((file) => file !== 'none')
}

function isYes(value: string | undefined): boolean {
  return value?.toLowerCase() === 'yes' || value?.toLowerCase() === 'true'
}

function seconds(value: string | undefined): number | undefined {
  const match = /^(\d+)([smh]?)$/i.exec(value ?? '')
  if (!match || match[1] === '0') return undefined
  const unit = { '': 1_000, s: 1_000, m: 60_000, h: 3_600_000 }[match[2]!.toLowerCase()] ?? 1_000
  return Number(match[1]) * unit
}

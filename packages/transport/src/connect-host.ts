import { composeHost } from './compose-host.ts'
import type { HostEndpoint } from './endpoint.ts'
import { currentEnvironment, type Environment } from './environment.ts'
import type { Host } from './host.ts'
import { HostError } from './host-error.ts'
import { localHost } from './local-host.ts'
import type { Secrets } from './ssh/authentication.ts'
import { connection } from './ssh/connection.ts'
import { describe, dial } from './ssh/dial.ts'
import { sshLink } from './ssh/link.ts'
import { parseJump, resolveSettings } from './ssh/settings.ts'

export interface ConnectOptions extends Secrets {
  readonly signal?: AbortSignal | undefined
  /** A host that the connection leads through; it is not closed with this one. */
  readonly via?: Host | undefined
  /** Whose configuration, keys and agent are used; the session of this process by default. */
  readonly environment?: Environment | undefined
}

const longestChain = 8

/**
 * Opens a host and logs in: `connectHost({ address: 'tower.lan', user: 'root' })`. Without an address, this machine; an
 * address that is undefined, as when a variable is not set, is `config_invalid`. Rejects with a HostError: `unreachable`, `auth_failed`, `host_key_unknown`, `host_key_changed`, ...
 */
export async function connectHost(endpoint: HostEndpoint = {}, options: ConnectOptions = {}): Promise<Host> {
  return await open(endpoint, options, 0)
}

async function open(endpoint: HostEndpoint, options: ConnectOptions, depth: number): Promise<Host> {
  const { address } = endpoint
  if (address === undefined) {
    if (!('address' in endpoint)) return localHost()
    throw new HostError('config_invalid', 'The address of the host is undefined', {
      advice: 'Is a variable not set? For this machine leave "address" out.',
    })
  }
  const { environment = currentEnvironment(), signal } = options
  const settings = await resolveSettings({ ...endpoint, address }, environment)
  const description = describe(settings)
  if (depth > longestChain) throw new HostError('config_invalid', `${description}: ProxyJump leads in a circle`)

  const last = settings.proxyJump.at(-1)
  const jump =
    last === undefined
      ? undefined
      : await open({ ...parseJump(last), ...earlier(settings.proxyJump) }, options, depth + 1)
  const through = jump ?? (options.via?.local ? undefined : options.via)
  const link = connection(description, (closing) => dial(settings, options, through, closing))
  try {
    await link.client(signal)
  } catch (error) {
    await link.close()
    await jump?.close()
    throw error
  }
  return composeHost(sshLink(description, link, async () => jump?.close()))
}

/** The hosts before the last one of a chain lead to it; without any, its own configuration says how. */
function earlier(chain: readonly string[]): { proxyJump?: readonly string[] } {
  return chain.length > 1 ? { proxyJump: chain.slice(0, -1) } : {}
}

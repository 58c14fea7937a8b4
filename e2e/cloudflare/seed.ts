import type { Account } from './collections/accounts.ts'
import { newConnector } from './collections/tunnel-connectors.ts'
import type { Zone } from './collections/zones.ts'
import { dispatch, type Stage } from './dispatch.ts'
import type { Call } from './record.ts'
import type { Method } from './route.ts'
import { type ApiToken, addToken, type TokenOptions } from './tokens.ts'

/** Arranges the world behind the API's back: no request, no call on record, no limit. */
export interface Seed {
  account(options: { name: string; authDomain?: string | null }): Account
  zone(options: { name: string; account: string; status?: Zone['status'] }): Zone
  token(options?: TokenOptions): ApiToken
  /** Takes a token back. */
  revoke(token: string): void
  /**
   * Carries out a request as somebody who may do everything, as a person in the dashboard would, and returns its result:
   * `plant('POST', '/accounts/…/access/groups', { … })`. Throws the refusal.
   */
  plant(method: Method, path: string, body?: unknown): unknown
  /** Lets a connector run for the tunnel, with four connections. Returns its id. */
  connect(tunnel: string): string
  /** Ends the connectors of the tunnel. */
  disconnect(tunnel: string): void
}

/** `changed` hears of what is planted, as of a request without a token. */
export function createSeed(stage: Stage, changed: (call: Call) => void): Seed {
  const { world, ids, clock } = stage
  const now = () => new Date(clock())
  const tunnelOf = (id: string) => {
    const tunnel = world.tunnels.get(id)
    if (tunnel === undefined) throw new Error(`No tunnel ${id}`)
    return tunnel
  }
  return {
    account({ name, authDomain = `${name.toLowerCase()}.cloudflareaccess.com` }) {
      const account: Account = { id: ids.tag(), name, createdAt: now(), authDomain }
      world.accounts.put(account.id, account)
      return account
    },
    zone({ name, account, status = 'active' }) {
      const zone: Zone = { id: ids.tag(), name, account, status, createdAt: now() }
      world.zones.put(zone.id, zone)
      return zone
    },
    token: (options) => addToken(world, ids, clock(), options),
    revoke: (token) => world.tokens.delete(token),
    plant(method, path, body) {
      const token = addToken(world, ids, clock(), { user: 'somebody else' })
      try {
        const { status = 200, result } = dispatch(stage, { method, path, query: new URLSearchParams(), body, token })
        changed({ method, path, query: {}, status, at: clock(), token: null })
        return result
      } finally {
        world.tokens.delete(token.id)
      }
    },
    connect(id) {
      const tunnel = tunnelOf(id)
      const connector = newConnector(ids.uuid, now())
      const connectors = [...tunnel.connectors, connector]
      world.tunnels.put(id, { ...tunnel, connectors, everConnected: true, activeAt: now(), inactiveAt: null })
      return connector.id
    },
    disconnect(id) {
      const tunnel = tunnelOf(id)
      world.tunnels.put(id, { ...tunnel, connectors: [], activeAt: null, inactiveAt: now() })
    },
  }
}

import { z } from 'zod'
import { parsed } from '../body.ts'
import { paged, Refusal } from '../envelope.ts'
import type { Request, Route } from '../route.ts'
import { toMicrosecond } from '../time.ts'
import type { View } from '../world.ts'
import type { TunnelConnector } from './tunnel-connectors.ts'

/**
 * A tunnel. Deleted ones stay.
 * Where nothing else is named, shapes, times and refusals of tunnels follow what the emulator `flarefake` notes beside its
 * recordings of 2026-09-29.
 */
export interface Tunnel {
  id: string
  account: string
  name: string
  /** In base64; what connectors show. */
  secret: string
  configSource: 'local' | 'cloudflare'
  connectors: TunnelConnector[]
  createdAt: Date
  deletedAt: Date | null
  /** Whether a connector ever ran. */
  everConnected: boolean
  activeAt: Date | null
  inactiveAt: Date | null
}

const bad = (status: number, code: number, message: string) => new Refusal(status, { code, message })

const invalid = (what: string) => bad(400, 1001, `Invalid request: ${what}`)

const secret = z.base64().refine((text) => Buffer.from(text, 'base64').length >= 32, 'must be at least 32 bytes')
const shape = z.object({
  name: z.string().min(1),
  tunnel_secret: secret.optional(),
  config_src: z.enum(['local', 'cloudflare']).default('local'),
})
const changes = z.object({ name: z.string().min(1).optional(), tunnel_secret: secret.optional() })

/** What a connector is started with: base64 of account, tunnel and secret. */
export const connectorToken = ({ id, account, secret: s }: Tunnel) =>
  Buffer.from(JSON.stringify({ a: account, t: id, s })).toString('base64')

const statusOf = ({ connectors, everConnected }: Tunnel) => {
  if (connectors.length > 0) return 'healthy'
  return everConnected ? 'down' : 'inactive'
}

/** Without its `connections`, which are no longer part of it since October 2026 and have a collection of their own. */
function shown(tunnel: Tunnel) {
  const at = (moment: Date | null) => (moment === null ? null : toMicrosecond(moment))
  return {
    id: tunnel.id,
    account_tag: tunnel.account,
    created_at: toMicrosecond(tunnel.createdAt),
    deleted_at: at(tunnel.deletedAt),
    name: tunnel.name,
    conns_active_at: at(tunnel.activeAt),
    conns_inactive_at: at(tunnel.inactiveAt),
    tun_type: 'cfd_tunnel',
    metadata: {},
    status: statusOf(tunnel),
    ...(tunnel.deletedAt === null
      ? { remote_config: tunnel.configSource === 'cloudflare', config_src: tunnel.configSource }
      : { remote_config: false }),
  }
}

const ofAccount = (view: View, account: string | undefined) =>
  view.tunnels.all().filter((tunnel) => tunnel.account === account)

/** The tunnel that the path names. */
export function tunnelAsked({ view, params }: Request): Tunnel {
  const tunnel = ofAccount(view, params.account).find(({ id }) => id === params.tunnel)
  if (tunnel === undefined) throw bad(404, 1003, 'Tunnel not found')
  return tunnel
}

/** github.com/linuxserver/docker-mods#280 */
function refuseName(name: string, account: string, view: View, but: string | null): void {
  const taken = ofAccount(view, account).some(
    (tunnel) => tunnel.deletedAt === null && tunnel.name === name && tunnel.id !== but,
  )
  const message =
    'You already have a tunnel with this name. Delete the existing tunnel, or choose a different name for your new tunnel'
  if (taken) throw bad(409, 1013, message)
}

function create({ params, body, view, now, ids, world }: Request) {
  const account = params.account ?? ''
  const wanted = parsed(shape, body, invalid)
  refuseName(wanted.name, account, view, null)
  const tunnel: Tunnel = {
    id: ids.uuid(),
    account,
    name: wanted.name,
    secret: wanted.tunnel_secret ?? Buffer.from(ids.hex(64), 'hex').toString('base64'),
    configSource: wanted.config_src,
    connectors: [],
    createdAt: now,
    deletedAt: null,
    everConnected: false,
    activeAt: null,
    inactiveAt: now,
  }
  world.tunnels.put(tunnel.id, tunnel)
  const { id, name, secret: TunnelSecret } = tunnel
  const credentials = { AccountTag: account, TunnelID: id, TunnelName: name, TunnelSecret }
  return { result: { ...shown(tunnel), credentials_file: credentials, token: connectorToken(tunnel) } }
}

function update(request: Request) {
  const old = alive(request)
  const { name = old.name, tunnel_secret: changed = old.secret } = parsed(changes, request.body, invalid)
  refuseName(name, old.account, request.view, old.id)
  const tunnel = { ...old, name, secret: changed }
  request.world.tunnels.put(tunnel.id, tunnel)
  return { result: shown(tunnel) }
}

function alive(request: Request): Tunnel {
  const tunnel = tunnelAsked(request)
  if (tunnel.deletedAt !== null) throw bad(404, 1003, 'Tunnel not found')
  return tunnel
}

function remove(request: Request) {
  const old = tunnelAsked(request)
  if (old.connectors.length > 0) {
    const message =
      'This tunnel has active connections. Please stop all cloudflared replicas, or wait a few minutes for connections to close, then try again.'
    throw bad(400, 1022, message)
  }
  const tunnel = { ...old, deletedAt: old.deletedAt ?? request.now }
  request.world.tunnels.put(tunnel.id, tunnel)
  return { result: shown(tunnel) }
}

function listed({ view, params, query }: Request) {
  const deleted = query.get('is_deleted')
  const tunnels = ofAccount(view, params.account)
    .filter((tunnel) => deleted === null || String(tunnel.deletedAt !== null) === deleted)
    .filter(({ name }) => !query.has('name') || query.get('name') === name)
    .filter(({ name }) => name.startsWith(query.get('include_prefix') ?? ''))
    .filter(({ name }) => !query.has('exclude_prefix') || !name.startsWith(query.get('exclude_prefix') ?? ''))
    .filter(({ id }) => !query.has('uuid') || query.get('uuid') === id)
    .filter((tunnel) => !query.has('status') || query.get('status') === statusOf(tunnel))
  return paged(tunnels.map(shown), query, { usual: 1000, most: 1000 })
}

const collection = '/accounts/:account/cfd_tunnel'
const one = `${collection}/:tunnel`
const read = 'Cloudflare Tunnel Read'
const change = 'Cloudflare Tunnel Write'

export const tunnelRoutes: Route[] = [
  { method: 'GET', path: collection, needs: read, answer: listed },
  { method: 'GET', path: one, needs: read, answer: (request) => ({ result: shown(tunnelAsked(request)) }) },
  { method: 'POST', path: collection, needs: change, answer: create },
  { method: 'PATCH', path: one, needs: change, answer: update },
  { method: 'DELETE', path: one, needs: change, answer: remove },
  {
    method: 'GET',
    path: `${one}/token`,
    needs: change,
    answer: (request) => ({ result: connectorToken(alive(request)) }),
  },
]

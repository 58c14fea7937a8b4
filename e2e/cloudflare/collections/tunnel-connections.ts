import { paged } from '../envelope.ts'
import type { Route } from '../route.ts'
import { toMicrosecond } from '../time.ts'
import type { TunnelConnector } from './tunnel-connectors.ts'
import { tunnelAsked } from './tunnels.ts'

const shown = ({ id, version, startedAt, connections }: TunnelConnector) => ({
  id,
  features: ['allow_remote_config', 'serialized_headers', 'support_datagram_v2', 'support_quic_eof', 'management_logs'],
  version,
  arch: 'linux_amd64',
  run_at: toMicrosecond(startedAt),
  conns: connections.map((connection) => ({
    id: connection.id,
    uuid: connection.id,
    client_id: id,
    client_version: version,
    colo_name: connection.colo,
    is_pending_reconnect: false,
    opened_at: toMicrosecond(connection.openedAt),
    origin_ip: connection.originIp,
  })),
})

const path = '/accounts/:account/cfd_tunnel/:tunnel/connections'

export const tunnelConnectionRoutes: Route[] = [
  {
    method: 'GET',
    path,
    needs: 'Cloudflare Tunnel Read',
    answer: (request) => paged(tunnelAsked(request).connectors.map(shown), request.query),
  },
  {
    method: 'DELETE',
    path,
    needs: 'Cloudflare Tunnel Write',
    answer(request) {
      const tunnel = tunnelAsked(request)
      const only = request.query.get('client_id')
      const connectors = only === null ? [] : tunnel.connectors.filter(({ id }) => id !== only)
      const ended = connectors.length === 0 && tunnel.connectors.length > 0
      const times = ended ? { activeAt: null, inactiveAt: request.now } : {}
      request.world.tunnels.put(tunnel.id, { ...tunnel, ...times, connectors })
      return { result: null }
    },
  },
]

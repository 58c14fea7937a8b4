/** One of the four connections that a running cloudflared keeps to Cloudflare. */
export interface TunnelConnection {
  id: string
  colo: string
  originIp: string
  openedAt: Date
}

/** A running cloudflared. */
export interface TunnelConnector {
  id: string
  version: string
  startedAt: Date
  connections: TunnelConnection[]
}

/** A cloudflared that has just connected. */
export function newConnector(uuid: () => string, now: Date): TunnelConnector {
  const connections = ['ams01', 'ams08', 'fra03', 'fra10'].map((colo) => ({
    id: uuid(),
    colo,
    originIp: '203.0.113.7',
    openedAt: now,
  }))
  return { id: uuid(), version: '2026.9.0', startedAt: now, connections }
}

import type { Orchestrator } from './job-files.ts'

/**
 * The checks that are written out as inputs: what the module is called, and what its settings are called there.
 * Sources: `config_schema.json` of each collector in netdata/netdata (2.x), `config/go.d/*.conf` of netdata/go.d.plugin
 * (before), and for python.d the `*.chart.py` and `*.conf` of Debian's 1.37.1.
 */
const CHECKS = {
  http: {
    'go.d': {
      module: 'httpcheck',
      settings: {
        url: 'url',
        method: 'method',
        statusAccepted: 'status_accepted',
        responseMatch: 'response_match',
        headers: 'headers',
        timeout: 'timeout',
        username: 'username',
        password: 'password',
        skipTlsVerify: 'tls_skip_verify',
      },
    },
  },
  port: { 'go.d': { module: 'portcheck', settings: { host: 'host', ports: 'ports', timeout: 'timeout' } } },
  docker: {
    'go.d': { module: 'docker', settings: { address: 'address' } },
    'python.d': { module: 'dockerd', settings: { address: 'url' } },
  },
  mysql: { 'go.d': { module: 'mysql', settings: { dsn: 'dsn' } } },
  certificate: {
    'go.d': {
      module: 'x509check',
      settings: {
        source: 'source',
        warningDays: 'days_until_expiration_warning',
        criticalDays: 'days_until_expiration_critical',
        timeout: 'timeout',
        skipTlsVerify: 'tls_skip_verify',
      },
    },
  },
  ping: { 'go.d': { module: 'ping', settings: { hosts: 'hosts', interval: 'interval', packets: 'packets' } } },
} satisfies Record<string, Partial<Record<Orchestrator, Translation>>>

interface Translation {
  readonly module: string
  readonly settings: Readonly<Record<string, string>>
}

export type Check = keyof typeof CHECKS
export const checks = Object.keys(CHECKS) as Check[]

/** What a check is to an orchestrator; undefined where that has no such module. */
export function translationOf(check: Check, orchestrator: Orchestrator): Translation | undefined {
  const known: Partial<Record<Orchestrator, Translation>> = CHECKS[check]
  return known[orchestrator]
}

/** `user:password@tcp(host:port)/`, as the module mysql takes it; colons of a password need no escape, the user has none. */
export function mysqlDsn({ user, password, host, port }: MysqlAccount): string {
  const address = host.startsWith('/') ? `unix(${host})` : `tcp(${host.includes(':') ? `[${host}]` : host}:${port})`
  return `${user}${password === undefined ? '' : `:${password}`}@${address}/`
}

interface MysqlAccount {
  readonly user: string
  readonly password?: string | undefined
  /** A name, an address, or the path of a socket. */
  readonly host: string
  readonly port: number
}

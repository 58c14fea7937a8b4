import type { AccessApp } from './collections/access-apps.ts'
import type { AccessGroup } from './collections/access-groups.ts'
import type { AccessPolicy } from './collections/access-policies.ts'
import type { AccessTag } from './collections/access-tags.ts'
import type { Account } from './collections/accounts.ts'
import type { DnsRecord } from './collections/dns-record.ts'
import type { IdentityProvider } from './collections/identity-providers.ts'
import type { ServiceToken } from './collections/service-tokens.ts'
import type { TunnelConfiguration } from './collections/tunnel-configurations.ts'
import type { Tunnel } from './collections/tunnels.ts'
import type { Zone } from './collections/zones.ts'
import { createTable, type Rows, type Table } from './table.ts'
import type { ApiToken } from './tokens.ts'

/** Everything that the stand-in keeps, one table a collection; rows name the account or zone that they belong to. */
export interface World {
  accounts: Table<Account>
  zones: Table<Zone>
  tokens: Table<ApiToken>
  records: Table<DnsRecord>
  apps: Table<AccessApp>
  policies: Table<AccessPolicy>
  groups: Table<AccessGroup>
  serviceTokens: Table<ServiceToken>
  identityProviders: Table<IdentityProvider>
  tags: Table<AccessTag>
  tunnels: Table<Tunnel>
  configurations: Table<TunnelConfiguration>
}

/** The world as one request sees it: as it is, or for reads as it was before the last few writes. */
export type View = { [Name in keyof World]: World[Name] extends Table<infer Row> ? Rows<Row> : never }

/** An empty world. `memory` is how far back, in milliseconds, a view may look. */
export function createWorld(clock: () => number, memory: () => number): World {
  const table = <Row>() => createTable<Row>(clock, memory)
  return {
    accounts: table(),
    zones: table(),
    tokens: table(),
    records: table(),
    apps: table(),
    policies: table(),
    groups: table(),
    serviceTokens: table(),
    identityProviders: table(),
    tags: table(),
    tunnels: table(),
    configurations: table(),
  }
}

/** The world as it was at `moment`. Tokens, accounts and zones are always as they are. */
export function viewOf(world: World, moment: number): View {
  return {
    accounts: world.accounts,
    zones: world.zones,
    tokens: world.tokens,
    records: world.records.asOf(moment),
    apps: world.apps.asOf(moment),
    policies: world.policies.asOf(moment),
    groups: world.groups.asOf(moment),
    serviceTokens: world.serviceTokens.asOf(moment),
    identityProviders: world.identityProviders.asOf(moment),
    tags: world.tags.asOf(moment),
    tunnels: world.tunnels.asOf(moment),
    configurations: world.configurations.asOf(moment),
  }
}

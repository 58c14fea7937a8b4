import type { AccessApp } from './collections/access-apps.ts'
import { covers, publicUris } from './collections/access-destinations.ts'
import type { AccessPolicy } from './collections/access-policies.ts'
import type { AccessRule } from './collections/access-rules.ts'
import type { DnsRecord } from './collections/dns-record.ts'
import { accepts } from './collections/service-tokens.ts'
import type { IngressRule } from './collections/tunnel-configurations.ts'
import { zoneOf } from './collections/zones.ts'
import type { Call } from './record.ts'
import type { View, World } from './world.ts'

/** What a visitor at a host name and path meets. */
export interface Visit {
  /** A proxied DNS record points the host name at this tunnel of its account. */
  tunnel: string | null
  /** What that tunnel's configuration sends the visitor to; null when nothing but an error answers. */
  service: string | null
  /** The application that stands in front, or null. */
  application: string | null
  /** How its policies decide, in order. Without any it lets nobody in. */
  decisions: string[]
  /** The service is reached although no application stands in front. */
  exposed: boolean
}

/** A time during which a service was reached without an application in front of it. */
export interface Exposure {
  hostname: string
  path: string
  service: string
  /** The request that opened it, and the one that ended it; null while it lasts. */
  by: Call
  endedBy: Call | null
}

export interface Edge {
  /** `path` begins with a slash; `/` unless told. */
  visit(hostname: string, path?: string): Visit
  /** Whether the application in front lets a service token pass: one of its `non_identity` policies must ask for it. */
  admits(hostname: string, clientId: string, clientSecret: string): boolean
  /** Every exposure since the start, also those that lasted for one request only. */
  readonly exposures: readonly Exposure[]
}

/**
 * Looks at the world as the visitors of its host names do. Whether a connector runs is left out: that a tunnel has none at
 * the moment protects nobody.
 */
export function createEdge(world: World, clock: () => number): Edge & { observe(call: Call): void } {
  const exposures: Exposure[] = []
  return {
    exposures,
    visit: (hostname, path = '/') => visit(world, hostname.toLowerCase(), path),
    admits(hostname, clientId, clientSecret) {
      const { application } = visit(world, hostname.toLowerCase(), '/')
      const token = world.serviceTokens.all().find((each) => accepts(each, clientId, clientSecret, clock()))
      const links = application === null ? [] : (world.apps.get(application)?.policies ?? [])
      const policies = links.flatMap(({ id }) => world.policies.get(id) ?? [])
      return token !== undefined && policies.some((policy) => asksFor(policy, token.id, world))
    },
    observe(call) {
      const open = exposures.filter(({ endedBy }) => endedBy === null)
      const now = exposed(world)
      for (const exposure of open) if (!now.some((each) => samePlace(each, exposure))) exposure.endedBy = call
      for (const place of now) {
        if (!open.some((each) => samePlace(each, place))) exposures.push({ ...place, by: call, endedBy: null })
      }
    },
  }
}

type Place = Pick<Exposure, 'hostname' | 'path' | 'service'>

const samePlace = (a: Place, b: Place) => a.hostname === b.hostname && a.path === b.path

/** The places that somebody reaches without an application: each host name of DNS with each path that ingress rules tell apart. */
function exposed(world: World): Place[] {
  return world.records.all().flatMap((record) => {
    const tunnel = tunnelOf(record, world)
    if (tunnel === null) return []
    const rules = world.configurations.get(tunnel)?.config.ingress ?? []
    const fitting = rules.flatMap(({ hostname = '' }) => (wildcardFits(record.name, hostname) ? hostname : []))
    const hostnames = [record.name, ...fitting].map((hostname) => hostname.replace('*', 'any'))
    const paths = ['/', ...rules.flatMap(({ path }) => (path ? samplePath(path) : []))]
    return hostnames.flatMap((hostname) =>
      [...new Set(paths)].flatMap((path) => {
        const { exposed: bare, service } = visit(world, hostname, path)
        return bare && service !== null ? { hostname, path, service } : []
      }),
    )
  })
}

function visit(world: World, hostname: string, path: string): Visit {
  const record = recordFor(world, hostname)
  const tunnel = record === undefined ? null : tunnelOf(record, world)
  const account = (record === undefined ? zoneOf(world, hostname) : world.zones.get(record.zone))?.account
  const rule = tunnel === null ? undefined : ruleFor(world.configurations.get(tunnel)?.config.ingress, hostname, path)
  const service = rule === undefined || rule.service.startsWith('http_status:') ? null : rule.service
  const app = appFor(world, account, hostname, path)
  const decisions = (app?.policies ?? []).flatMap(({ id }) => world.policies.get(id)?.decision ?? [])
  return {
    tunnel,
    service,
    application: app?.id ?? null,
    decisions,
    exposed: service !== null && app === undefined,
  }
}

/** Whether a policy for services lets this token pass, itself or through a group. */
function asksFor({ decision, include }: AccessPolicy, token: string, world: World): boolean {
  const named = ({ service_token: one, any_valid_service_token: any, group }: AccessRule): boolean =>
    any !== undefined || one?.token_id === token || (world.groups.get(String(group?.id))?.include.some(named) ?? false)
  return decision === 'non_identity' && include.some(named)
}

/** The record that answers for a host name: its own, or the wildcard nearest to it. */
function recordFor({ records }: View | World, hostname: string): DnsRecord | undefined {
  const answering = records.all().filter(({ type }) => ['A', 'AAAA', 'CNAME'].includes(type))
  const exact = answering.find(({ name }) => name === hostname)
  if (exact !== undefined) return exact
  return answering.filter(({ name }) => wildcardFits(name, hostname)).sort((a, b) => b.name.length - a.name.length)[0]
}

const wildcardFits = (wildcard: string, hostname: string) =>
  wildcard.startsWith('*.') && hostname.endsWith(wildcard.slice(1)) && hostname !== wildcard.slice(1)

/** The tunnel of the record's own account that it points at: only a proxied record reaches it. */
function tunnelOf({ type, content, proxied, zone }: DnsRecord, world: World): string | null {
  const id = /^([0-9a-f-]{36})\.cfargotunnel\.com$/.exec(content)?.[1]
  if (type !== 'CNAME' || !proxied || id === undefined) return null
  const tunnel = world.tunnels.get(id)
  const ours = tunnel !== undefined && tunnel.deletedAt === null && tunnel.account === world.zones.get(zone)?.account
  return ours ? id : null
}

/** The first rule that matches, as cloudflared looks for it: a path is a regular expression that is found anywhere in the path. */
function ruleFor(rules: readonly IngressRule[] | undefined, hostname: string, path: string): IngressRule | undefined {
  return rules?.find((rule) => {
    const wanted = rule.hostname ?? ''
    const hostFits =
      wanted === '' || wanted === '*' || wanted.toLowerCase() === hostname || wildcardFits(wanted, hostname)
    return hostFits && (!rule.path || new RegExp(rule.path).test(path))
  })
}

/** The most specific application that covers the place: the longest destination wins. */
function appFor(world: World, account: string | undefined, hostname: string, path: string): AccessApp | undefined {
  const candidates = world.apps
    .all()
    .filter((app) => app.account === account)
    .flatMap((app) => publicUris(app.destinations).map((uri) => ({ app, uri })))
    .filter(({ uri }) => covers(uri, hostname, path))
  return candidates.sort((a, b) => b.uri.length - a.uri.length)[0]?.app
}

/** A path that a simple path expression matches, to stand for all of them. */
function samplePath(expression: string): string {
  const plain = expression
    .replace(/^\^/, '')
    .replace(/\$$/, '')
    .replace(/[\\()[\]{}|?+*.].*$/, '')
  return plain.startsWith('/') ? plain : `/${plain}`
}

import { paged, Refusal } from '../envelope.ts'
import type { Route } from '../route.ts'
import { toMicrosecond } from '../time.ts'
import { mayDo } from '../tokens.ts'
import type { View } from '../world.ts'

/** A zone. */
export interface Zone {
  id: string
  name: string
  account: string
  status: 'active' | 'pending'
  createdAt: Date
}

/** The zone that a hostname lies in, the longest that fits, among those of the account when one is named. */
export function zoneOf({ zones }: Pick<View, 'zones'>, hostname: string, account?: string): Zone | undefined {
  return zones
    .all()
    .filter((zone) => account === undefined || zone.account === account)
    .filter(({ name }) => hostname === name || hostname.endsWith(`.${name}`))
    .sort((a, b) => b.name.length - a.name.length)[0]
}

function shown({ id, name, account, status, createdAt }: Zone, view: View) {
  const at = toMicrosecond(createdAt)
  const whose = { id: account, name: view.accounts.get(account)?.name }
  return {
    id,
    name,
    status,
    paused: false,
    type: 'full',
    development_mode: 0,
    name_servers: ['ada.ns.cloudflare.com', 'bob.ns.cloudflare.com'],
    original_name_servers: null,
    original_registrar: null,
    original_dnshost: null,
    modified_on: at,
    created_on: at,
    activated_on: status === 'active' ? at : null,
    meta: {
      step: 2,
      custom_certificate_quota: 0,
      page_rule_quota: 3,
      phishing_detected: false,
    },
    owner: { ...whose, type: 'organization' },
    account: whose,
    tenant: { id: null, name: null },
    tenant_unit: { id: null },
    permissions: ['#zone:read', '#dns_records:edit', '#dns_records:read'],
    plan: { id: '0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee', name: 'Free Website', price: 0, currency: 'USD', frequency: '' },
  }
}

export const zoneRoutes: Route[] = [
  {
    method: 'GET',
    path: '/zones',
    // A token without the permission sees an empty list, not a refusal: github.com/hieunc229/mailflare#24.
    needs: null,
    answer({ view, token, query }) {
      const wanted = (key: string, actual: string | undefined) => (query.get(key) ?? actual) === actual
      const rows = view.zones
        .all()
        .filter((zone) => mayDo(token, 'Zone Read', { zone: zone.id }, view))
        .filter((zone) => wanted('name', zone.name) && wanted('status', zone.status))
        .filter((zone) => wanted('account.id', zone.account))
        .filter((zone) => wanted('account.name', view.accounts.get(zone.account)?.name))
      return paged(
        rows.map((zone) => shown(zone, view)),
        query,
        { usual: 20, most: 50 },
      )
    },
  },
  {
    method: 'GET',
    path: '/zones/:zone',
    needs: 'Zone Read',
    answer({ view, params }) {
      const zone = view.zones.get(params.zone ?? '')
      if (zone === undefined) throw new Refusal(400, { code: 1001, message: 'Invalid zone identifier' })
      return { result: shown(zone, view) }
    },
  },
]

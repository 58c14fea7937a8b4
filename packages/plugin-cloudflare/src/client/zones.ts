import type Sdk from 'cloudflare'
import type { Ask, Call } from './calls.ts'
import { type Collection, createCollection } from './collection.ts'
import { CloudflareError } from './error.ts'
import { PERMISSIONS } from './permissions.ts'

export interface Zone {
  id: string
  name: string
}

export interface Zones {
  list(ask?: Ask): Promise<readonly Zone[]>
  /** The zone that a host name is in; an error names those that there are. */
  zoneOf(name: string, ask?: Ask): Promise<Zone>
  records(zone: Zone): Collection
}

/** Zones are not changed here, so they are asked for once in a while. */
const FRESH = 60_000
const PAGE = 50

export function zonesOf(api: Sdk, call: Call, accountId: string): Zones {
  let listed: { at: number; zones: Promise<readonly Zone[]> } | undefined
  const collections = new Map<string, Collection>()

  async function listAll(ask: Ask): Promise<readonly Zone[]> {
    const subject = { what: 'list zones', permission: PERMISSIONS.zones, repeatable: true }
    const found: Zone[] = []
    for (let page = 1; ; page++) {
      const answer = await call(subject, ask, (options) =>
        api.zones.list({ account: { id: accountId }, per_page: PAGE, page }, options),
      )
      const zones = answer.getPaginatedItems()
      found.push(...zones.map(({ id, name }) => ({ id, name })))
      if (zones.length < PAGE) return found
    }
  }

  async function list(ask: Ask = {}): Promise<readonly Zone[]> {
    if (!listed || Date.now() - listed.at > FRESH) {
      const mine = { at: Date.now(), zones: listAll(ask) }
      listed = mine
      mine.zones.catch(() => {
        if (listed === mine) listed = undefined
      })
    }
    return await listed.zones
  }

  return {
    list,
    async zoneOf(name, ask) {
      const zones = await list(ask)
      const fits = zones.filter((zone) => name === zone.name || name.endsWith(`.${zone.name}`))
      const [nearest] = fits.sort((a, b) => b.name.length - a.name.length)
      if (nearest) return nearest
      throw new CloudflareError('not_found', `"${name}" is in no zone of this account`, {
        detail:
          zones.length > 0 ? `There are: ${zones.map((zone) => zone.name).join(', ')}` : 'The token sees no zones',
        advice: `Is the domain in this account, and may the token read it ("${PERMISSIONS.zones}")?`,
      })
    },
    records({ id, name }) {
      const known = collections.get(id)
      if (known) return known
      const { records } = api.dns
      const made = createCollection(call, {
        noun: 'DNS record',
        plural: `DNS records of ${name}`,
        permission: PERMISSIONS.dns,
        list: (options) => records.list({ zone_id: id, per_page: 5000 }, options),
        get: (record, options) => records.get(record, { zone_id: id }, options),
        create: (fields, options) => records.create({ zone_id: id, ...fields } as never, options),
        update: (record, fields, options) => records.update(record, { zone_id: id, ...fields } as never, options),
        delete: (record, options) => records.delete(record, { zone_id: id }, options),
      })
      collections.set(id, made)
      return made
    },
  }
}

import { z } from 'zod'
import { parsed } from '../body.ts'
import { paged, Refusal } from '../envelope.ts'
import type { Request, Route } from '../route.ts'
import { invalid } from './dns-content.ts'
import { matching } from './dns-filter.ts'
import { asked, type DnsRecord, patched, settled, shownRecord, type Wanted } from './dns-record.ts'
import type { Zone } from './zones.ts'

/** Recorded in github.com/zanjie1999/cloudflare-api-v4-ddns#5. */
const missing = () => new Refusal(404, { code: 81044, message: 'Record does not exist.' })

function zoneAsked({ world, params }: Request): Zone {
  const zone = world.zones.get(params.zone ?? '')
  if (zone === undefined) throw new Refusal(400, { code: 1001, message: 'Invalid zone identifier' })
  return zone
}

const found = (records: DnsRecord[], id: unknown): DnsRecord => {
  const record = records.find((each) => each.id === id)
  if (record === undefined) throw missing()
  return record
}

const ofZone = (rows: { all(): DnsRecord[] }, zone: Zone) => rows.all().filter((record) => record.zone === zone.id)

const batchShape = z.object({
  deletes: z.array(z.looseObject({ id: z.string() })).default([]),
  patches: z.array(z.looseObject({ id: z.string() })).default([]),
  puts: z.array(z.looseObject({ id: z.string() })).default([]),
  posts: z.array(z.looseObject({})).default([]),
})

/** All or nothing, in the documented order: deletes, patches, puts, posts. */
function batch(request: Request) {
  const zone = zoneAsked(request)
  const wanted = parsed(batchShape, request.body, (what) => invalid(9000, `Batch is invalid: ${what}`))
  let records = ofZone(request.world.records, zone)
  const replace = (record: DnsRecord) => {
    records = [...records.filter(({ id }) => id !== record.id), record]
    return record
  }
  const deletes = wanted.deletes.map(({ id }) => found(records, id))
  records = records.filter((record) => !deletes.includes(record))
  const patches = wanted.patches.map((body) => {
    const old = found(records, body.id)
    return replace(settled(patched(old, body), zone, records, old, request))
  })
  const puts = wanted.puts.map((body) => {
    const old = found(records, body.id)
    return replace(settled(asked(body), zone, records, old, request))
  })
  const posts = wanted.posts.map((body) => replace(settled(asked(body), zone, records, null, request)))
  for (const { id } of deletes) request.world.records.delete(id)
  for (const record of [...patches, ...puts, ...posts]) request.world.records.put(record.id, record)
  const shown = (list: DnsRecord[]) => list.map(shownRecord)
  return { result: { deletes: shown(deletes), patches: shown(patches), puts: shown(puts), posts: shown(posts) } }
}

/** Makes or changes one record; `wantedOf` says what it is to be, from what it was. */
function write(request: Request, wantedOf: (old: DnsRecord | null) => Wanted) {
  const zone = zoneAsked(request)
  const records = ofZone(request.world.records, zone)
  const old = request.params.record === undefined ? null : found(records, request.params.record)
  const record = settled(wantedOf(old), zone, records, old, request)
  request.world.records.put(record.id, record)
  return { result: shownRecord(record) }
}

const collection = '/zones/:zone/dns_records'
const one = `${collection}/:record`

export const dnsRecordRoutes: Route[] = [
  {
    method: 'GET',
    path: collection,
    needs: 'DNS Read',
    answer: (request) =>
      paged(matching(ofZone(request.view.records, zoneAsked(request)), request.query).map(shownRecord), request.query, {
        usual: 100,
        most: 5_000_000,
      }),
  },
  {
    method: 'GET',
    path: one,
    needs: 'DNS Read',
    answer: (request) => ({
      result: shownRecord(found(ofZone(request.view.records, zoneAsked(request)), request.params.record)),
    }),
  },
  { method: 'POST', path: `${collection}/batch`, needs: 'DNS Write', answer: batch },
  {
    method: 'POST',
    path: collection,
    needs: 'DNS Write',
    answer: (request) => write(request, () => asked(request.body)),
  },
  { method: 'PUT', path: one, needs: 'DNS Write', answer: (request) => write(request, () => asked(request.body)) },
  {
    method: 'PATCH',
    path: one,
    needs: 'DNS Write',
    answer: (request) => write(request, (old) => (old === null ? asked(request.body) : patched(old, request.body))),
  },
  {
    method: 'DELETE',
    path: one,
    needs: 'DNS Write',
    answer(request) {
      const record = found(ofZone(request.world.records, zoneAsked(request)), request.params.record)
      request.world.records.delete(record.id)
      return { result: { id: record.id } }
    },
  },
]

import { z } from 'zod'
import { parsed } from '../body.ts'
import { Refusal } from '../envelope.ts'
import type { Request } from '../route.ts'
import { toMicrosecond } from '../time.ts'
import { contentOf, hasData, hasPriority, invalid, proxiable, refuseTarget } from './dns-content.ts'
import type { Zone } from './zones.ts'

/** A DNS record. */
export interface DnsRecord {
  id: string
  zone: string
  type: string
  /** Lower case, with the zone's name. */
  name: string
  content: string
  data: Record<string, unknown> | null
  priority: number | null
  proxied: boolean
  ttl: number
  comment: string | null
  commentAt: Date | null
  tags: string[]
  settings: Record<string, unknown>
  createdAt: Date
  modifiedAt: Date
}

const shape = z.object({
  type: z.string(),
  name: z.string(),
  content: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  priority: z.number().optional(),
  proxied: z.boolean().optional(),
  ttl: z.number().optional(),
  comment: z.string().nullable().optional(),
  tags: z.array(z.string()).optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
})

/** A record as a request describes it. */
export type Wanted = z.infer<typeof shape>

/** A zone without a paid plan has no tags: github.com/cloudflare/terraform-provider-cloudflare#3217. */
const overQuota = (count: number) =>
  new Refusal(400, {
    code: 1004,
    message: 'DNS Validation Error',
    error_chain: [{ code: 9300, message: `DNS record has ${count} tags, exceeding the quota of 0.` }],
  })

export function shownRecord(record: DnsRecord) {
  return {
    id: record.id,
    name: record.name,
    type: record.type,
    content: record.content,
    ...(record.priority !== null && { priority: record.priority }),
    ...(record.data !== null && { data: record.data }),
    proxiable: proxiable(record),
    proxied: record.proxied,
    ttl: record.ttl,
    settings: record.settings,
    meta: {},
    comment: record.comment,
    tags: record.tags,
    created_on: toMicrosecond(record.createdAt),
    modified_on: toMicrosecond(record.modifiedAt),
    ...(record.commentAt !== null && { comment_modified_on: toMicrosecond(record.commentAt) }),
  }
}

/** The name with its zone, in lower case. `@` and the zone's own name are the zone. */
function fullName(name: string, zone: Zone): string {
  const lower = name.toLowerCase().replace(/\.$/, '')
  if (lower === '@' || lower === zone.name) return zone.name
  return lower.endsWith(`.${zone.name}`) ? lower : `${lower}.${zone.name}`
}

/**
 * What else stands at that name. Codes and messages: github.com/jeessy2/ddns-go#1378 (81058), github.com/homeassistant-apps/app-cloudflared#129
 * (81053's message), github.com/cisagov/manage.get.gov#4946 (81054).
 */
function refuseClash(record: DnsRecord, others: DnsRecord[]): void {
  const beside = others.filter(({ id, name }) => id !== record.id && name === record.name)
  const same = beside.some(({ type, content }) => type === record.type && content === record.content)
  if (same) throw invalid(81058, 'An identical record already exists.')
  const addresses = ['A', 'AAAA', 'CNAME']
  if (record.type === 'CNAME' && beside.some(({ type }) => addresses.includes(type))) {
    throw invalid(81053, 'An A, AAAA, or CNAME record with that host already exists.')
  }
  if (addresses.includes(record.type) && beside.some(({ type }) => type === 'CNAME')) {
    throw invalid(81054, 'A CNAME record with that host already exists.')
  }
}

/** The record that the API makes of what was asked for, checked alone and beside the others of its zone. */
export function settled(
  wanted: Wanted,
  zone: Zone,
  others: DnsRecord[],
  old: DnsRecord | null,
  request: Request,
): DnsRecord {
  const { now, ids } = request
  const proxied = wanted.proxied ?? false
  const ttl = wanted.ttl ?? 1
  const comment = wanted.comment === '' ? null : (wanted.comment ?? null)
  if (!proxied && ttl !== 1 && (ttl < 60 || ttl > 86_400)) {
    throw invalid(9021, 'Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.')
  }
  // github.com/STRRL/cloudflare-tunnel-ingress-controller#168
  if (comment !== null && comment.length > 100) {
    throw invalid(9313, 'DNS record comment exceeds the maximum length of 100 characters.')
  }
  const { tags = [] } = wanted
  if (tags.length > 0) throw overQuota(tags.length)
  const content = contentOf(wanted)
  if (proxied) refuseTarget(wanted.type, content)
  const record: DnsRecord = {
    id: old?.id ?? ids.tag(),
    zone: zone.id,
    type: wanted.type,
    name: fullName(wanted.name, zone),
    content,
    data: hasData(wanted.type) ? (wanted.data ?? null) : null,
    priority: hasPriority(wanted.type) ? (wanted.priority ?? null) : null,
    proxied,
    ttl: proxied ? 1 : ttl,
    comment,
    commentAt: comment === null ? null : comment === old?.comment ? old.commentAt : now,
    tags,
    settings: { ...(wanted.type === 'CNAME' && { flatten_cname: false }), ...wanted.settings },
    createdAt: old?.createdAt ?? now,
    modifiedAt: now,
  }
  refuseClash(record, others)
  return record
}

/** The record of a request's body. */
export const asked = (body: unknown) => parsed(shape, body, (what) => invalid(9000, `DNS record is invalid: ${what}`))

/** What PATCH starts from: the record in the form of a request. */
const asWanted = (record: DnsRecord): Wanted => ({
  type: record.type,
  name: record.name,
  ...(record.data === null ? { content: record.content } : { data: record.data }),
  ...(record.priority !== null && { priority: record.priority }),
  proxied: record.proxied,
  ttl: record.ttl,
  comment: record.comment,
  tags: record.tags,
  settings: record.settings,
})

export const patched = (old: DnsRecord, body: unknown): Wanted => {
  const changes = parsed(shape.partial(), body, (what) => invalid(9000, `DNS record is invalid: ${what}`))
  return { ...asWanted(old), ...changes } as Wanted
}

import type { DnsRecord } from './dns-record.ts'

const comparisons: Record<string, (actual: string, wanted: string) => boolean> = {
  exact: (actual, wanted) => actual === wanted,
  contains: (actual, wanted) => actual.includes(wanted),
  startswith: (actual, wanted) => actual.startsWith(wanted),
  endswith: (actual, wanted) => actual.endsWith(wanted),
}

/** The conditions of a query on `name`, `content` and `comment`, plain or with a comparison: `comment.contains=lab`. */
function* conditions(query: URLSearchParams): Generator<(record: DnsRecord) => boolean> {
  for (const [key, raw] of query) {
    const [field = '', comparison = 'exact'] = key.split('.')
    const wanted = raw.toLowerCase()
    if (field === 'type') yield ({ type }) => type === raw
    if (field === 'proxied') yield ({ proxied }) => String(proxied) === raw
    if (field === 'search') {
      yield ({ name, content, comment }) =>
        [name, content, comment ?? ''].some((text) => text.toLowerCase().includes(wanted))
    }
    if (field !== 'name' && field !== 'content' && field !== 'comment') continue
    if (comparison === 'present') yield ({ comment }) => comment !== null
    if (comparison === 'absent') yield ({ comment }) => comment === null
    const compare = comparisons[comparison]
    if (compare !== undefined) yield (record) => compare((record[field] ?? '').toLowerCase(), wanted)
  }
}

const sortable = ['type', 'name', 'content', 'ttl', 'proxied'] as const

/** The records that a query of the list asks for, in its order; by default all, by type and then by name. */
export function matching(records: DnsRecord[], query: URLSearchParams): DnsRecord[] {
  const wanted = [...conditions(query)]
  const any = query.get('match') === 'any' && wanted.length > 0
  const found = records.filter((record) =>
    any ? wanted.some((fits) => fits(record)) : wanted.every((fits) => fits(record)),
  )
  const by = sortable.find((field) => field === query.get('order')) ?? 'type'
  const sign = query.get('direction') === 'desc' ? -1 : 1
  const key = (record: DnsRecord) => (by === 'ttl' ? String(record.ttl).padStart(6, '0') : String(record[by]))
  return found.sort((a, b) => sign * (key(a).localeCompare(key(b)) || a.name.localeCompare(b.name)))
}

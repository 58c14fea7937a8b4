import { canonical, defineResource, type Owner } from '@lares/core'
import * as z from 'zod'
import type { Ask, Cloudflare, Collection, Item } from '../client/index.ts'
import { cloudflareProvider } from '../provider.ts'
import { recordText } from './dns-text.ts'
import type { Fields } from './fields.ts'
import { idOf } from './names.ts'
import { attributesOf, compare, type Kind, objectVerbs, timeouts } from './objects.ts'

const kinds = z.enum([
  ...(['A', 'AAAA', 'CNAME', 'TXT', 'MX', 'NS', 'SRV', 'CAA', 'PTR', 'HTTPS', 'SVCB', 'SSHFP', 'TLSA', 'URI'] as const),
  ...(['LOC', 'NAPTR', 'DS', 'DNSKEY', 'CERT', 'SMIMEA', 'OPENPGPKEY'] as const),
])

const inputs = z
  .object({
    name: z
      .string()
      .regex(/^[^\s@]+\.[^\s@.]+\.?$/, 'Expected a whole host name, such as photos.example.org')
      .describe('The whole host name; its zone is found by it'),
    kind: kinds.describe('`A`, `AAAA`, `CNAME`, `TXT`, `MX`, `SRV`, …'),
    content: z.string().min(1).optional().describe('What it says: an address, a host name, a text'),
    data: z
      .record(z.string(), z.unknown())
      .optional()
      .describe(
        'The same in parts, for kinds that have some: `{ priority: 0, weight: 5, port: 25565, target: "mc.example.org" }` of SRV',
      ),
    priority: z.number().int().min(0).max(65_535).optional().describe('Of MX and URI; the lowest first'),
    ttl: z
      .union([z.literal('auto'), z.number().int().min(30).max(86_400)])
      .optional()
      .describe('Seconds for which it may be remembered; `auto` when absent'),
    proxied: z.boolean().default(false).describe('Requests go through Cloudflare, which is what Access needs'),
    comment: z.string().optional().describe('A note; what is left of 100 characters beside the mark of the lab'),
    tags: z.array(z.string()).optional().describe('As `name:value`; not on every plan'),
    several: z
      .boolean()
      .optional()
      .describe(
        'There are several of this name and kind, told apart by what they say; of kinds other than A, AAAA and CNAME that is always so',
      ),
  })
  .refine(({ content, data }) => (content === undefined) !== (data === undefined), {
    path: ['content'],
    message: 'A record has either "content" or "data"',
  })
  .refine(({ proxied, ttl }) => !proxied || ttl === undefined || ttl === 'auto', {
    path: ['ttl'],
    message: 'What is proxied has the ttl that Cloudflare gives it: auto',
  })
  .refine(({ proxied, kind }) => !proxied || ['A', 'AAAA', 'CNAME'].includes(kind), {
    path: ['proxied'],
    message: 'Only A, AAAA and CNAME can be proxied',
  })
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  content: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  priority: z.number().optional(),
  ttl: z.union([z.literal('auto'), z.number()]).optional(),
  proxied: z.boolean().optional(),
  comment: z.string().optional(),
  tags: z.array(z.string()).optional(),
  owner: z.object({ lab: z.string(), address: z.string() }).optional(),
})
type Attributes = z.output<typeof attributes>

const hostText = (name: string): string => name.toLowerCase().replace(/\.$/, '')

const MARK = /(?:^|\s)\[lares:([\w-]+)\/([\w/-]+)\]$/
const markOf = ({ lab, address }: Owner): string => `[lares:${lab}/${address}]`

function ownerOf({ comment }: Item): Owner | undefined {
  const [, lab, address] = MARK.exec(String(comment ?? '')) ?? []
  return lab && address ? { lab, address } : undefined
}

/** One host name has one of these, unless it is said that there are several. */
const SINGLE: readonly string[] = ['A', 'AAAA', 'CNAME']

const shortKey = (name: unknown, type: unknown): string => `${hostText(String(name))} ${type}`
const longKey = (name: unknown, type: string, content: unknown, data: unknown): string =>
  `${shortKey(name, type)} ${data === undefined || data === null ? recordText(type, String(content)) : canonical(data)}`

const fields: Fields = {
  name: { text: hostText },
  kind: { wire: 'type' },
  content: {},
  data: {},
  priority: {},
  ttl: {
    write: (ttl: number | 'auto') => (ttl === 'auto' ? 1 : ttl),
    read: (ttl: number) => (ttl === 1 ? 'auto' : ttl),
  },
  proxied: {},
  tags: { member: String },
  comment: { read: (comment: string) => comment.replace(MARK, '') },
}

const kindOf = (records: Collection, owner: Owner): Kind<Inputs> => ({
  fields,
  collection: () => records,
  keysOf: ({ name, type, content, data }) => {
    const kind = String(type)
    const [short, long] = [shortKey(name, kind), longKey(name, kind, content, data)]
    const byContent = longKey(name, kind, content, undefined)
    return SINGLE.includes(kind) ? [short, long] : [long, byContent]
  },
  // Beside a CNAME there can be no address. What this lab has there goes, or moves, in the same apply.
  occupies: (item) => {
    if (ownerOf(item)?.lab === owner.lab) return []
    if (item['type'] === 'CNAME') return ['A', 'AAAA'].map((other) => shortKey(item['name'], other))
    return ['A', 'AAAA'].includes(String(item['type'])) ? [shortKey(item['name'], 'CNAME')] : []
  },
  tells: (item) => {
    const marked = ownerOf(item)
    return marked ? { owner: marked } : {}
  },
  adds: ({ comment, content, data }, before, changed) => {
    const theirs = changed?.has('comment') ? '' : String(before?.['comment'] ?? '').replace(MARK, '')
    return {
      comment: [comment ?? theirs, markOf(owner)].filter(Boolean).join(' '),
      // It is said in one way or the other, whatever the record said before.
      content,
      data,
    }
  },
  readOnly: [
    ...['zone_id', 'zone_name', 'proxiable', 'locked', 'meta', 'created_on', 'modified_on'],
    ...['comment_modified_on', 'tags_modified_on'],
  ],
})

type Verbs = ReturnType<typeof objectVerbs<Inputs, Attributes>>

const verbsFor = async (
  { connection, owner, ...ask }: { connection: Cloudflare; owner: Owner } & Ask,
  name: string,
): Promise<Verbs> =>
  objectVerbs<Inputs, Attributes>(
    kindOf(connection.zones.records(await connection.zones.zoneOf(hostText(name), ask)), owner),
  )

/** A record of a zone: a name, and what it stands for. Its comment says which lab made it. */
export const dnsRecord = defineResource({
  type: 'cloudflare.dnsRecord',
  description: 'A name in DNS, and what it stands for.',
  proof: 'recorded',
  provider: cloudflareProvider,
  inputs,
  attributes,
  // What it says may not be known yet, and is asked for only where it tells one from another.
  identity: (wanted) =>
    SINGLE.includes(wanted.kind) && !wanted.several
      ? shortKey(wanted.name, wanted.kind)
      : longKey(wanted.name, wanted.kind, wanted.content, wanted.data),
  id: idOf,
  owner: ({ owner }) => owner,
  predict: ({ name, kind }) => ({ name, kind }),
  timeouts,

  async readMany(contexts) {
    const byZone = new Map<string, number[]>()
    const answers: (never | null | Error)[] = []
    await Promise.all(
      contexts.map(async (context, i) => {
        try {
          const { id } = await context.connection.zones.zoneOf(nameIn(context.identity), context)
          byZone.set(id, [...(byZone.get(id) ?? []), i])
        } catch (error) {
          answers[i] = error as Error
        }
      }),
    )
    await Promise.all(
      [...byZone.values()].map(async (indexes) => {
        const group = indexes.map((i) => contexts[i]!)
        const { readMany } = await verbsFor(group[0]!, nameIn(group[0]!.identity))
        const found = await readMany(group).catch((error: Error) => group.map(() => error))
        indexes.forEach((index, i) => {
          answers[index] = found[i] ?? null
        })
      }),
    )
    return answers
  },

  diff: (context) => {
    const { kind } = context.desired
    const ofKind: Fields = { ...fields, content: { text: (content: string) => recordText(kind, content) } }
    return compare<Inputs, Attributes>(ofKind)(context).filter(({ path }) => path !== 'several')
  },
  create: async (context) => await (await verbsFor(context, context.inputs.name)).create(context),
  update: async (context) => await (await verbsFor(context, context.observed.name)).update(context),
  delete: async (context) => await (await verbsFor(context, context.observed.name)).delete(context),

  async list(connection, signal) {
    const zones = await connection.zones.list({ signal })
    const found = await Promise.all(
      zones.map(async (zone) => {
        const items = await connection.zones.records(zone).list({ signal })
        const kind = kindOf(connection.zones.records(zone), NOBODY)
        return items.map((item) => ({
          identity: kind.keysOf(item)[0],
          name: `${item['name']} ${item['type']}`,
          attributes: attributesOf(kind, item),
        }))
      }),
    )
    return found.flat()
  },
  inputsOf: ({ id: _id, owner: _owner, content, data, ttl, comment, ...rest }) =>
    ({
      ...rest,
      ...(data ? { data } : { content }),
      ...(ttl === undefined || ttl === 'auto' ? {} : { ttl }),
      ...(comment ? { comment } : {}),
    }) as Partial<z.input<typeof inputs>>,
})

const NOBODY: Owner = { lab: '', address: '' }

const nameIn = (identity: string): string => identity.split(' ')[0]!

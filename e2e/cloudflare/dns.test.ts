import { expect, test } from 'vitest'
import { opened, refusal } from './opened.ts'

const gone = [404, 81044, 'Record does not exist.']

test('records come back completed and normalised', async () => {
  const { cloudflare, sdk, zone } = await opened()
  const { records } = sdk.dns
  const made = await records.create({
    ...zone,
    type: 'A',
    name: 'NAS',
    content: '192.0.2.7',
    ttl: 300,
    comment: 'lares:home/nas',
  })
  expect(made).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    name: 'nas.example.com',
    content: '192.0.2.7',
    proxiable: true,
    proxied: false,
    ttl: 300,
    comment: 'lares:home/nas',
    tags: [],
    settings: {},
  })
  expect(await records.get(made.id, zone)).toEqual(made)
  const proxied = await records.update(made.id, {
    ...zone,
    type: 'A',
    name: 'nas.example.com',
    content: '192.0.2.8',
    ttl: 300,
    proxied: true,
  })
  expect(proxied).toMatchObject({ id: made.id, content: '192.0.2.8', proxied: true, ttl: 1, comment: null })
  const edited = await records.edit(made.id, { ...zone, type: 'A', name: 'nas', ttl: 1, comment: 'again' })
  expect(edited).toMatchObject({ content: '192.0.2.8', proxied: true, comment: 'again' })
  const create = (type: string, name: string, more: object) =>
    records.create({ ...zone, type, name, ttl: 1, ...more } as never)
  expect(await create('CNAME', '@', { content: 'Target.Example.ORG.' })).toMatchObject({
    name: 'example.com',
    content: 'target.example.org',
  })
  const plain = { type: 'A', name: 'plain', content: '192.0.2.9', data: { port: 1 }, priority: 5 }
  const planted = cloudflare.seed.plant('POST', `/zones/${zone.zone_id}/dns_records`, plain)
  expect(planted).not.toHaveProperty('data')
  expect(planted).not.toHaveProperty('priority')
  expect(await create('AAAA', 'six', { content: '2001:DB8:0:0::7' })).toMatchObject({ content: '2001:db8::7' })
  expect(await create('TXT', 'text', { content: '"hello"' })).toMatchObject({ content: '"hello"', proxiable: false })
  expect(await create('MX', 'mail', { content: 'mx.example.org', priority: 10 })).toMatchObject({ priority: 10 })
  const data = { priority: 1, weight: 5, port: 25565, target: 'mc.example.com' }
  expect(await create('SRV', '_minecraft._tcp', { data })).toMatchObject({ content: '5 25565 mc.example.com', data })
  expect(await create('CAA', 'caa', { data: { flags: 0, tag: 'issue', value: 'letsencrypt.org' } })).toMatchObject({
    proxiable: false,
  })
  expect(await records.delete(made.id, zone)).toEqual({ id: made.id })
  expect(await refusal(records.get(made.id, zone))).toEqual(gone)
  expect(await refusal(records.delete(made.id, zone))).toEqual(gone)
})

test('what does not go together is refused', async () => {
  const { sdk, zone } = await opened()
  const create = (type: string, name: string, content: string, more = {}) =>
    sdk.dns.records.create({ ...zone, type, name, content, ttl: 1, ...more } as never)
  await create('A', 'nas', '192.0.2.7')
  await create('A', 'nas', '192.0.2.8')
  await create('CNAME', 'alias', 'nas.example.com')
  const clash = 'An A, AAAA, or CNAME record with that host already exists.'
  expect(await refusal(create('A', 'nas', '192.0.2.7'))).toEqual([400, 81058, 'An identical record already exists.'])
  expect(await refusal(create('CNAME', 'nas', 'alias.example.com'))).toEqual([400, 81053, clash])
  expect(await refusal(create('CNAME', 'alias', 'other.example.com'))).toEqual([400, 81053, clash])
  expect(await refusal(create('A', 'alias', '192.0.2.7'))).toEqual([
    400,
    81054,
    'A CNAME record with that host already exists.',
  ])
  expect(await refusal(create('A', 'bad', 'nas'))).toEqual([
    400,
    9005,
    'Content for A record must be a valid IPv4 address.',
  ])
  expect((await refusal(create('AAAA', 'bad', '192.0.2.7')))[1]).toBe(9006)
  expect((await refusal(create('CNAME', 'bad', '192.0.2.7')))[1]).toBe(9007)
  expect((await refusal(create('TXT', 'bad', 'text', { proxied: true })))[1]).toBe(9004)
  const inner = 'Target 192.168.1.7 is not allowed for a proxied record.'
  expect(await refusal(create('A', 'bad', '192.168.1.7', { proxied: true }))).toEqual([400, 9003, inner])
  expect(await create('A', 'inner', '192.168.1.7')).toMatchObject({ proxiable: false })
  expect((await refusal(create('A', 'bad', '192.0.2.7', { ttl: 30 })))[1]).toBe(9021)
  const long = await refusal(create('A', 'bad', '192.0.2.7', { comment: 'x'.repeat(101) }))
  expect(long).toEqual([400, 9313, 'DNS record comment exceeds the maximum length of 100 characters.'])
  const tagged = await refusal(create('A', 'bad', '192.0.2.7', { tags: ['owner:lares'] }))
  expect(tagged).toEqual([400, 1004, 'DNS Validation Error'])
})

test('lists are filtered, sorted and cut into pages', async () => {
  const { sdk, zone } = await opened()
  const { records } = sdk.dns
  for (const n of [3, 1, 2]) {
    await records.create({
      ...zone,
      type: 'A',
      name: `s${n}`,
      content: `192.0.2.${n}`,
      ttl: 1,
      proxied: n === 2,
      comment: `lares:home/s${n}`,
    })
  }
  await records.create({ ...zone, type: 'TXT', name: 's1', content: '"by hand"', ttl: 1 })
  const names = async (query: object) =>
    (await records.list({ ...zone, ...query })).result.map(({ name, type }) => `${type} ${name.split('.')[0]}`)
  expect(await names({})).toEqual(['A s1', 'A s2', 'A s3', 'TXT s1'])
  expect(await names({ type: 'TXT' })).toEqual(['TXT s1'])
  expect(await names({ name: { exact: 's2.example.com' } })).toEqual(['A s2'])
  expect(await names({ name: { startswith: 's1' }, content: { contains: '192' } })).toEqual(['A s1'])
  expect(await names({ comment: { startswith: 'lares:home/' } })).toHaveLength(3)
  expect(await names({ comment: { absent: 'true' } })).toEqual(['TXT s1'])
  expect(await names({ proxied: true })).toEqual(['A s2'])
  expect(await names({ search: 'hand' })).toEqual(['TXT s1'])
  expect(await names({ name: { exact: 's3.example.com' }, type: 'TXT', match: 'any' })).toEqual(['A s3', 'TXT s1'])
  expect(await names({ order: 'content', direction: 'desc', type: 'A' })).toEqual(['A s3', 'A s2', 'A s1'])
  const page = await records.list({ ...zone, per_page: 3, page: 2 })
  expect(page.result).toHaveLength(1)
  expect(page.result_info).toMatchObject({ page: 2, per_page: 3, total_count: 4 })
  expect((await records.list({ ...zone, page: 9 })).result).toEqual([])
})

test('a batch is done whole or not at all', async () => {
  const { sdk, zone } = await opened()
  const { records } = sdk.dns
  const a = await records.create({ ...zone, type: 'A', name: 'a', content: '192.0.2.1', ttl: 1 })
  const b = await records.create({ ...zone, type: 'A', name: 'b', content: '192.0.2.2', ttl: 1 })
  const post = { type: 'CNAME', name: 'a', content: 'b.example.com', ttl: 1 } as const
  const done = await records.batch({
    ...zone,
    deletes: [{ id: a.id }],
    patches: [{ id: b.id, type: 'A', name: 'b', ttl: 1, comment: 'patched' }],
    posts: [post],
  })
  expect(done.deletes?.[0]?.id).toBe(a.id)
  expect(done.patches?.[0]).toMatchObject({ id: b.id, content: '192.0.2.2', comment: 'patched' })
  expect(done.posts?.[0]).toMatchObject({ name: 'a.example.com' })
  const before = (await records.list(zone)).result
  const bad = records.batch({ ...zone, deletes: [{ id: b.id }], posts: [post] })
  expect((await refusal(bad))[1]).toBe(81058)
  expect((await records.list(zone)).result).toEqual(before)
})

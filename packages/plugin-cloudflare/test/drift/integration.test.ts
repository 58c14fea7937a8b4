import type { AnyResource } from '@lares/core'
import { describe, expect, test } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import cloudflare from '../../src/index.ts'
import { contentsOf } from '../account-contents.ts'
import type { Found } from '../hands.ts'
import { type Opened, opened, sentSince } from '../memory-lab.ts'

const ann = { email: 'ann@example.org' }
const wireAnn = { email: { email: 'ann@example.org' } }

/** A thing by hand: where it is, what is done to it, and the attribute that the plan names. */
interface Case {
  make(at: Opened): AnyResource
  path: string
  by(at: Opened, found: Found): Promise<unknown>
  shown: string
}

const put = (path: string, more: object) => (at: Opened, found: Found) =>
  at.hands.put(`${at.hands.account}/${path}/${found.id}`, { ...found, ...more })

const cases: Readonly<Record<string, Case>> = {
  accessGroup: {
    make: ({ cf: on }) => cloudflare.accessGroup('thing', { on, include: [ann] }),
    path: 'access/groups',
    by: put('access/groups', { include: [wireAnn, { everyone: {} }], is_default: false }),
    shown: 'include',
  },
  accessPolicy: {
    make: ({ cf: on }) => cloudflare.accessPolicy('thing', { on, include: [ann] }),
    path: 'access/policies',
    by: put('access/policies', { decision: 'bypass', include: [{ everyone: {} }] }),
    shown: 'decision',
  },
  accessApplication: {
    make: ({ cf: on }) =>
      cloudflare.accessApplication('thing', {
        on,
        domain: 'photos.example.org',
        policies: [{ name: 'us', include: [ann] }],
      }),
    path: 'access/apps',
    by: put('access/apps', {
      policies: [{ name: 'everybody', decision: 'bypass', include: [{ everyone: {} }], precedence: 1 }],
    }),
    shown: 'policies',
  },
  serviceToken: {
    make: ({ cf: on }) => cloudflare.serviceToken('thing', { on }),
    path: 'access/service_tokens',
    by: put('access/service_tokens', { name: 'renamed' }),
    shown: 'name',
  },
  identityProvider: {
    make: ({ cf: on }) => cloudflare.identityProvider('thing', { on, kind: 'github', config: { clientId: 'one' } }),
    path: 'access/identity_providers',
    by: put('access/identity_providers', { config: { client_id: 'two' } }),
    shown: 'config.clientId',
  },
  tunnel: {
    make: ({ cf: on }) => cloudflare.tunnel('thing', { on }),
    path: 'cfd_tunnel',
    by: (at, { id }) => at.hands.patch(`${at.hands.account}/cfd_tunnel/${id}`, { name: 'renamed' }),
    shown: 'name',
  },
}

describe.each(Object.entries(cases))('%s', (_, { make, path, by, shown }) => {
  test('what was changed by hand is shown and repaired, and what is of others stays', async () => {
    const at = await opened()
    await at.lab.apply([make(at)])
    const made = await contentsOf(at.hands)
    const [found] = (await at.hands.list(`${at.hands.account}/${path}`)) as [Found]
    await by(at, found)
    const rest = await at.lab.plan([make(at)])
    const node = rest.nodes.find(({ address }) => address === 'thing')
    expect(node).toMatchObject({ action: 'update', causes: ['drifted'] })
    expect(node?.changes.map((change) => change.path)).toContain(shown)
    await at.lab.apply([make(at)])
    expect(await at.lab.rest([make(at)])).toBe('')
    expect(await contentsOf(at.hands)).toEqual(made)
  })

  test('one of that name that others made is refused, and adopted by the command that is named', async () => {
    const at = await opened()
    const other = testLab('other')
    await other.apply([make(at)])
    const theirs = await contentsOf(at.hands)
    const from = at.standIn.calls.length
    const { diagnostics } = await at.lab.attempt([make(at)])
    const [refused] = diagnostics
    expect(refused).toMatchObject({ code: 'already_exists', advice: expect.stringContaining('lares import thing') })
    expect(sentSince(at.standIn, from).every(({ method }) => method === 'GET')).toBe(true)
    expect(await contentsOf(at.hands)).toEqual(theirs)
    await at.lab.apply([make(at)], { adopt: ['thing'], targets: ['thing'] })
    expect(await at.lab.rest([make(at)])).toBe('')
    expect(await contentsOf(at.hands)).toEqual(theirs)
  })
})

describe('DNS', () => {
  const record = (at: Opened, more: object = {}, name = 'photos') =>
    cloudflare.dnsRecord(name, {
      on: at.cf,
      name: `${name}.example.org`,
      kind: 'CNAME',
      content: 'nas.example.org',
      proxied: true,
      ...more,
    })
  const records = (at: Opened) => at.hands.list(`${at.hands.zone}/dns_records`)
  const byHand = (at: Opened, body: object) =>
    at.hands.make(`${at.hands.zone}/dns_records`, { name: 'photos.example.org', ttl: 1, ...body })

  test.each([
    ['the same record', { type: 'CNAME', content: 'nas.example.org', proxied: true }],
    ['the same name for something else', { type: 'CNAME', content: 'other.example.org' }],
    ['an address in its place', { type: 'A', content: '192.0.2.9' }],
    ['an IPv6 address in its place', { type: 'AAAA', content: '2001:db8::9' }],
  ])('%s, made by hand: refused, and adopted when asked', async (_, body) => {
    const at = await opened()
    const { id } = await byHand(at, body)
    const before = await records(at)
    const { diagnostics } = await at.lab.attempt([record(at)])
    expect(diagnostics[0]).toMatchObject({
      code: 'already_exists',
      advice: expect.stringContaining('lares import photos'),
    })
    expect(await records(at)).toEqual(before)
    await at.lab.apply([record(at)], { adopt: ['photos'], targets: ['photos'] })
    expect(await at.lab.rest([record(at)])).toBe('')
    expect(await records(at)).toMatchObject([{ id, type: 'CNAME', content: 'nas.example.org', proxied: true }])
  })

  test('ours is gone, and somebody made an address there: refused, not replaced', async () => {
    const at = await opened()
    await at.lab.apply([record(at)])
    const [{ id }] = (await records(at)) as [Found]
    await at.hands.remove(`${at.hands.zone}/dns_records/${id}`)
    await byHand(at, { type: 'A', content: '192.0.2.9' })
    const before = await records(at)
    const { diagnostics } = await at.lab.attempt([record(at)])
    expect(diagnostics[0]).toMatchObject({ code: 'already_exists' })
    expect(await records(at)).toEqual(before)
    await at.lab.destroy([record(at)])
    expect(await records(at)).toEqual(before)
  })

  test('a CNAME where we want an address', async () => {
    const at = await opened()
    await byHand(at, { type: 'CNAME', content: 'elsewhere.example.org' })
    const { diagnostics } = await at.lab.attempt([record(at, { kind: 'A', content: '192.0.2.1' })])
    expect(diagnostics[0]).toMatchObject({ code: 'already_exists' })
  })

  test('an address becomes a CNAME in one apply, in the same resource', async () => {
    const at = await opened()
    await at.lab.apply([record(at, { kind: 'A', content: '192.0.2.1' })])
    await at.lab.apply([record(at)])
    expect(await at.lab.rest([record(at)])).toBe('')
    expect(await records(at)).toHaveLength(1)
  })

  test('content, proxy and comment changed by hand are repaired, and so is its mark', async () => {
    const at = await opened()
    await at.lab.apply([record(at, { comment: 'ours' })])
    const [{ id }] = (await records(at)) as [Found]
    const made = await contentsOf(at.hands)
    await at.hands.patch(`${at.hands.zone}/dns_records/${id}`, { content: 'evil.example.net', proxied: false })
    expect(await at.lab.rest([record(at, { comment: 'ours' })])).toMatch(/update photos.*\n.*content/)
    await at.lab.apply([record(at, { comment: 'ours' })])
    expect(await contentsOf(at.hands)).toEqual(made)
  })

  test('a comment that we say nothing about stays', async () => {
    const at = await opened()
    await byHand(at, { type: 'CNAME', content: 'other.example.org', comment: 'of ann' })
    await at.lab.apply([record(at)], { adopt: ['photos'], targets: ['photos'] })
    expect(await records(at)).toMatchObject([{ comment: expect.stringMatching(/^of ann \[lares:/) }])
    expect(await at.lab.rest([record(at)])).toBe('')
    await at.lab.apply([record(at, { comment: 'ours' })])
    expect(await records(at)).toMatchObject([{ comment: expect.stringMatching(/^ours \[lares:/) }])
  })
})

describe('no plan without end', () => {
  const quiet = async (at: Opened, resource: AnyResource) => {
    await at.lab.apply([resource])
    expect(await at.lab.rest([resource])).toBe('')
  }

  test.each([
    ['#5565: rules in another order', [{ everyone: true as const }, ann, { country: 'DE' }]],
    ['#6059: an address alone comes back as /32 or /128', [{ ip: '192.0.2.7' }, { ip: '2001:db8::1' }]],
    ['case of mail addresses and domains', [{ email: 'Ann@Example.ORG' }, { emailDomain: 'Example.NET' }]],
    ['the same rule twice', [ann, ann]],
  ])('%s', async (_, include) => {
    const at = await opened()
    await quiet(at, cloudflare.accessGroup('family', { on: at.cf, include }))
    const [{ id }] = (await at.hands.list(`${at.hands.account}/access/groups`)) as [Found]
    const found = (await at.hands.get(`${at.hands.account}/access/groups/${id}`)) as Found
    const turned = [...(found['include'] as unknown[])].reverse()
    await at.hands.put(`${at.hands.account}/access/groups/${id}`, { ...found, include: turned, is_default: false })
    expect(await at.lab.rest([cloudflare.accessGroup('family', { on: at.cf, include })])).toBe('')
  })

  test('null, "", [] and false are one', async () => {
    const at = await opened()
    await quiet(
      at,
      cloudflare.accessPolicy('inside', {
        on: at.cf,
        include: [ann],
        exclude: [],
        require: [],
        approvalRequired: false,
        approvalGroups: [],
        isolationRequired: false,
        purposeJustificationRequired: false,
      }),
    )
    await quiet(
      at,
      cloudflare.accessApplication('photos', {
        on: at.cf,
        domain: 'photos.example.org',
        policies: [],
        tags: [],
        allowedIdentityProviders: [],
        customPages: [],
        corsHeaders: { allowAllHeaders: false, allowedOrigins: [] },
        appLauncherVisible: false,
        enableBindingCookie: false,
        httpOnlyCookieAttribute: false,
      }),
    )
  })

  test('an application shows its shared policies whole, with ids and precedences', async () => {
    const at = await opened()
    const shared = cloudflare.accessPolicy('inside', { on: at.cf, include: [ann] })
    const second = cloudflare.accessPolicy('outside', { on: at.cf, decision: 'deny', include: [{ everyone: true }] })
    const own = { name: 'own', include: [{ ip: '192.0.2.1' }, ann] }
    const app = (policies: (string | typeof shared.id | typeof own)[]) =>
      cloudflare.accessApplication('photos', { on: at.cf, domain: 'photos.example.org', policies })
    await quiet(at, app([shared.id, own, second.id]))
    expect(await at.lab.rest([app([second.id, own, shared.id])])).toContain('policies')
    await quiet(at, app([second.id, own, shared.id]))
  })

  test('#4468: what the API adds to the configuration of a tunnel, and empty values in it', async () => {
    const at = await opened()
    const tunnel = cloudflare.tunnel('tower', { on: at.cf })
    const rules = cloudflare.tunnelConfig('rules', {
      on: at.cf,
      tunnel: tunnel.id,
      ingress: [{ hostname: 'photos.example.org', service: 'http://10.0.0.5:80', originRequest: {} }],
      originRequest: { noTLSVerify: false, connectTimeout: 30 },
    })
    await quiet(at, rules)
  })

  test('#5565: sessions, names and hosts as the API writes them', async () => {
    const at = await opened()
    await quiet(
      at,
      cloudflare.serviceToken('backup', { on: at.cf, duration: '8760h', overlap: '1h', renewBefore: '1d' }),
    )
    await quiet(at, cloudflare.identityProvider('pin', { on: at.cf, kind: 'onetimepin', config: {} }))
    const spf = { name: 'example.org', kind: 'TXT' as const, content: '"v=spf1 -all"' }
    await quiet(at, cloudflare.dnsRecord('spf', { on: at.cf, ...spf }))
    const upper = { name: 'Mail.Example.org', kind: 'MX' as const, content: 'MX.Example.org.', priority: 10 }
    await quiet(at, cloudflare.dnsRecord('mx', { on: at.cf, ...upper }))
  })
})

test('what others say for a whole tunnel stays, unless we say something else', async () => {
  const at = await opened()
  const tower = await at.hands.make(`${at.hands.account}/cfd_tunnel`, { name: 'tower', config_src: 'cloudflare' })
  const document = `${at.hands.account}/cfd_tunnel/${tower.id}/configurations`
  const theirs = { ingress: [{ service: 'http_status:503' }], originRequest: { connectTimeout: 5 } }
  await at.hands.put(document, { config: theirs })
  const rules = (port: number, more: object = {}) =>
    cloudflare.tunnelConfig('rules', {
      on: at.cf,
      tunnel: tower.id,
      ingress: [{ hostname: 'photos.example.org', service: `http://10.0.0.5:${port}` }],
      ...more,
    })
  const configNow = async () => ((await at.hands.get(document)) as { config: typeof theirs }).config
  for (const port of [80, 81]) {
    await at.lab.apply([rules(port)])
    expect(await at.lab.rest([rules(port)])).toBe('')
    expect(await configNow()).toMatchObject({ originRequest: { connectTimeout: 5 } })
    expect((await configNow()).ingress.at(-1)).toEqual({ service: 'http_status:503' })
  }
  await at.lab.destroy([rules(81)])
  expect(await configNow()).toMatchObject(theirs)
  const ours = { catchAll: 'http_status:410', originRequest: { connectTimeout: 9 } }
  const { diagnostics } = await at.lab.attempt([rules(80, ours)])
  expect(diagnostics[0]).toMatchObject({ code: 'already_exists' })
  expect(await configNow()).toMatchObject(theirs)
  await at.lab.apply([rules(80, ours)], { adopt: ['rules'], targets: ['rules'] })
  expect(await configNow()).toMatchObject({ originRequest: { connectTimeout: 9 } })
  expect((await configNow()).ingress.at(-1)).toEqual({ service: 'http_status:410' })
  await at.lab.destroy([rules(80, ours)])
  expect(await configNow()).toMatchObject({ ingress: [{ service: 'http_status:404' }] })
  expect((await configNow()).originRequest).toBeUndefined()
})

test('a rule said as a route and in a list is refused before anything is sent', async () => {
  const at = await opened()
  const tunnel = cloudflare.tunnel('tower', { on: at.cf })
  const rule = { hostname: 'photos.example.org', service: 'http://10.0.0.5:80' }
  const all = [
    tunnel,
    cloudflare.tunnelRoute('photos', { on: at.cf, tunnel: tunnel.id, ...rule }),
    cloudflare.tunnelConfig('rules', { on: at.cf, tunnel: tunnel.id, ingress: [rule] }),
  ]
  await at.lab.apply([tunnel])
  await expect(at.lab.attempt(all)).rejects.toThrow(/"photos" and "rules" both want rule of a tunnel/)
  expect(sentSince(at.standIn, 0, 'PUT')).toEqual([])
})

test('two labs in one account and one tunnel: what is of others is the same after apply, change and destroy', async () => {
  const at = await opened()
  const theirs = testLab('theirs')
  const lab = (prefix: string, round: 1 | 2) => {
    const on = at.cf
    const tunnel = cloudflare.tunnel(`${prefix}-tunnel`, { on })
    const group = cloudflare.accessGroup(`${prefix}-group`, {
      on,
      include: round === 1 ? [ann] : [ann, { country: 'DE' }],
    })
    const photos = cloudflare.publishedService(`${prefix}-photos`, {
      on,
      tunnel: tunnel.id,
      hostname: `${prefix}.example.org`,
      service: `http://10.0.0.${round}:80`,
      allow: [{ group: group.id }],
    })
    return [photos, cloudflare.serviceToken(`${prefix}-token`, { on, rotation: round })]
  }
  await theirs.apply(lab('theirs', 1))
  const [{ id }] = (await at.hands.list(`${at.hands.account}/cfd_tunnel`)) as [Found]
  const document = `${at.hands.account}/cfd_tunnel/${id}/configurations`
  const byHand = { hostname: 'hand.example.org', service: 'http://10.0.0.9:80', originRequest: { http2Origin: true } }
  const { config } = (await at.hands.get(document)) as { config: { ingress: unknown[] } }
  await at.hands.put(document, {
    config: { ...config, originRequest: { connectTimeout: 5 }, ingress: [byHand, ...config.ingress] },
  })
  await at.hands.make(`${at.hands.zone}/dns_records`, {
    name: 'hand.example.org',
    type: 'A',
    content: '192.0.2.1',
    ttl: 1,
  })
  /** Everything but what is ours, to the last byte. */
  const others = async () => {
    const kinds = ['access/apps', 'access/policies', 'access/groups', 'access/service_tokens', 'cfd_tunnel']
    const all = await Promise.all(kinds.map((kind) => at.hands.list(`${at.hands.account}/${kind}`)))
    const rows = [...all.flat(), ...(await at.hands.list(`${at.hands.zone}/dns_records`))]
    const kept = rows.filter((row) => !JSON.stringify(row).includes('mine'))
    return JSON.stringify([kept, ((await at.hands.get(document)) as { config: { ingress: object[] } }).config])
  }
  const route = cloudflare.tunnelRoute('mine-route', {
    on: at.cf,
    tunnel: id,
    hostname: 'mine-route.example.org',
    service: 'http://10.0.0.3:80',
  })
  const before = await others()
  for (const round of [1, 2] as const) {
    await at.lab.apply(lab('mine', round))
    expect(await others()).toBe(before)
    await at.lab.apply([...lab('mine', round), route])
    expect(await theirs.rest(lab('theirs', 1))).toBe('')
    await at.lab.apply(lab('mine', round))
    expect(await others()).toBe(before)
  }
  await at.lab.destroy(lab('mine', 2))
  expect(await others()).toBe(before)
  expect(await theirs.rest(lab('theirs', 1))).toBe('')
})

import { describe, expect, test } from 'vitest'
import { opened, refusal } from './opened.ts'

const email = (address: string) => ({ email: { email: address } })
const invalid = (what: string) => [400, 12130, `access.api.error.invalid_request: ${what}`]
const missing = [404, 12135, 'access.api.error.not_found']

describe('applications', () => {
  test('come back with the defaults of their type, and with destinations from a domain', async () => {
    const { sdk, account } = await opened()
    const apps = sdk.zeroTrust.access.applications
    const made = await apps.create({
      ...account,
      type: 'self_hosted',
      domain: 'nas.example.com',
      name: 'NAS',
      skip_interstitial: false,
      allowed_idps: [],
    })
    expect(made).toMatchObject({
      type: 'self_hosted',
      domain: 'nas.example.com',
      destinations: [{ type: 'public', uri: 'nas.example.com' }],
      session_duration: '24h',
      app_launcher_visible: true,
      allowed_idps: [],
      tags: [],
      policies: [],
      aud: expect.stringMatching(/^[0-9a-f]{64}$/),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    })
    expect(made).not.toHaveProperty('logo_url')
    expect(made).not.toHaveProperty('skip_interstitial')
    expect(await apps.get(made.id!, account)).toEqual(made)
    const changed = await apps.update(made.id!, {
      ...account,
      type: 'self_hosted',
      domain: 'nas.example.com',
      destinations: [
        { type: 'public', uri: 'nas.example.com' },
        { type: 'public', uri: 'files.example.com/shared' },
      ],
      name: 'Files',
      session_duration: '8h',
      app_launcher_visible: false,
      logo_url: 'https://example.com/logo.png',
      cors_headers: { allow_all_origins: true, allowed_methods: ['GET'] },
    })
    expect(changed).toMatchObject({ id: made.id, name: 'Files', session_duration: '8h', app_launcher_visible: false })
    expect(await apps.delete(made.id!, account)).toEqual({ id: made.id })
    expect(await refusal(apps.get(made.id!, account))).toEqual([404, 11021, 'access.api.error.unknown_application'])
    expect(await refusal(apps.delete(made.id!, account))).toEqual([404, 11021, 'access.api.error.unknown_application'])
    expect(await refusal(apps.get('nas', account))).toEqual([400, 12045, 'access.api.error.invalid_application_id'])
  })

  test('of other types', async () => {
    const { sdk, account } = await opened()
    const apps = sdk.zeroTrust.access.applications
    const bookmark = await apps.create({
      ...account,
      type: 'bookmark',
      domain: 'https://wiki.example.org',
      name: 'Wiki',
    })
    expect(bookmark).toMatchObject({ type: 'bookmark', app_launcher_visible: true })
    for (const type of ['ssh', 'vnc'] as const) {
      const made = await apps.create({ ...account, type, domain: `${type}.example.com`, name: type })
      expect(made).toMatchObject({ type, domain: `${type}.example.com`, session_duration: '24h' })
    }
    const saas = { auth_type: 'oidc', redirect_uris: ['https://saas.example.org'], scopes: ['openid'] } as const
    const made = await apps.create({
      ...account,
      type: 'saas',
      name: 'SaaS',
      saas_app: { ...saas, scopes: ['openid'], redirect_uris: [...saas.redirect_uris] },
    })
    expect(made).toMatchObject({ type: 'saas', saas_app: { auth_type: 'oidc' } })
  })

  test('are refused where two want one place, or the place is not of the account', async () => {
    const { cloudflare, sdk, account } = await opened()
    const create = (domain: string, more = {}) =>
      sdk.zeroTrust.access.applications.create({ ...account, type: 'self_hosted', domain, name: domain, ...more })
    await create('nas.example.com', {
      destinations: [
        { type: 'public', uri: 'nas.example.com' },
        { type: 'public', uri: 'x.example.com' },
      ],
    })
    expect(await refusal(create('nas.example.com'))).toEqual([
      409,
      11010,
      'access.api.error.application_already_exists',
    ])
    expect(await refusal(create('x.example.com'))).toEqual([
      409,
      12132,
      'access.api.error.conflict: destination belongs to another application',
    ])
    await create('nas.example.com/admin')
    const typeless = sdk.post(`/accounts/${account.account_id}/access/apps`, { body: { domain: 'y.example.com' } })
    expect(await refusal(typeless)).toEqual(invalid('app type is missing or invalid'))
    expect(await refusal(create('nas.example.org'))).toEqual(invalid('domain does not belong to zone'))
    cloudflare.seed.zone({ name: 'pending.org', account: cloudflare.account.id, status: 'pending' })
    expect(await refusal(create('nas.pending.org'))).toEqual(invalid('domain does not belong to zone'))
    const elsewhere = { destinations: [{ type: 'public', uri: 'b.example.com' }] }
    expect(await refusal(create('a.example.com', elsewhere))).toEqual(invalid('domain not included in destinations'))
  })

  test('keep the order of their policies, however these are given', async () => {
    const { sdk, account } = await opened()
    const { applications, policies } = sdk.zeroTrust.access
    const policy = async (name: string) =>
      (await policies.create({ ...account, name, decision: 'allow', include: [{ everyone: {} }] })).id!
    const [first, second] = [await policy('first'), await policy('second')]
    const app = { ...account, type: 'self_hosted', domain: 'nas.example.com', name: 'NAS' } as const
    const whole = { name: 'own', decision: 'deny', include: [email('eve@example.org')] } as const
    const made = await applications.create({
      ...app,
      policies: [second, first, { ...whole, include: [...whole.include] }] as never,
    })
    const shown = ({ policies: list = [] }: { policies?: unknown }) =>
      (list as { name: string; precedence: number; reusable: boolean }[]).map(({ name, precedence, reusable }) => [
        name,
        precedence,
        reusable,
      ])
    expect(shown(made as never)).toEqual([
      ['second', 1, true],
      ['first', 2, true],
      ['own', 3, false],
    ])
    const put = (list: unknown) => applications.update(made.id!, { ...app, policies: list as never })
    expect(
      shown(
        (await put([
          { id: first, precedence: 2 },
          { id: second, precedence: 1 },
        ])) as never,
      ),
    ).toEqual([
      ['second', 1, true],
      ['first', 2, true],
    ])
    expect(shown((await put(undefined)) as never)).toHaveLength(2)
    expect(
      await refusal(
        put([
          { id: first, precedence: 1 },
          { id: second, precedence: 1 },
        ]),
      ),
    ).toEqual(invalid('policy precedences must be unique'))
    const nobody = '00000000-0000-4000-8000-000000000000'
    expect(await refusal(put([nobody]))).toEqual(invalid(`policy ${nobody} not found`))
    expect(shown((await put([])) as never)).toEqual([])
    expect((await policies.get(first, account)).app_count).toBe(0)
  })

  test('have policies of their own, and are no way to change reusable ones', async () => {
    const { sdk, account } = await opened()
    const { applications, policies } = sdk.zeroTrust.access
    const reusable = await policies.create({ ...account, name: 'all', decision: 'allow', include: [{ everyone: {} }] })
    const app = await applications.create({
      ...account,
      type: 'self_hosted',
      domain: 'nas.example.com',
      name: 'NAS',
      policies: [reusable.id!] as never,
    })
    const own = applications.policies
    const body = { name: 'own', decision: 'allow', include: [email('ann@example.org')] }
    const made = await own.create(app.id!, { ...account, ...body } as never)
    expect(made).toMatchObject({ name: 'own', precedence: 2, reusable: false })
    expect((await own.list(app.id!, account)).result).toHaveLength(2)
    expect(await refusal(policies.get(made.id!, account))).toEqual(missing)
    const changed = await own.update(made.id!, {
      ...account,
      app_id: app.id!,
      ...body,
      name: 'mine',
      precedence: 5,
    } as never)
    expect(changed).toMatchObject({ id: made.id, name: 'mine', precedence: 5 })
    const refused = invalid('can not update reusable policies through this endpoint')
    expect(await refusal(own.update(reusable.id!, { ...account, app_id: app.id!, ...body } as never))).toEqual(refused)
    expect(await own.get(reusable.id!, { ...account, app_id: app.id! })).toMatchObject({ name: 'all', reusable: true })
    await sdk.put(`/accounts/${account.account_id}/access/apps/${app.id}/policies/${made.id}/make_reusable`)
    expect(await policies.get(made.id!, account)).toMatchObject({ name: 'mine', reusable: true, app_count: 1 })
    const another = await own.create(app.id!, { ...account, ...body } as never)
    expect(await own.delete(another.id!, { ...account, app_id: app.id! })).toEqual({ id: another.id })
    expect(await refusal(own.get(another.id!, { ...account, app_id: app.id! }))).toEqual(missing)
  })

  test('are found by name, domain and search, page by page', async () => {
    const { cloudflare, sdk, account } = await opened()
    const apps = sdk.zeroTrust.access.applications
    for (let n = 1; n <= 30; n += 1) {
      await apps.create({ ...account, type: 'self_hosted', domain: `s${n}.example.com`, name: `App ${n}` })
    }
    const first = await apps.list(account)
    expect(first.result).toHaveLength(25)
    expect(first.result_info).toMatchObject({ page: 1, per_page: 25, count: 25, total_count: 30, total_pages: 2 })
    const before = cloudflare.calls.length
    const all: unknown[] = []
    for await (const app of apps.list({ ...account, per_page: 20 })) all.push(app)
    expect(all).toHaveLength(30)
    // The SDK asks until a page is empty.
    expect(cloudflare.calls.slice(before).map(({ query }) => query.page ?? '1')).toEqual(['1', '2', '3'])
    expect((await apps.list({ ...account, name: 'App 7' })).result).toHaveLength(1)
    expect((await apps.list({ ...account, domain: 's9.example.com' })).result).toHaveLength(1)
    expect((await apps.list({ ...account, search: 'app 2' })).result).toHaveLength(11)
  })
})

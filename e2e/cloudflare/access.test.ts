import { describe, expect, test } from 'vitest'
import { opened, refusal } from './opened.ts'

const email = (address: string) => ({ email: { email: address } })
const missing = [404, 12135, 'access.api.error.not_found']

describe('policies', () => {
  test('give addresses back as networks, and only the options that were set', async () => {
    const { sdk, account } = await opened()
    const { policies } = sdk.zeroTrust.access
    const made = await policies.create({
      ...account,
      name: 'home',
      decision: 'bypass',
      include: [{ ip: { ip: '192.0.2.7' } }, { ip: { ip: '2001:db8::7' } }, { ip: { ip: '198.51.100.0/24' } }],
      exclude: [{ geo: { country_code: 'AQ' } }],
      approval_required: false,
      isolation_required: false,
    })
    expect(made).toMatchObject({
      include: [{ ip: { ip: '192.0.2.7/32' } }, { ip: { ip: '2001:db8::7/128' } }, { ip: { ip: '198.51.100.0/24' } }],
      exclude: [{ geo: { country_code: 'AQ' } }],
      require: [],
      reusable: true,
      app_count: 0,
    })
    for (const unsaid of ['approval_groups', 'approval_required', 'isolation_required', 'session_duration']) {
      expect(made).not.toHaveProperty(unsaid)
    }
    const put = { ...account, name: 'home', decision: 'allow' as const, include: [email('ann@example.org')] }
    const changed = await policies.update(made.id!, {
      ...put,
      session_duration: '2h',
      approval_required: true,
      approval_groups: [{ approvals_needed: 1, email_addresses: ['ann@example.org'] }],
    })
    expect(changed).toMatchObject({ session_duration: '2h', approval_required: true, exclude: [] })
    expect(await policies.update(made.id!, put)).not.toHaveProperty('session_duration')
    const twin = await policies.create(put)
    expect(twin.id).not.toBe(made.id)
    expect((await policies.list(account)).result.map(({ name }) => name)).toEqual(['home', 'home'])
    expect(await policies.delete(twin.id!, account)).toEqual({ id: twin.id })
    expect(await refusal(policies.delete(twin.id!, account))).toEqual(missing)
  })

  test('take every kind of rule, and refuse what points nowhere', async () => {
    const { sdk, account } = await opened()
    const { policies, groups, serviceTokens } = sdk.zeroTrust.access
    const group = await groups.create({ ...account, name: 'family', include: [email('ann@example.org')] })
    const token = await serviceTokens.create({ ...account, name: 'backup' })
    const provider = await sdk.zeroTrust.identityProviders.create({
      ...account,
      name: 'PIN',
      type: 'onetimepin',
      config: {},
    })
    const include = [
      { any_valid_service_token: {} },
      { auth_method: { auth_method: 'mfa' } },
      { certificate: {} },
      { common_name: { common_name: 'laptop' } },
      { device_posture: { integration_uid: 'aa000000-0000-4000-8000-000000000000' } },
      email('ann@example.org'),
      { email_domain: { domain: 'example.org' } },
      { email_list: { id: 'aa000000-0000-4000-8000-000000000001' } },
      { everyone: {} },
      { external_evaluation: { evaluate_url: 'https://e.example.org', keys_url: 'https://k.example.org' } },
      { geo: { country_code: 'NL' } },
      { 'github-organization': { identity_provider_id: provider.id!, name: 'lares', team: 'admins' } },
      { group: { id: group.id! } },
      { gsuite: { email: 'all@example.org', identity_provider_id: provider.id! } },
      { ip_list: { id: 'aa000000-0000-4000-8000-000000000002' } },
      { login_method: { id: provider.id! } },
      { okta: { identity_provider_id: provider.id!, name: 'admins' } },
      { saml: { attribute_name: 'role', attribute_value: 'admin', identity_provider_id: provider.id! } },
      { service_token: { token_id: token.id! } },
      { azureAD: { id: 'aa000000-0000-4000-8000-000000000003', identity_provider_id: provider.id! } },
      { auth_context: { ac_id: 'c1', id: 'c2', identity_provider_id: provider.id! } },
      { oidc: { claim_name: 'role', claim_value: 'admin', identity_provider_id: provider.id! } },
      { linked_app_token: { app_uid: 'aa000000-0000-4000-8000-000000000004' } },
      { user_risk_score: { user_risk_score: ['low' as const] } },
    ]
    const made = await policies.create({ ...account, name: 'all kinds', decision: 'allow', include })
    expect(made.include).toEqual(include)
    const create = (rule: unknown) =>
      policies.create({ ...account, name: 'bad', decision: 'allow', include: [rule as never] })
    const nobody = '00000000-0000-4000-8000-000000000000'
    expect((await refusal(create({ group: { id: nobody } })))[0]).toBe(400)
    expect((await refusal(create({ service_token: { token_id: nobody } })))[0]).toBe(400)
    expect((await refusal(create({ surname: { is: 'Lar' } })))[0]).toBe(400)
    expect((await refusal(create({ ip: { ip: 'home' } })))[0]).toBe(400)
    expect((await refusal(policies.create({ ...account, name: 'none', decision: 'allow', include: [] })))[0]).toBe(400)
  })
})

test('what something refers to is not deleted', async () => {
  const { sdk, account } = await opened()
  const { policies, groups, serviceTokens, applications } = sdk.zeroTrust.access
  const token = await serviceTokens.create({ ...account, name: 'backup' })
  const group = await groups.create({
    ...account,
    name: 'services',
    include: [{ service_token: { token_id: token.id! } }],
  })
  const provider = await sdk.zeroTrust.identityProviders.create({
    ...account,
    name: 'PIN',
    type: 'onetimepin',
    config: {},
  })
  const policy = await policies.create({
    ...account,
    name: 'services',
    decision: 'non_identity',
    include: [{ group: { id: group.id! } }],
  })
  const app = await applications.create({
    ...account,
    type: 'self_hosted',
    domain: 'nas.example.com',
    name: 'NAS',
    allowed_idps: [provider.id!],
    policies: [policy.id!] as never,
  })
  const inUse =
    'access.api.error.service_token_in_use: cannot delete service token because it is used by a policy, group, or app SCIM configuration.'
  expect(await refusal(serviceTokens.delete(token.id!, account))).toEqual([400, 12139, inUse])
  const conflict = (what: string) => [409, 12132, `access.api.error.conflict: ${what} is in use`]
  expect(await refusal(groups.delete(group.id!, account))).toEqual(conflict('group'))
  expect(await refusal(policies.delete(policy.id!, account))).toEqual(conflict('policy'))
  expect(await refusal(sdk.zeroTrust.identityProviders.delete(provider.id!, account))).toEqual(
    conflict('identity provider'),
  )
  await applications.delete(app.id!, account)
  await policies.delete(policy.id!, account)
  await groups.delete(group.id!, account)
  expect(await serviceTokens.delete(token.id!, account)).toMatchObject({ id: token.id })
  expect(await sdk.zeroTrust.identityProviders.delete(provider.id!, account)).toEqual({ id: provider.id })
})

test('groups may share a name', async () => {
  const { sdk, account } = await opened()
  const { groups } = sdk.zeroTrust.access
  const made = await groups.create({ ...account, name: 'family', include: [{ ip: { ip: '192.0.2.1' } }] })
  const twin = await groups.create({
    ...account,
    name: 'family',
    include: [email('ann@example.org')],
    is_default: true,
  })
  expect(made).toMatchObject({ include: [{ ip: { ip: '192.0.2.1/32' } }], exclude: [], require: [] })
  expect((await groups.list({ ...account, name: 'family' })).result).toHaveLength(2)
  expect((await groups.list({ ...account, name: 'fam' })).result).toHaveLength(0)
  expect((await groups.list({ ...account, search: 'FAM' })).result).toHaveLength(2)
  const changed = await groups.update(made.id!, { ...account, name: 'home', include: [{ everyone: {} }] })
  expect(changed).toMatchObject({ id: made.id, name: 'home' })
  expect(await groups.get(made.id!, account)).toEqual(changed)
  await groups.delete(twin.id!, account)
  expect(await refusal(groups.get(twin.id!, account))).toEqual([404, 12152, 'access.api.error.unknown_group'])
})

test('service tokens tell their secret when they are made and rotated, and never else', async () => {
  let now = Date.parse('2026-11-23T12:00:00Z')
  const { cloudflare, sdk, account } = await opened({ clock: () => now })
  const { serviceTokens, policies, applications } = sdk.zeroTrust.access
  const made = await serviceTokens.create({ ...account, name: 'backup' })
  expect(made).toMatchObject({
    duration: '8760h',
    client_id: expect.stringMatching(/^[0-9a-f]{32}\.access$/),
    client_secret: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(await serviceTokens.get(made.id!, account)).not.toHaveProperty('client_secret')
  expect((await serviceTokens.list(account)).result[0]).not.toHaveProperty('client_secret')
  expect((await serviceTokens.get(made.id!, account)).expires_at).toBe('2027-11-23T12:00:00Z')
  const renamed = await serviceTokens.update(made.id!, { ...account, name: 'nightly', duration: '48h30m' })
  expect(renamed).toMatchObject({ name: 'nightly', expires_at: '2026-11-25T12:30:00Z' })
  expect(renamed).not.toHaveProperty('client_secret')
  now += 3_600_000
  expect((await serviceTokens.refresh(made.id!, account)).expires_at).toBe('2026-11-25T13:30:00Z')

  const policy = await policies.create({
    ...account,
    name: 's',
    decision: 'non_identity',
    include: [{ service_token: { token_id: made.id! } }],
  })
  await applications.create({
    ...account,
    type: 'self_hosted',
    domain: 'nas.example.com',
    name: 'NAS',
    policies: [policy.id!] as never,
  })
  const admits = (secret: string | undefined) => cloudflare.edge.admits('nas.example.com', made.client_id!, secret!)
  expect(admits(made.client_secret)).toBe(true)
  const until = new Date(now + 60_000).toISOString()
  const second = await serviceTokens.rotate(made.id!, { ...account, previous_client_secret_expires_at: until })
  expect(second).toMatchObject({ id: made.id, client_id: made.client_id })
  expect([admits(made.client_secret), admits(second.client_secret)]).toEqual([true, true])
  now += 60_000
  expect([admits(made.client_secret), admits(second.client_secret)]).toEqual([false, true])
  const third = await serviceTokens.rotate(made.id!, account)
  expect([admits(second.client_secret), admits(third.client_secret)]).toEqual([false, true])
  await serviceTokens.update(made.id!, { ...account, enabled: false })
  expect(admits(third.client_secret)).toBe(false)
  const secrets = cloudflare.secretsSeen()
  for (const { client_secret } of [made, second, third]) expect(secrets).toContain(client_secret)
  const twin = await serviceTokens.create({ ...account, name: 'nightly' })
  expect(twin.id).not.toBe(made.id)
  await serviceTokens.delete(twin.id!, account)
  expect(await refusal(serviceTokens.get(twin.id!, account))).toEqual(missing)
})

test('identity providers keep their secrets to themselves', async () => {
  const { cloudflare, sdk, account } = await opened()
  const { identityProviders } = sdk.zeroTrust
  const config = { client_id: 'lares', client_secret: 'a secret of somebody else' }
  const made = await identityProviders.create({ ...account, name: 'GitHub', type: 'github', config })
  expect(made.config).toEqual({ client_id: 'lares', client_secret: '*'.repeat(34) })
  const scim = { enabled: true, user_deprovision: true }
  const oidc = {
    ...config,
    auth_url: 'https://id.example.org/auth',
    token_url: 'https://id.example.org/token',
    certs_url: 'https://id.example.org/certs',
    scopes: ['openid'],
  }
  const other = await identityProviders.create({
    ...account,
    name: 'OIDC',
    type: 'oidc',
    config: oidc,
    scim_config: scim,
  })
  const { secret } = other.scim_config as { secret: string }
  expect(secret).toMatch(/^[0-9a-f]{64}$/)
  expect((await identityProviders.get(other.id!, account)).scim_config).toMatchObject({ secret: '*'.repeat(34) })
  expect(cloudflare.secretsSeen()).toEqual(expect.arrayContaining([config.client_secret, secret]))
  const changed = await identityProviders.update(made.id!, {
    ...account,
    name: 'Hub',
    type: 'github',
    config: made.config as never,
  })
  expect(changed).toMatchObject({ id: made.id, name: 'Hub' })
  expect((await identityProviders.list(account)).result).toHaveLength(2)
  const pin = { ...account, name: 'PIN', type: 'onetimepin', config: {} } as const
  await identityProviders.create(pin)
  expect(await refusal(identityProviders.create(pin))).toEqual([
    409,
    12132,
    'access.api.error.conflict: a onetimepin connection already exists',
  ])
  await identityProviders.delete(other.id!, account)
  expect(await refusal(identityProviders.get(other.id!, account))).toEqual(missing)
})

test('tags are known by name and follow their applications', async () => {
  const { sdk, account } = await opened()
  const { tags, applications } = sdk.zeroTrust.access
  await tags.create({ ...account, name: 'family' })
  const app = { ...account, type: 'self_hosted', domain: 'nas.example.com', name: 'NAS' } as const
  const made = await applications.create({ ...app, tags: ['family'] })
  expect((await refusal(applications.update(made.id!, { ...app, tags: ['friends'] })))[0]).toBe(400)
  expect(await tags.get('family', account)).toMatchObject({ name: 'family', app_count: 1 })
  await tags.update('family', { ...account, name: 'home' })
  expect(await applications.get(made.id!, account)).toMatchObject({ tags: ['home'] })
  expect((await tags.list(account)).result.map(({ name }) => name)).toEqual(['home'])
  expect(await tags.delete('home', account)).toEqual({ name: 'home' })
  expect(await refusal(tags.get('home', account))).toEqual(missing)
})

test('an account without Zero Trust says so everywhere', async () => {
  const { cloudflare, sdk, account } = await opened()
  expect(await sdk.zeroTrust.organizations.list(account)).toMatchObject({ auth_domain: 'home.cloudflareaccess.com' })
  const bare = { account_id: cloudflare.seed.account({ name: 'Bare', authDomain: null }).id }
  const enable = [
    403,
    9999,
    "access.api.error.not_enabled: Access is not enabled. Visit the Access dashboard at https://dash.cloudflare.com/ and click the 'Enable Access' button.",
  ]
  expect(await refusal(sdk.zeroTrust.organizations.list(bare))).toEqual(enable)
  expect(await refusal(sdk.zeroTrust.access.applications.list(bare))).toEqual(enable)
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import Cloudflare from 'cloudflare'
import { describe, expect, test } from 'vitest'
import { opened, refusal, sdkOf } from './opened.ts'
import { startCloudflare } from './stand-in.ts'

const denied = [403, 10000, 'Authentication error']

describe('tokens', () => {
  test('are told apart: none, malformed, unknown, expired, revoked', async () => {
    const { cloudflare, account } = await opened()
    const list = (token: string) => sdkOf(cloudflare, token).zeroTrust.access.applications.list(account)
    const bare = await fetch(`${cloudflare.url}/accounts`)
    expect([bare.status, await bare.json()]).toMatchObject([
      400,
      { success: false, result: null, errors: [{ code: 9106 }] },
    ])
    const malformed = await fetch(`${cloudflare.url}/accounts`, { headers: { Authorization: 'Bearer nonsense' } })
    expect(await malformed.json()).toMatchObject({ errors: [{ code: 6003, error_chain: [{ code: 6111 }] }] })
    const unknown = 'x'.repeat(40)
    expect(await refusal(list(unknown))).toEqual([403, 9109, 'Invalid access token'])
    expect(await refusal(sdkOf(cloudflare, unknown).user.tokens.verify())).toEqual([401, 1000, 'Invalid API Token'])
    const expired = cloudflare.seed.token({ expires: new Date(0) })
    expect(await sdkOf(cloudflare, expired.value).user.tokens.verify()).toMatchObject({
      id: expired.id,
      status: 'expired',
    })
    expect(await refusal(list(expired.value))).toEqual([403, 9109, 'Invalid access token'])
    expect((await list(cloudflare.token.value)).result).toEqual([])
    cloudflare.seed.revoke(cloudflare.token.id)
    expect(await refusal(list(cloudflare.token.value))).toEqual([403, 9109, 'Invalid access token'])
  })

  test('may do what their permissions say, where they reach', async () => {
    const { cloudflare, sdk, account, zone } = await opened()
    const { value, id } = cloudflare.seed.token({
      permissions: ['Access: Apps and Policies Read', 'DNS Write', 'Zone Read'],
      accounts: [cloudflare.account.id],
      zones: [cloudflare.zone.id],
    })
    const reader = sdkOf(cloudflare, value)
    const app = { ...account, type: 'self_hosted', domain: 'nas.example.com', name: 'NAS' } as const
    expect((await reader.zeroTrust.access.applications.list(account)).result).toEqual([])
    expect(await refusal(reader.zeroTrust.access.applications.create(app))).toEqual(denied)
    expect(await refusal(reader.zeroTrust.access.groups.list(account))).toEqual(denied)
    expect(await refusal(reader.zeroTrust.tunnels.cloudflared.list(account))).toEqual(denied)
    await reader.dns.records.create({ ...zone, type: 'A', name: 'a', content: '192.0.2.1', ttl: 1 })
    const stranger = cloudflare.seed.account({ name: 'Stranger' })
    const theirs = cloudflare.seed.zone({ name: 'example.net', account: stranger.id })
    expect(await refusal(reader.zeroTrust.access.applications.list({ account_id: stranger.id }))).toEqual(denied)
    expect(await refusal(reader.dns.records.list({ zone_id: theirs.id }))).toEqual(denied)
    const sibling = cloudflare.seed.zone({ name: 'example.org', account: cloudflare.account.id })
    expect(await refusal(reader.dns.records.list({ zone_id: sibling.id }))).toEqual(denied)
    expect((await reader.zones.list()).result.map(({ name }) => name)).toEqual(['example.com'])
    expect((await sdk.zones.list()).result.map(({ name }) => name)).toEqual([
      'example.com',
      'example.net',
      'example.org',
    ])
    expect((await sdk.zones.list({ name: 'example.net' })).result).toMatchObject([
      { id: theirs.id, account: { id: stranger.id } },
    ])
    expect((await reader.accounts.list()).result.map(({ name }) => name)).toEqual(['Home'])
    const unauthorized = [403, 9109, 'Unauthorized to access requested resource']
    expect(await refusal(reader.user.tokens.get(id))).toEqual(unauthorized)
    expect(await sdk.user.tokens.get(id)).toMatchObject({
      id,
      status: 'active',
      policies: [
        {
          resources: { [`com.cloudflare.api.account.${cloudflare.account.id}`]: '*' },
          permission_groups: [{ name: 'Access: Apps and Policies Read' }],
        },
        {
          resources: { [`com.cloudflare.api.account.zone.${cloudflare.zone.id}`]: '*' },
          permission_groups: [{ name: 'DNS Write' }, { name: 'Zone Read' }],
        },
      ],
    })
    const none = sdkOf(cloudflare, cloudflare.seed.token({ permissions: [] }).value)
    expect((await none.zones.list()).result).toEqual([])
  })

  test('of an account are verified there', async () => {
    const { cloudflare, account } = await opened()
    const owned = cloudflare.seed.token({ ownedBy: cloudflare.account.id })
    const sdk = sdkOf(cloudflare, owned.value)
    expect(await sdk.accounts.tokens.verify(account)).toMatchObject({ id: owned.id, status: 'active' })
    expect(await refusal(sdk.user.tokens.verify())).toEqual([401, 1000, 'Invalid API Token'])
    expect(await sdk.accounts.tokens.get(owned.id, account)).toMatchObject({ id: owned.id })
    expect(await sdkOf(cloudflare).user.tokens.verify()).toMatchObject({ id: cloudflare.token.id })
  })
})

test('what is asked for in the wrong way is refused as a route', async () => {
  const { cloudflare, sdk, account } = await opened()
  expect(await refusal(sdk.get('/nothing/here'))).toEqual([404, 7000, 'No route for that URI'])
  expect((await refusal(sdk.zeroTrust.access.applications.list({ account_id: 'home' })))[1]).toBe(7003)
  const wrong = sdk.delete(`/accounts/${account.account_id}/access/organizations`)
  expect(await refusal(wrong)).toEqual([405, 10405, 'Method not allowed for this authentication scheme'])
  const headers = { Authorization: `Bearer ${cloudflare.token.value}` }
  const url = `${cloudflare.url}/accounts/${account.account_id}/access/groups`
  expect((await fetch(url, { method: 'POST', headers, body: '{' })).status).toBe(400)
  expect(await sdk.accounts.get(account)).toMatchObject({ id: account.account_id, name: 'Home' })
  expect(await sdk.zones.get({ zone_id: cloudflare.zone.id })).toMatchObject({ name: 'example.com', status: 'active' })
})

describe('the rate limit', () => {
  test('counts by user and blocks for a window', async () => {
    let now = 0
    const { cloudflare, sdk } = await opened({ clock: () => now, rateLimit: { requests: 3, seconds: 300 } })
    const answer = await sdk.accounts.list().asResponse()
    expect(answer.headers.get('ratelimit')).toBe('"default";r=2;t=300')
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('2')
    await sdk.accounts.list()
    await sdkOf(cloudflare, cloudflare.seed.token().value).accounts.list()
    now = 100_000
    const error = await sdk.accounts.list().then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(Cloudflare.RateLimitError)
    const { headers } = error as InstanceType<typeof Cloudflare.RateLimitError>
    expect(headers.get('retry-after')).toBe('300')
    expect(headers.get('x-ratelimit-remaining')).toBe('0')
    expect(await refusal(sdk.accounts.list())).toEqual([
      429,
      971,
      'Please wait and consider throttling your request speed',
    ])
    await sdkOf(cloudflare, cloudflare.seed.token({ user: 'somebody else' }).value).accounts.list()
    now = 399_000
    expect((await refusal(sdk.accounts.list()))[0]).toBe(429)
    now = 401_000
    await sdk.accounts.list()
  })

  test('can be reached by everybody at once', async () => {
    let now = 0
    const { cloudflare, sdk } = await opened({ clock: () => now })
    cloudflare.limiter.storm({ seconds: 2 })
    expect((await refusal(sdk.accounts.list()))[0]).toBe(429)
    now = 2000
    await sdk.accounts.list()
  })
})

describe('faults', () => {
  test('strike before or after the work, so many times', async () => {
    const { cloudflare, sdk, account } = await opened()
    const { groups } = sdk.zeroTrust.access
    const create = () => groups.create({ ...account, name: 'family', include: [{ everyone: {} }] })
    const count = async () => (await groups.list(account)).result.length
    cloudflare.faults.add({ method: 'POST', path: /groups$/, times: 2, happens: { status: 502, when: 'before' } })
    cloudflare.faults.add({ method: 'POST', path: /groups$/, happens: { status: 500, when: 'after' } })
    cloudflare.faults.add({ method: 'POST', path: /groups$/, happens: { drop: 'before' } })
    cloudflare.faults.add({ method: 'POST', path: /groups$/, happens: { drop: 'after' } })
    expect(cloudflare.faults.left).toBe(5)
    const before = await create().then(
      () => null,
      (error: unknown) => error,
    )
    expect(before).toMatchObject({
      status: 502,
      message: expect.stringContaining('<title>api.cloudflare.com | 502: Bad gateway</title>'),
    })
    await expect(create()).rejects.toMatchObject({ status: 502 })
    expect(await count()).toBe(0)
    await expect(create()).rejects.toMatchObject({ status: 500 })
    expect(await count()).toBe(1)
    await expect(create()).rejects.toBeInstanceOf(Cloudflare.APIConnectionError)
    expect(await count()).toBe(1)
    await expect(create()).rejects.toBeInstanceOf(Cloudflare.APIConnectionError)
    expect(await count()).toBe(2)
    expect(cloudflare.faults.left).toBe(0)
    expect(cloudflare.calls.map(({ status }) => status)).toEqual([502, 502, 200, 500, 200, null, 200, null, 200])
  })

  test('delay an answer', async () => {
    const { cloudflare, sdk } = await opened()
    cloudflare.faults.add({ happens: { delay: 5_000 } })
    const started = Date.now()
    await expect(sdk.accounts.list({}, { timeout: 200 })).rejects.toBeInstanceOf(Cloudflare.APIConnectionTimeoutError)
    expect(Date.now() - started).toBeLessThan(4_000)
    cloudflare.faults.add({ happens: { delay: 300 } })
    await expect(sdk.accounts.list({}, { timeout: 100 })).rejects.toBeInstanceOf(Cloudflare.APIConnectionTimeoutError)
    await expect.poll(() => cloudflare.calls.at(-1)?.status).toBe(200)
    await sdk.accounts.list()
  })
})

test('reads are behind writes, and applications behind policies, for as long as is asked', async () => {
  let now = 0
  const { cloudflare, sdk, account } = await opened({ clock: () => now, lag: 1000, referenceLag: 500 })
  const { policies, applications } = sdk.zeroTrust.access
  const made = await policies.create({ ...account, name: 'all', decision: 'allow', include: [{ everyone: {} }] })
  const list = async () => (await policies.list(account)).result.map(({ name }) => name)
  const put = (name: string) =>
    policies.update(made.id!, { ...account, name, decision: 'allow', include: [{ everyone: {} }] })
  const publish = () =>
    applications.create({
      ...account,
      type: 'self_hosted',
      domain: 'nas.example.com',
      name: 'NAS',
      policies: [made.id!] as never,
    })
  now = 100
  expect(await list()).toEqual([])
  expect((await refusal(policies.get(made.id!, account)))[0]).toBe(404)
  expect(await refusal(publish())).toEqual([
    400,
    12130,
    `access.api.error.invalid_request: policy ${made.id} not found`,
  ])
  expect(await put('everybody')).toMatchObject({ name: 'everybody' })
  now = 1050
  expect(await list()).toEqual(['all'])
  await publish()
  now = 1100
  expect(await list()).toEqual(['everybody'])
  expect((await applications.list(account)).result).toEqual([])
  cloudflare.lag = 0
  expect((await applications.list(account)).result).toHaveLength(1)
})

test('the record names who asked for what, and nothing secret', async () => {
  const { cloudflare, sdk, account } = await opened()
  const made = await sdk.zeroTrust.access.serviceTokens.create({ ...account, name: 'backup' })
  await sdk.zeroTrust.access.applications.list({ ...account, name: 'NAS' })
  expect(cloudflare.calls).toMatchObject([
    {
      method: 'POST',
      path: `/accounts/${account.account_id}/access/service_tokens`,
      status: 201,
      token: cloudflare.token.id,
    },
    { method: 'GET', query: { name: 'NAS' }, status: 200 },
  ])
  const secrets = cloudflare.secretsSeen()
  expect(secrets).toEqual(expect.arrayContaining([made.client_secret, cloudflare.token.value]))
  for (const secret of secrets) expect(JSON.stringify(cloudflare.calls)).not.toContain(secret)
})

test('what others make is planted without a request', async () => {
  const { cloudflare, sdk, account, zone } = await opened()
  const groups = `/accounts/${account.account_id}/access/groups`
  const made = cloudflare.seed.plant('POST', groups, { name: 'theirs', include: [{ everyone: {} }] }) as { id: string }
  expect(await sdk.zeroTrust.access.groups.get(made.id, account)).toMatchObject({ name: 'theirs' })
  expect(cloudflare.calls).toHaveLength(1)
  expect(() => cloudflare.seed.plant('DELETE', `${groups}/${account.account_id}`)).toThrow('12152')
  const tunnel = cloudflare.seed.plant('POST', `/accounts/${account.account_id}/cfd_tunnel`, { name: 'theirs' }) as {
    id: string
  }
  const config = { ingress: [{ service: 'http://nas:80' }] }
  cloudflare.seed.plant('PUT', `/accounts/${account.account_id}/cfd_tunnel/${tunnel.id}/configurations`, { config })
  const record = { type: 'CNAME', name: 'open', content: `${tunnel.id}.cfargotunnel.com`, proxied: true }
  cloudflare.seed.plant('POST', `/zones/${zone.zone_id}/dns_records`, record)
  expect(cloudflare.edge.exposures).toMatchObject([{ hostname: 'open.example.com', by: { token: null } }])
})

test('identifiers are the same in every run, unless asked otherwise', async () => {
  const ids = async (seed?: string) => {
    await using cloudflare = await startCloudflare(seed === undefined ? {} : { seed })
    return [cloudflare.account.id, cloudflare.zone.id, cloudflare.token.value]
  }
  expect(await ids()).toEqual(await ids())
  expect(await ids('another')).not.toEqual(await ids())
})

test('it runs as a process of its own until it is told to end', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, 'example.net'], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = (await once(createInterface(child.stdout), 'line', { signal: AbortSignal.timeout(20_000) })) as [
      string,
    ]
    const { url, token, zone } = JSON.parse(line) as Record<'url' | 'token' | 'account' | 'zone', string>
    const sdk = new Cloudflare({ apiToken: token, baseURL: url, maxRetries: 0 })
    expect(await sdk.zones.get({ zone_id: zone })).toMatchObject({ name: 'example.net' })
    child.kill('SIGTERM')
    expect(await once(child, 'exit', { signal: AbortSignal.timeout(10_000) })).toEqual([0, null])
  } finally {
    child.kill('SIGKILL')
  }
})

import { describe, expect, test } from 'vitest'
import type { Misfortune } from '../../../../e2e/cloudflare/faults.ts'
import cloudflare from '../../src/index.ts'
import { contentsOf } from '../account-contents.ts'
import { type Opened, opened, sentSince } from '../memory-lab.ts'

const people = [{ email: 'ann@example.org' }]

/** One of each, with what differs in the second round. */
function labOf({ cf: on }: Opened, round: 1 | 2 = 1) {
  const group = cloudflare.accessGroup('family', { on, include: round === 1 ? people : [...people, { country: 'DE' }] })
  const token = cloudflare.serviceToken('backup', { on, duration: round === 1 ? '8760h' : '17520h' })
  const policy = cloudflare.accessPolicy('inside', {
    on,
    include: [{ group: group.id }],
    sessionDuration: round === 1 ? '1h' : '2h',
  })
  const tunnel = cloudflare.tunnel('tower', { on, name: round === 1 ? 'tower' : 'tower 2' })
  const provider = cloudflare.identityProvider('pin', { on, kind: 'onetimepin', name: round === 1 ? 'pin' : 'code' })
  const app = cloudflare.accessApplication('photos', {
    on,
    domain: 'photos.example.org',
    policies: [policy.id],
    sessionDuration: round === 1 ? '1h' : '2h',
  })
  const route = cloudflare.tunnelRoute('way', {
    on,
    tunnel: tunnel.id,
    hostname: 'photos.example.org',
    service: round === 1 ? 'http://10.0.0.5:80' : 'http://10.0.0.6:80',
  })
  const record = cloudflare.dnsRecord('name', {
    on,
    name: 'mail.example.org',
    kind: 'A',
    content: round === 1 ? '192.0.2.1' : '192.0.2.2',
  })
  return [group, token, policy, tunnel, provider, app, route, record]
}

describe('too many requests', () => {
  test('a plan waits as long as Cloudflare asks, says why, and one request is enough to find out', async () => {
    const at = await opened()
    await at.lab.apply(labOf(at))
    const from = at.standIn.calls.length
    at.standIn.limiter.storm({ seconds: 2 })
    const began = Date.now()
    expect(await at.lab.rest(labOf(at))).toBe('')
    expect(Date.now() - began).toBeGreaterThan(1000)
    const refused = sentSince(at.standIn, from).filter(({ status }) => status === 429)
    expect(refused).toHaveLength(1)
    expect(at.said.join('\n')).toMatch(/observe\.log cf: Cloudflare allows no more requests for now; goes on in \d s/)
  })

  test('a storm in the middle of an apply loses nothing, and nobody knocks while it lasts', async () => {
    const at = await opened()
    await at.lab.apply(labOf(at))
    let stormed = 0
    at.standIn.faults.add({
      method: 'PUT',
      happens: {
        when: 'before',
        meanwhile() {
          stormed = at.standIn.calls.length
          at.standIn.limiter.storm({ seconds: 3 })
        },
      },
    })
    await at.lab.apply(labOf(at, 2))
    expect(stormed).toBeGreaterThan(0)
    const refused = sentSince(at.standIn, 0).filter(({ status }) => status === 429)
    const first = refused[0]!.at
    // Those that were on their way when it began, and then at most one a wait.
    expect(refused.filter((call) => call.at > first + 500).length).toBeLessThanOrEqual(1)
    expect(at.said.join('\n')).toMatch(/action\.log \S+: Cloudflare allows no more requests for now; goes on in \d s/)
    expect(await at.lab.rest(labOf(at, 2))).toBe('')
  })

  test('a storm that never ends is given up, with what to do', { timeout: 120_000 }, async () => {
    const at = await opened()
    const storm = () => at.standIn.limiter.storm({ seconds: 1 })
    storm()
    const timer = setInterval(storm, 200)
    try {
      const { diagnostics } = await at.lab.attempt(labOf(at))
      expect(diagnostics.map(({ code }) => code)).toContain('rate_limited')
      expect(JSON.stringify(diagnostics)).toContain('1,200 requests in 5 minutes')
    } finally {
      clearInterval(timer)
    }
  })
})

const misfortunes: readonly (readonly [string, Misfortune])[] = [
  ['502 before the work', { status: 502, when: 'before' }],
  ['502 after the work', { status: 502, when: 'after' }],
  ['connection dropped before the work', { drop: 'before' }],
  ['connection dropped after the work', { drop: 'after' }],
]

describe.each(misfortunes)('%s', (_, happens) => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'GET'] as const)('on each %s once', async (method) => {
    const at = await opened()
    const undisturbed = await opened()
    const strike = () => at.standIn.faults.add({ method, happens, times: 3 })
    for (const each of [at, undisturbed]) {
      const isStruck = each === at
      if (isStruck) strike()
      for (const round of [1, 2] as const) {
        for (let tries = 0; tries < 3; tries++) {
          const { result, plan } = await each.lab.attempt(labOf(each, round))
          const done = result?.failed === 0 && result.unreachable === 0 && plan.nodes.every(({ blocked }) => !blocked)
          if (done) break
          expect(tries).toBeLessThan(2)
        }
        expect(await each.lab.rest(labOf(each, round))).toBe('')
        if (isStruck) at.standIn.faults.clear()
        if (isStruck && round === 1) strike()
      }
    }
    expect(await contentsOf(at.hands)).toEqual(await contentsOf(undisturbed.hands))
    if (method === 'DELETE') at.standIn.faults.add({ method, happens, times: 3 })
    for (let tries = 0; tries < 3; tries++) {
      const { result } = await at.lab.attempt(labOf(at, 2), { mode: 'destroy' })
      if (result?.failed === 0 && result.unreachable === 0) break
      expect(tries).toBeLessThan(2)
      at.standIn.faults.clear()
    }
    expect(Object.values(await contentsOf(at.hands)).flat()).toEqual([])
  })
})

test('a creation without an answer is looked for before it is repeated', async () => {
  const at = await opened()
  at.standIn.faults.add({ method: 'POST', happens: { status: 502, when: 'after' } })
  await at.lab.apply([cloudflare.accessGroup('family', { on: at.cf, include: people })])
  expect(sentSince(at.standIn, 0, 'POST')).toHaveLength(1)
  const from = at.standIn.calls.length
  at.standIn.faults.add({ method: 'POST', happens: { status: 502, when: 'before' } })
  await at.lab.apply([
    cloudflare.accessGroup('family', { on: at.cf, include: people }),
    cloudflare.accessGroup('friends', { on: at.cf, include: people }),
  ])
  const between = sentSince(at.standIn, from)
    .map(({ method }) => method)
    .join(' ')
  expect(between).toMatch(/POST (GET )+POST$/)
})

test('an API that hangs is unreachable: nothing is deleted or doubled, and the rest of the lab goes on', {
  timeout: 200_000,
}, async () => {
  const at = await opened()
  const other = await opened({ seed: 'other' })
  const elsewhere = cloudflare.account('other', {
    accountId: other.standIn.account.id,
    token: other.standIn.token.value,
    url: other.standIn.url,
  })
  await at.lab.apply(labOf(at))
  const before = await contentsOf(at.hands)
  at.standIn.faults.add({ times: 1000, happens: { delay: 100_000 } })
  const friends = cloudflare.accessGroup('friends', { on: elsewhere, include: people })
  const { plan, diagnostics, result } = await at.lab.attempt([...labOf(at).slice(1), friends])
  expect(diagnostics.filter(({ code }) => code === 'unreachable').length).toBeGreaterThan(0)
  expect(result).toMatchObject({ failed: 0 })
  expect(plan.nodes.filter(({ action, blocked }) => action === 'delete' && !blocked)).toEqual([])
  expect((await other.hands.list(`${other.hands.account}/access/groups`)).map(({ name }) => name)).toEqual(['friends'])
  at.standIn.faults.clear()
  expect(await contentsOf(at.hands)).toEqual(before)
})

test('an HTML page for an answer is told as its status', async () => {
  const at = await opened()
  at.standIn.faults.add({ times: 100, happens: { status: 503, when: 'before' } })
  const { diagnostics } = await at.lab.attempt(labOf(at))
  expect(JSON.stringify(diagnostics)).toContain('HTTP 503')
  expect(JSON.stringify(diagnostics)).not.toMatch(/html|Ray ID/i)
})

describe('late', () => {
  test.each([1000, 3000])(
    'lists and reads are %i ms behind: nothing is doubled or lost',
    { timeout: 240_000 },
    async (lag) => {
      const at = await opened({ lag })
      for (const round of [1, 2] as const) {
        await at.lab.apply(labOf(at, round))
        await new Promise((resolve) => setTimeout(resolve, round === 1 ? 0 : lag))
        expect(await at.lab.rest(labOf(at, round))).toBe('')
      }
      expect((await at.hands.list(`${at.hands.account}/access/groups`)).length).toBe(1)
    },
  )

  test('an application waits until the policy that was just made can be referred to', async () => {
    const at = await opened({ referenceLag: 2500 })
    await at.lab.apply(labOf(at))
    expect(at.said.join('\n')).toContain('what is new can show late')
    expect(await at.lab.rest(labOf(at))).toBe('')
  })

  test('rules of one tunnel that are written in quick succession do not undo each other', async () => {
    const at = await opened({ lag: 2000 })
    const tunnel = cloudflare.tunnel('tower', { on: at.cf })
    const way = (name: string, more: object = {}) =>
      cloudflare.tunnelRoute(name, {
        on: at.cf,
        tunnel: tunnel.id,
        hostname: `${name}.example.org`,
        service: 'http://10.0.0.5:80',
        ...more,
      })
    const one = way('one')
    const two = way('two', { dependsOn: [one] })
    const three = way('three', { dependsOn: [two] })
    await at.lab.apply([one, two, three])
    at.standIn.lag = 0
    const [{ documents }] = [await contentsOf(at.hands)]
    expect(JSON.stringify(documents)).toMatch(/one\.example.*three\.example.*two\.example/)
  })
})

describe('tokens', () => {
  test('one that is too weak: what is missing is named', async () => {
    const at = await opened()
    const weak = at.standIn.seed.token({ permissions: ['Zone Read', 'DNS Read', 'Access: Apps and Policies Read'] })
    const on = at.account(weak.value)
    const group = cloudflare.accessGroup('family', { on, include: people })
    const { diagnostics } = await at.lab.attempt([group])
    expect(JSON.stringify(diagnostics)).toContain('Access: Organizations, Identity Providers, and Groups Read')
    const record = cloudflare.dnsRecord('mail', { on, name: 'mail.example.org', kind: 'A', content: '192.0.2.1' })
    const refused = await at.lab.attempt([record])
    expect(JSON.stringify(refused.diagnostics)).toContain('the permission \\"DNS Write\\"')
  })

  test('one that may only read makes plans', async () => {
    const at = await opened()
    await at.lab.apply(labOf(at))
    const reader = at.standIn.seed.token({
      permissions: [
        ...(['Zone Read', 'DNS Read', 'Access: Apps and Policies Read', 'Access: Service Tokens Read'] as const),
        ...(['Access: Organizations, Identity Providers, and Groups Read', 'Cloudflare Tunnel Read'] as const),
      ],
    })
    const as = { ...at, cf: at.account(reader.value) }
    expect(await at.lab.rest(labOf(as))).toBe('')
    expect(await at.lab.rest(labOf(as, 2))).toContain('family')
  })

  test('one of the account, and not of a user', async () => {
    const at = await opened()
    const owned = at.standIn.seed.token({ ownedBy: at.standIn.account.id })
    const as = { ...at, cf: at.account(owned.value) }
    await at.lab.apply(labOf(as))
    expect(await at.lab.rest(labOf(as))).toBe('')
  })

  test.each(['revoked', 'expired', 'disabled', 'no token at all'])('%s', async (how) => {
    const at = await opened()
    const token = at.standIn.seed.token({
      ...(how === 'expired' ? { expires: new Date(Date.now() - 1000) } : {}),
      ...(how === 'disabled' ? { status: 'disabled' as const } : {}),
    })
    if (how === 'revoked') at.standIn.seed.revoke(token.id)
    const on = at.account(how === 'no token at all' ? 'nonsense' : token.value)
    const from = at.standIn.calls.length
    const { diagnostics } = await at.lab.attempt([cloudflare.accessGroup('family', { on, include: people })])
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    expect(errors.map(({ code }) => code)).toContain('unauthorized')
    expect(JSON.stringify(errors)).toContain('https://dash.cloudflare.com/profile/api-tokens')
    if (how === 'expired' || how === 'disabled') expect(JSON.stringify(errors)).toContain(`is ${how}`)
    expect(sentSince(at.standIn, from).every(({ method }) => method === 'GET')).toBe(true)
  })

  test('revoked in the middle: nothing is deleted or forgotten', async () => {
    const at = await opened()
    const token = at.standIn.seed.token()
    const as = { ...at, cf: at.account(token.value) }
    await at.lab.apply(labOf(as))
    const before = await contentsOf(at.hands)
    at.standIn.seed.revoke(token.id)
    const { plan } = await at.lab.attempt(labOf(as).slice(1))
    expect(plan.nodes.filter(({ action, blocked }) => action !== 'none' && !blocked)).toEqual([])
    expect(await contentsOf(at.hands)).toEqual(before)
    expect(await at.lab.rest(labOf({ ...at, cf: at.account() }))).toBe('')
  })

  test('another account, and a zone that is not in this one', async () => {
    const at = await opened()
    const theirs = at.standIn.seed.account({ name: 'Theirs' })
    const mine = at.standIn.seed.token({ accounts: [at.standIn.account.id] })
    const on = cloudflare.account('cf', { accountId: theirs.id, token: mine.value, url: at.standIn.url })
    const wrong = await at.lab.attempt([cloudflare.accessGroup('family', { on, include: people })])
    expect(wrong.diagnostics.map(({ code }) => code)).toContain('permission_denied')
    const home = await opened()
    home.standIn.seed.zone({ name: 'theirs.example', account: home.standIn.seed.account({ name: 'Theirs' }).id })
    const record = cloudflare.dnsRecord('x', { on: home.cf, name: 'x.theirs.example', kind: 'A', content: '192.0.2.1' })
    const outside = await home.lab.attempt([record])
    expect(JSON.stringify(outside.diagnostics)).toContain('"x.theirs.example\\" is in no zone of this account')
    expect(JSON.stringify(outside.diagnostics)).toContain('There are: example.org')
  })
})

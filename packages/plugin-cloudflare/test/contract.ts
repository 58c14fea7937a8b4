import { secret } from '@lares/core'
import { resourceContract } from '@lares/core/testing'
import { describe, expect, it } from 'vitest'
import cloudflare from '../src/index.ts'
import { handsIn, isOwn, type World } from './contract-world.ts'
import { removeNamed } from './hands.ts'

const api = { describe, it, expect }

/** The contract of every type that has objects of its own, on an account. What else it needs there it makes below the prefix. */
export async function cloudflareContract(world: World): Promise<void> {
  const hands = handsIn(world)
  const { account: home } = hands
  const on = cloudflare.account('cf', {
    accountId: world.account,
    token: world.token,
    ...(world.url === undefined ? {} : { url: world.url }),
  })
  const name = `${world.prefix}-object`
  const host = (label: string) => `${label}.${world.prefix}.${world.zone.name}`
  const photos = host('photos')
  const pictures = host('pictures')

  /** All of one kind, without what time alone changes. */
  const everyOf = (path: string) => async () =>
    (await hands.list(path))
      .filter((each) => !each['deleted_at'] && (!world.shared || isOwn(world, each)))
      .map(({ updated_at: _, modified_on: _m, ...each }) => each)
      .sort((a, b) => (a.id < b.id ? -1 : 1))

  const outside = (path: string, body: Record<string, unknown>, key = 'name') => ({
    snapshot: everyOf(path),
    plant: async () => void (await hands.make(path, body)),
    remove: () => removeNamed(hands, path, String(body[key]), key),
  })

  const github = await hands.make(`${home}/access/identity_providers`, {
    name: `${world.prefix}-github`,
    type: 'github',
    config: { client_id: 'x', client_secret: 'planted-secret' },
  })
  const group = await hands.make(`${home}/access/groups`, {
    name: `${world.prefix}-friends`,
    include: [{ email: { email: 'a@b.c' } }],
  })
  const token = await hands.make(`${home}/access/service_tokens`, { name: `${world.prefix}-backup` })
  const shared = await hands.make(`${home}/access/policies`, {
    name: `${world.prefix}-family`,
    decision: 'allow',
    include: [{ email_domain: { domain: 'example.org' } }],
  })
  const tunnel = await hands.make(`${home}/cfd_tunnel`, { name: `${world.prefix}-planted`, config_src: 'cloudflare' })

  const ann = { email: 'ann@example.org' }
  const rules = {
    people: { include: [ann, { email: 'Bob@Example.org' }, { emailDomain: 'example.net' }] },
    everybody: { include: [{ everyone: true as const }] },
    networks: { include: [{ ip: '192.0.2.7' }, { ip: '2001:db8::1' }, { ip: '198.51.100.0/24' }, { country: 'DE' }] },
    groups: { include: [{ group: group.id }, { loginMethod: github.id }] },
    machines: {
      include: [{ serviceToken: token.id }, { anyValidServiceToken: true as const }, { certificate: true as const }],
    },
    providers: {
      include: [
        { githubOrganization: { identityProvider: github.id, name: 'lares', team: 'core' } },
        { googleGroup: { identityProvider: github.id, email: 'g@example.org' } },
        { azureGroup: { identityProvider: github.id, id: 'aa0a4aab-672b-4bdb-bc33-a59f1130a11f' } },
        { oktaGroup: { identityProvider: github.id, name: 'admins' } },
        { saml: { identityProvider: github.id, attribute: 'group', value: 'admins' } },
        { externalEvaluation: { url: 'https://eval.example.org', keysUrl: 'https://eval.example.org/keys' } },
      ],
    },
    excluded: {
      exclude: [{ country: 'XX' }, { commonName: 'old laptop' }],
      require: [{ authenticationMethod: 'mfa' }],
    },
  }

  resourceContract(api, {
    type: 'cloudflare.accessGroup',
    factory: cloudflare.accessGroup,
    base: { on, name, include: [ann] },
    options: { ...rules, default: { isDefault: true } },
    outside: outside(`${home}/access/groups`, { name, include: [{ email: { email: 'ann@example.org' } }] }),
  })

  resourceContract(api, {
    type: 'cloudflare.accessPolicy',
    factory: cloudflare.accessPolicy,
    base: { on, name, include: [ann] },
    options: {
      ...rules,
      deny: { decision: 'deny' },
      machinesOnly: { decision: 'non_identity', include: [{ serviceToken: token.id }] },
      session: { sessionDuration: '30m' },
      justification: { purposeJustificationRequired: true, purposeJustificationPrompt: 'What for?' },
      approval: { approvalRequired: true, approvalGroups: [{ approvalsNeeded: 1, emails: ['ann@example.org'] }] },
      isolation: { isolationRequired: true },
      nothing: { isolationRequired: false, purposeJustificationRequired: false, exclude: [], require: [] },
    },
    combined: { ...rules.people, ...rules.excluded, sessionDuration: '30m', approvalRequired: true },
    outside: outside(`${home}/access/policies`, {
      name,
      decision: 'allow',
      include: [{ email: { email: 'ann@example.org' } }],
    }),
  })

  resourceContract(api, {
    type: 'cloudflare.accessApplication',
    factory: cloudflare.accessApplication,
    base: { on, name, domain: photos },
    options: {
      shared: { policies: [shared.id] },
      own: {
        policies: [
          { name: 'Ann', include: [ann] },
          shared.id,
          { name: 'Nobody', decision: 'deny', include: [{ everyone: true }] },
        ],
      },
      more: { destinations: [`${photos}/albums`, pictures] },
      session: { sessionDuration: '6h' },
      login: { allowedIdentityProviders: [github.id], autoRedirectToIdentity: true },
      launcher: { appLauncherVisible: false, logoUrl: 'https://example.org/logo.png' },
      cors: {
        corsHeaders: {
          allowedOrigins: ['https://example.org'],
          allowedMethods: ['GET'],
          maxAge: 600,
          allowCredentials: true,
        },
      },
      denied: { customDenyMessage: 'No', customDenyUrl: 'https://example.org/no' },
      cookies: {
        httpOnlyCookieAttribute: false,
        sameSiteCookieAttribute: 'lax',
        enableBindingCookie: true,
        pathCookieAttribute: true,
      },
      machines: { serviceAuth401Redirect: true, skipInterstitial: true },
    },
    combined: { policies: [shared.id], sessionDuration: '6h', httpOnlyCookieAttribute: false, skipInterstitial: true },
    replacement: { domain: pictures },
    outside: outside(`${home}/access/apps`, { name, type: 'self_hosted', domain: photos }),
  })

  resourceContract(api, {
    type: 'cloudflare.identityProvider',
    factory: cloudflare.identityProvider,
    base: { on, name, kind: 'github', config: { clientId: 'abc' } },
    options: {
      other: { config: { clientId: 'xyz' } },
      secret: { config: { clientId: 'abc', clientSecret: secret.env('GITHUB') } },
      rotated: { config: { clientId: 'abc', clientSecret: secret.env('ROTATED') } },
    },
    combined: false,
    replacement: { kind: 'onetimepin', config: {} },
    secrets: { GITHUB: 'github-secret-1', ROTATED: 'github-secret-2' },
    outside: outside(`${home}/access/identity_providers`, {
      name,
      type: 'github',
      config: { client_id: 'abc', client_secret: 'github-secret-1' },
    }),
  })

  resourceContract(api, {
    type: 'cloudflare.serviceToken',
    factory: cloudflare.serviceToken,
    base: { on, name },
    options: { duration: { duration: '17520h' }, rotation: { rotation: 2 }, overlap: { overlap: '1h' } },
    outside: outside(`${home}/access/service_tokens`, { name }),
    volatile: ['expiresAt'],
  })

  resourceContract(api, {
    type: 'cloudflare.tunnel',
    factory: cloudflare.tunnel,
    base: { on, name },
    options: { secret: { secret: secret.env('TUNNEL') } },
    replacement: { configuration: 'local' },
    secrets: { TUNNEL: Buffer.alloc(32, 7).toString('base64') },
    outside: outside(`${home}/cfd_tunnel`, { name, config_src: 'cloudflare' }),
  })

  const document = `${home}/cfd_tunnel/${tunnel.id}/configurations`
  const rule = { hostname: photos, service: 'http://10.0.0.5:80' }
  const catchAll = { service: 'http_status:404' }
  /** The rules alone: its version says only how often it was changed, and what is written first stays. */
  const rulesOf = async () => {
    const { config } = (await hands.get(document)) as { config: { ingress?: unknown[]; originRequest?: object } | null }
    return { ingress: config?.ingress ?? [catchAll], originRequest: config?.originRequest ?? {} }
  }
  const ingress = {
    snapshot: rulesOf,
    plant: async () => void (await hands.put(document, { config: { ingress: [rule, catchAll] } })),
    remove: async () => void (await hands.put(document, { config: { ingress: [catchAll] } })),
  }
  const origin = {
    noTLSVerify: true,
    connectTimeout: 10,
    httpHostHeader: 'photos',
    access: { teamName: 'home', audTag: ['x'] },
  }

  resourceContract(api, {
    type: 'cloudflare.tunnelRoute',
    factory: cloudflare.tunnelRoute,
    base: { on, tunnel: tunnel.id, ...rule },
    options: {
      service: { service: 'https://10.0.0.5:443' },
      origin: { originRequest: origin },
    },
    replacement: { hostname: pictures },
    outside: ingress,
  })

  resourceContract(api, {
    type: 'cloudflare.tunnelConfig',
    factory: cloudflare.tunnelConfig,
    base: { on, tunnel: tunnel.id, ingress: [rule], catchAll: 'http_status:410' },
    options: {
      several: { ingress: [rule, { hostname: photos, path: '^/api', service: 'http://10.0.0.6:80' }] },
      catchAll: { catchAll: 'http_status:503' },
      origin: { originRequest: origin },
    },
    volatile: ['version'],
    outside: ingress,
  })

  const records = `${hands.zone}/dns_records`
  resourceContract(api, {
    type: 'cloudflare.dnsRecord',
    factory: cloudflare.dnsRecord,
    base: { on, name: photos, kind: 'CNAME', content: `Nas.${world.prefix}.${world.zone.name}.` },
    options: {
      target: { content: host('other') },
      name: { name: pictures },
      proxied: { proxied: true },
      ttl: { ttl: 300 },
      comment: { comment: 'made by hand' },
      address: { kind: 'A', content: '192.0.2.5' },
      address6: { kind: 'AAAA', content: '2001:DB8:0::5' },
      text: { kind: 'TXT', content: 'v=spf1 -all' },
      quoted: { kind: 'TXT', content: '"v=spf1" " -all"' },
      mail: { kind: 'MX', content: host('mail'), priority: 10 },
      service: {
        kind: 'SRV',
        content: undefined,
        data: { priority: 0, weight: 5, port: 25565, target: host('mc') },
      },
    },
    combined: { proxied: true, comment: 'both' },
    outside: outside(records, { name: photos, type: 'CNAME', content: host('nas'), ttl: 1 }),
  })
}

import type { CloudflareStandIn } from '../../../e2e/cloudflare/stand-in.ts'

/** A lab with a resource of every type, as it is first (`made`) and after everything in it was changed (`changed`). */
export const wholeLab = `
import { readFileSync } from 'node:fs'
import { defineLab, secret } from '@lares/core'
import cloudflare from '@lares/plugin-cloudflare'

const changed = readFileSync('stage', 'utf8').trim() === 'changed'
const now = (before, after) => (changed ? after : before)

const on = cloudflare.account('cf', {
  accountId: process.env.CF_ACCOUNT,
  token: secret.env('CF_TOKEN'),
  url: process.env.CF_URL,
})
const backup = cloudflare.serviceToken('backup', { on, rotation: now(1, 2), duration: now('8760h', '17520h') })
const github = cloudflare.identityProvider('github', {
  on,
  kind: 'github',
  config: { clientId: now('one', 'two'), clientSecret: backup.clientSecret },
})
const family = cloudflare.accessGroup('family', {
  on,
  include: now([{ email: 'ann@example.org' }], [{ email: 'ann@example.org' }, { email: 'bob@example.org' }]),
})
const machines = cloudflare.accessPolicy('machines', {
  on,
  decision: 'non_identity',
  include: [{ serviceToken: backup.id }],
  sessionDuration: now('1h', '2h'),
})
const app = cloudflare.accessApplication('wiki', {
  on,
  domain: now('wiki.example.org', 'pages.example.org'),
  policies: [machines.id, { name: 'family', include: [{ group: family.id }] }],
  allowedIdentityProviders: [github.id],
})
const tunnel = cloudflare.tunnel('tower', { on, name: now('tower', 'tower 2') })
const shed = cloudflare.tunnel('shed', { on, secret: secret.env('TUNNEL_SECRET') })
const rules = cloudflare.tunnelConfig('rules', {
  on,
  tunnel: shed.id,
  ingress: [{ hostname: 'cam.example.org', service: now('http://10.0.0.7:80', 'http://10.0.0.8:80') }],
})
const route = cloudflare.tunnelRoute('wiki-route', {
  on,
  tunnel: tunnel.id,
  hostname: now('wiki.example.org', 'pages.example.org'),
  service: 'http://10.0.0.6:80',
  dependsOn: [app],
})
const record = cloudflare.dnsRecord('mail', { on, name: 'mail.example.org', kind: 'A', content: now('192.0.2.1', '192.0.2.2') })
const photos = cloudflare.publishedService('photos', {
  on,
  tunnel: tunnel.id,
  hostname: now('photos.example.org', 'pictures.example.org'),
  service: 'http://10.0.0.5:80',
  allow: [{ group: family.id }],
})

export default defineLab({ name: 'home', resources: [rules, route, record, photos] })
`

/** What the config above reads from its environment. */
export const environmentOf = ({ account, token, url }: CloudflareStandIn): Record<string, string> => ({
  CF_ACCOUNT: account.id,
  CF_TOKEN: token.value,
  CF_URL: url,
  TUNNEL_SECRET: Buffer.alloc(32, 9).toString('base64'),
})

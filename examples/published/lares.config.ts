import { defineLab, interpolate, secret } from '@lares/core'
import cloudflare from '@lares/plugin-cloudflare'
import docker from '@lares/plugin-docker'
import host from '@lares/plugin-host'

// CLOUDFLARE_API_TOKEN=... npm run lares -- plan
const cf = cloudflare.account('cf', {
  accountId: '0123456789abcdef0123456789abcdef',
  token: secret.env('CLOUDFLARE_API_TOKEN'),
})
const tower = host.machine('tower', { address: 'tower', user: 'root' })

// The token of the tunnel goes from Cloudflare into the container, and stands in no file on the way.
const tunnel = cloudflare.tunnel('way-in', { on: cf })
const home = docker.compose('home', {
  on: tower,
  file: 'compose.yaml',
  environment: { TUNNEL_TOKEN: tunnel.token, CLOUDFLARED: 'cloudflare/cloudflared:2025.8.1' },
})

const family = cloudflare.accessPolicy('family', {
  on: cf,
  include: [{ email: 'ann@example.org' }, { email: 'bob@example.org' }],
})
// What reads the wiki every night has no mailbox: it shows a token.
const backup = cloudflare.serviceToken('backup', { on: cf })
const machines = cloudflare.accessPolicy('machines', {
  on: cf,
  decision: 'non_identity',
  include: [{ serviceToken: backup.id }],
})
const credentials = host.file('credentials', {
  on: tower,
  path: '/etc/wiki-backup.env',
  content: interpolate`CF_ACCESS_CLIENT_ID=${backup.clientId}\nCF_ACCESS_CLIENT_SECRET=${backup.clientSecret}\n`,
  mode: '0600',
  backup: false,
})

const wiki = cloudflare.publishedService('wiki', {
  on: cf,
  tunnel: tunnel.id,
  hostname: 'wiki.example.org',
  service: 'http://wiki:80',
  policies: [machines.id, family.id],
  dependsOn: [home],
})

export default defineLab({
  name: 'published',
  resources: [wiki, credentials],
  outputs: { wiki: wiki.url },
})

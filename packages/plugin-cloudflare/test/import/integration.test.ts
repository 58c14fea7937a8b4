import { expect, onTestFinished, test } from 'vitest'
import { startCloudflare } from '../../../../e2e/cloudflare/stand-in.ts'
import { contentsOf } from '../account-contents.ts'
import { commandLab } from '../command.ts'
import { handsOf } from '../hands.ts'
import { environmentOf } from '../whole-lab.ts'

const head = `
import { defineLab, secret } from '@lares/core'
import cloudflare from '@lares/plugin-cloudflare'

const cf = cloudflare.account('cf', {
  accountId: process.env.CF_ACCOUNT,
  token: secret.env('CF_TOKEN'),
  url: process.env.CF_URL,
})
`

test("a whole account becomes a config that changes nothing, and is the lab's from then on", {
  timeout: 300_000,
}, async () => {
  const standIn = await startCloudflare({ zone: 'example.org' })
  const lab = await commandLab(
    `${head}export default defineLab({ name: 'home', resources: [cf] })`,
    environmentOf(standIn),
  )
  onTestFinished(async () => {
    await standIn.close()
    await lab.remove()
  })
  const hands = handsOf(standIn)
  const { account, zone } = hands
  const github = await hands.make(`${account}/access/identity_providers`, {
    name: 'GitHub',
    type: 'github',
    config: { client_id: 'x', client_secret: 'a secret of GitHub' },
  })
  await hands.make(`${account}/access/identity_providers`, { name: 'Code by mail', type: 'onetimepin', config: {} })
  const family = await hands.make(`${account}/access/groups`, {
    name: 'Family',
    include: [{ email: { email: 'Ann@example.org' } }, { ip: { ip: '192.0.2.7' } }],
    exclude: [{ geo: { country_code: 'XX' } }],
  })
  const token = await hands.make(`${account}/access/service_tokens`, { name: 'Backup', duration: '17520h' })
  const shared = await hands.make(`${account}/access/policies`, {
    name: 'Family',
    decision: 'allow',
    include: [{ group: { id: family.id } }],
    require: [{ login_method: { id: github.id } }],
    session_duration: '30m',
  })
  const machines = await hands.make(`${account}/access/policies`, {
    name: 'Machines',
    decision: 'non_identity',
    include: [{ service_token: { token_id: token.id } }],
  })
  await hands.make(`${account}/access/apps`, {
    name: 'Photos',
    type: 'self_hosted',
    domain: 'photos.example.org',
    destinations: [
      { type: 'public', uri: 'photos.example.org' },
      { type: 'public', uri: 'pictures.example.org' },
    ],
    session_duration: '6h',
    allowed_idps: [github.id],
    policies: [
      { id: shared.id, precedence: 2 },
      { id: machines.id, precedence: 3 },
      { name: 'Own', decision: 'deny', include: [{ everyone: {} }], precedence: 1 },
    ],
    cors_headers: { allowed_origins: ['https://example.org'], allowed_methods: ['GET'], max_age: 600 },
    http_only_cookie_attribute: true,
    same_site_cookie_attribute: 'lax',
  })
  await hands.make(`${account}/access/apps`, {
    name: 'Wiki',
    type: 'self_hosted',
    domain: 'wiki.example.org',
    policies: [],
  })
  const tower = await hands.make(`${account}/cfd_tunnel`, { name: 'tower', config_src: 'cloudflare' })
  await hands.put(`${account}/cfd_tunnel/${tower.id}/configurations`, {
    config: {
      ingress: [
        { hostname: 'photos.example.org', path: '^/api', service: 'http://10.0.0.6:80' },
        { hostname: 'photos.example.org', service: 'http://10.0.0.5:80', originRequest: { noTLSVerify: true } },
        { service: 'http_status:503' },
      ],
      originRequest: { connectTimeout: 10 },
    },
  })
  const records = [
    { name: 'photos.example.org', type: 'CNAME', content: `${tower.id}.cfargotunnel.com`, proxied: true, ttl: 1 },
    { name: 'example.org', type: 'MX', content: 'mail.example.org', priority: 10, ttl: 300 },
    { name: 'example.org', type: 'TXT', content: '"v=spf1 -all"', ttl: 1, comment: 'no mail from here' },
    { name: 'mail.example.org', type: 'A', content: '192.0.2.1', ttl: 1 },
    { name: 'mail.example.org', type: 'AAAA', content: '2001:db8::1', ttl: 1 },
  ]
  for (const record of records) await hands.make(`${zone}/dns_records`, record)
  const before = await contentsOf(hands)

  const { code, stdout, text } = await lab.run(['import', 'cloudflare.*', '--on', 'cf'])
  expect(code, text).toBe(0)
  expect(text).not.toContain('a secret of GitHub')
  const [, addresses = ''] = /lares import (.+)/.exec(stdout) ?? []
  const declared = stdout.split('\n').filter((line) => /^(const | {2}|\}\))/.test(line))
  const names = declared.flatMap((line) => /^const (\w+)/.exec(line)?.[1] ?? [])
  expect(names).toHaveLength(17)
  expect(new Set(names).size).toBe(names.length)
  await lab.write(
    'lares.config.ts',
    `${head}${declared.join('\n')}\nexport default defineLab({ name: 'home', resources: [cf, ${names.join(', ')}] })`,
  )
  const from = standIn.calls.length
  const adopted = await lab.run(['import', ...addresses.split(' '), '--yes'])
  expect(adopted.code, adopted.text).toBe(0)
  const plan = await lab.run(['plan', '--detailed-exitcode'])
  expect(plan.code, plan.text).toBe(0)
  expect(standIn.calls.slice(from).filter(({ method }) => method !== 'GET')).toEqual([])
  expect(await contentsOf(hands)).toEqual(before)

  const yaml = await lab.run(['import', 'cloudflare.accessGroup', 'cloudflare.accessPolicy', '--on', 'cf', '--yaml'])
  expect(yaml.stdout).toContain('    type: cloudflare.accessGroup')
  const wrong = await lab.run(['import', 'cloudflair.*', '--on', 'cf'])
  expect([wrong.code, wrong.text]).toEqual([1, expect.stringContaining('no resource type "cloudflair.*"')])
})

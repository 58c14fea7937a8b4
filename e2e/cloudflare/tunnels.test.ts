import { expect, test } from 'vitest'
import { opened, refusal } from './opened.ts'

const notFound = [404, 1003, 'Tunnel not found']
const catchAll = { service: 'http_status:404' } as never
const bad = (what: string) => [400, 1056, `Bad Configuration: Validation failed: ${what}\n`]

test('tunnels have names of their own until they are deleted, and stay in the list', async () => {
  const { sdk, account } = await opened()
  const tunnels = sdk.zeroTrust.tunnels.cloudflared
  const made = await tunnels.create({ ...account, name: 'home', config_src: 'cloudflare' })
  expect(made).toMatchObject({
    name: 'home',
    status: 'inactive',
    config_src: 'cloudflare',
    remote_config: true,
    deleted_at: null,
  })
  const taken =
    'You already have a tunnel with this name. Delete the existing tunnel, or choose a different name for your new tunnel'
  expect(await refusal(tunnels.create({ ...account, name: 'home' }))).toEqual([409, 1013, taken])
  const renamed = await tunnels.edit(made.id!, { ...account, name: 'house' })
  expect(renamed).toMatchObject({ id: made.id, name: 'house' })
  const deleted = await tunnels.delete(made.id!, account)
  expect(deleted.deleted_at).toMatch(/^\d{4}-.*\.\d{6}Z$/)
  const again = await tunnels.create({ ...account, name: 'house' })
  const names = async (query = {}) => (await tunnels.list({ ...account, ...query })).result.map(({ id }) => id)
  expect(await names()).toEqual([made.id, again.id])
  expect(await names({ is_deleted: false })).toEqual([again.id])
  expect(await names({ is_deleted: true })).toEqual([made.id])
  expect(await names({ name: 'house', is_deleted: false })).toEqual([again.id])
  expect(await names({ include_prefix: 'ho', status: 'inactive', per_page: 1 })).toEqual([made.id])
  expect(await tunnels.get(made.id!, account)).toMatchObject({ deleted_at: deleted.deleted_at })
  expect(await tunnels.delete(made.id!, account)).toMatchObject({ deleted_at: deleted.deleted_at })
  expect(await refusal(tunnels.get('00000000-0000-4000-8000-000000000000', account))).toEqual(notFound)
})

test('the secret is told by token and credentials alone', async () => {
  const { cloudflare, sdk, account } = await opened()
  const tunnels = sdk.zeroTrust.tunnels.cloudflared
  const secret = Buffer.alloc(32, 7).toString('base64')
  const made = await tunnels.create({ ...account, name: 'home', tunnel_secret: secret })
  expect(made).not.toHaveProperty('tunnel_secret')
  const token = await tunnels.token.get(made.id!, account)
  expect(JSON.parse(Buffer.from(token, 'base64').toString())).toEqual({ a: account.account_id, t: made.id, s: secret })
  const changed = Buffer.alloc(32, 8).toString('base64')
  await tunnels.edit(made.id!, { ...account, tunnel_secret: changed })
  const rotated = await tunnels.token.get(made.id!, account)
  expect(rotated).not.toBe(token)
  for (const value of [secret, changed, token, rotated]) expect(cloudflare.secretsSeen()).toContain(value)
  const read = [await tunnels.get(made.id!, account), (await tunnels.list(account)).result]
  for (const value of cloudflare.secretsSeen()) expect(JSON.stringify(read)).not.toContain(value)
  const short = tunnels.create({ ...account, name: 'short', tunnel_secret: Buffer.alloc(8).toString('base64') })
  expect((await refusal(short))[0]).toBe(400)
})

test('a tunnel is not deleted while a connector runs', async () => {
  const { cloudflare, sdk, account } = await opened()
  const tunnels = sdk.zeroTrust.tunnels.cloudflared
  const { id = '' } = await tunnels.create({ ...account, name: 'home' })
  const connector = cloudflare.seed.connect(id)
  expect(await tunnels.get(id, account)).toMatchObject({ status: 'healthy', conns_inactive_at: null })
  const [client] = (await tunnels.connections.get(id, account)).result
  expect(client).toMatchObject({ id: connector, arch: 'linux_amd64' })
  expect(client?.conns).toHaveLength(4)
  const active =
    'This tunnel has active connections. Please stop all cloudflared replicas, or wait a few minutes for connections to close, then try again.'
  expect(await refusal(tunnels.delete(id, account))).toEqual([400, 1022, active])
  cloudflare.seed.disconnect(id)
  expect(await tunnels.get(id, account)).toMatchObject({ status: 'down', conns_active_at: null })
  cloudflare.seed.connect(id)
  await tunnels.connections.delete(id, account)
  expect((await tunnels.connections.get(id, account)).result).toEqual([])
  await tunnels.delete(id, account)
})

test('the configuration is one document, put whole', async () => {
  const { sdk, account } = await opened()
  const tunnels = sdk.zeroTrust.tunnels.cloudflared
  const { id = '' } = await tunnels.create({ ...account, name: 'home', config_src: 'cloudflare' })
  const get = () => tunnels.configurations.get(id, account)
  const put = (config: object) => tunnels.configurations.update(id, { ...account, config: config as never })
  expect(await get()).toMatchObject({ tunnel_id: id, version: 0, config: null, source: 'cloudflare' })
  const ingress = [
    {
      hostname: 'nas.example.com',
      path: '^/files',
      service: 'http://nas:80',
      originRequest: { noTLSVerify: true, connectTimeout: 5 },
    },
    { hostname: 'ssh.example.com', service: 'ssh://nas:22' },
    catchAll,
  ]
  expect(await put({ ingress })).toMatchObject({ version: 1, config: { ingress, 'warp-routing': { enabled: false } } })
  const two = await put({ ingress: [catchAll], originRequest: { http2Origin: true } })
  expect(two).toMatchObject({ version: 2 })
  expect((await get()).config).toEqual({
    ingress: [catchAll],
    originRequest: { http2Origin: true },
    'warp-routing': { enabled: false },
  })

  expect(await refusal(put({ ingress: [] }))).toEqual(bad("The config file doesn't contain any ingress rules"))
  const last = bad('The last ingress rule must match all URLs (i.e. it should not have a hostname or path filter)')
  expect(await refusal(put({ ingress: [ingress[1]] }))).toEqual(last)
  expect(await refusal(put({ ingress: [{ path: '/x', service: 'http://nas' }] }))).toEqual(last)
  expect((await refusal(put({ ingress: [catchAll, catchAll] })))[2]).toContain('Rule #1 is matching the hostname')
  expect((await refusal(put({ ingress: [{ hostname: 'a.example.com', service: 'nas' }, catchAll] })))[2]).toContain(
    'nas is an invalid address',
  )
  expect((await get()).version).toBe(2)
  await tunnels.delete(id, account)
  expect(await refusal(get())).toEqual([404, 1055, 'Configuration for tunnel not found'])
})

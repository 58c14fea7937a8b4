import { describe, expect, test } from 'vitest'
import { opened } from './opened.ts'

const catchAll = { service: 'http_status:404' }

/** A zone with a tunnel, and the steps of publishing `nas.example.com`. */
async function publishing() {
  const { cloudflare, sdk, account, zone } = await opened()
  const tunnels = sdk.zeroTrust.tunnels.cloudflared
  const { id = '' } = await tunnels.create({ ...account, name: 'home', config_src: 'cloudflare' })
  const route = (...rules: object[]) =>
    tunnels.configurations.update(id, { ...account, config: { ingress: [...rules, catchAll] as never } })
  const resolve = (name: string, proxied = true) =>
    sdk.dns.records.create({ ...zone, type: 'CNAME', name, content: `${id}.cfargotunnel.com`, proxied, ttl: 1 })
  const protect = async (domain: string) => {
    const everyone = { name: 'all', decision: 'allow', include: [{ email_domain: { domain: 'example.org' } }] }
    return sdk.zeroTrust.access.applications.create({
      ...account,
      type: 'self_hosted',
      domain,
      name: domain,
      policies: [everyone] as never,
    })
  }
  const nas = { hostname: 'nas.example.com', service: 'http://nas:80' }
  return { cloudflare, sdk, account, zone, tunnel: id, tunnels, route, resolve, protect, nas }
}

describe('a published host name', () => {
  test('is never exposed when the application comes first and goes last', async () => {
    const { cloudflare, sdk, account, zone, tunnel, route, resolve, protect, nas } = await publishing()
    const app = await protect('nas.example.com')
    await route(nas)
    const record = await resolve('nas')
    expect(cloudflare.edge.visit('NAS.example.com')).toEqual({
      tunnel,
      service: 'http://nas:80',
      application: app.id,
      decisions: ['allow'],
      exposed: false,
    })
    await sdk.dns.records.delete(record.id, zone)
    await route()
    await sdk.zeroTrust.access.applications.delete(app.id!, account)
    expect(cloudflare.edge.exposures).toEqual([])
    expect(cloudflare.edge.visit('nas.example.com')).toMatchObject({ tunnel: null, service: null, application: null })
  })

  test('is exposed from the request that opened it to the one that ended it', async () => {
    const { cloudflare, route, resolve, protect, nas } = await publishing()
    await route(nas)
    await resolve('nas')
    const [exposure] = cloudflare.edge.exposures
    expect(exposure).toMatchObject({ hostname: 'nas.example.com', path: '/', service: 'http://nas:80', endedBy: null })
    expect(exposure?.by.path).toMatch(/dns_records$/)
    await protect('nas.example.com')
    expect(exposure?.endedBy?.path).toMatch(/access\/apps$/)
    expect(cloudflare.edge.exposures).toHaveLength(1)
  })

  test('is exposed at paths that no application covers', async () => {
    const { cloudflare, route, resolve, protect } = await publishing()
    await protect('nas.example.com/admin')
    await route({ hostname: 'nas.example.com', path: '^/admin', service: 'http://nas:81' })
    await resolve('nas')
    expect(cloudflare.edge.visit('nas.example.com', '/admin/users')).toMatchObject({
      service: 'http://nas:81',
      exposed: false,
    })
    expect(cloudflare.edge.visit('nas.example.com', '/')).toMatchObject({ service: null, exposed: false })
    expect(cloudflare.edge.exposures).toEqual([])
    await route({ hostname: 'nas.example.com', path: '^/api', service: 'http://nas:82' })
    expect(cloudflare.edge.exposures).toMatchObject([{ path: '/api', service: 'http://nas:82' }])
  })

  test('is reached through wildcards, and protected by them', async () => {
    const { cloudflare, route, resolve, protect } = await publishing()
    await protect('*.example.com')
    await route({ hostname: '*.example.com', service: 'http://proxy:80' })
    await resolve('*')
    expect(cloudflare.edge.visit('anything.example.com')).toMatchObject({ service: 'http://proxy:80', exposed: false })
    await resolve('deep.er')
    expect(cloudflare.edge.visit('deep.er.example.com')).toMatchObject({ exposed: true })
    expect(cloudflare.edge.exposures).toMatchObject([{ hostname: 'deep.er.example.com' }])
  })

  test('is not reached without a proxy, a route, a live tunnel, or a tunnel of its own account', async () => {
    const { cloudflare, sdk, tunnel, tunnels, account, route, resolve, nas } = await publishing()
    await route(nas)
    const record = await resolve('nas', false)
    expect(cloudflare.edge.visit('nas.example.com').tunnel).toBeNull()
    await sdk.dns.records.delete(record.id, { zone_id: cloudflare.zone.id })
    await resolve('other')
    expect(cloudflare.edge.visit('other.example.com')).toMatchObject({ tunnel, service: null })
    const stranger = cloudflare.seed.account({ name: 'Stranger' })
    const theirs = cloudflare.seed.zone({ name: 'example.net', account: stranger.id })
    await sdk.dns.records.create({
      zone_id: theirs.id,
      type: 'CNAME',
      name: 'nas',
      content: `${tunnel}.cfargotunnel.com`,
      proxied: true,
      ttl: 1,
    })
    expect(cloudflare.edge.visit('nas.example.net').tunnel).toBeNull()
    await tunnels.delete(tunnel, account)
    expect(cloudflare.edge.visit('other.example.com').tunnel).toBeNull()
    expect(cloudflare.edge.exposures).toEqual([])
  })
})

import { expect, onTestFinished, test } from 'vitest'
import { type CloudflareStandIn, startCloudflare } from '../../../../e2e/cloudflare/stand-in.ts'
import { testLab } from '../../../../e2e/test-lab.ts'
import cloudflare from '../../src/index.ts'
import { handsOf } from '../hands.ts'

const started = async (): Promise<CloudflareStandIn> => {
  const standIn = await startCloudflare({ zone: 'example.org' })
  onTestFinished(() => standIn.close())
  return standIn
}

const accountOf = ({ account, token, url }: CloudflareStandIn) =>
  cloudflare.account('cf', { accountId: account.id, token: token.value, url })

function homeOf(standIn: CloudflareStandIn) {
  const cf = accountOf(standIn)
  const tunnel = cloudflare.tunnel('tower', { on: cf })
  const family = cloudflare.accessGroup('family', { on: cf, include: [{ email: 'ann@example.org' }] })
  const publish = (name: string, more: object = {}) =>
    cloudflare.publishedService(name, {
      on: cf,
      tunnel: tunnel.id,
      hostname: `${name}.example.org`,
      service: 'http://10.0.0.5:8080',
      allow: [{ group: family.id }],
      ...more,
    })
  return { cf, tunnel, family, publish }
}

/** Requests that change something, since then. */
const changesIn = ({ calls }: CloudflareStandIn, from = 0) =>
  calls
    .slice(from)
    .flatMap(({ method, path }) => (method === 'GET' ? [] : [`${method} ${path.split('/').slice(3, 5).join('/')}`]))

test('a service is published with its policy first, and taken down in the reverse order', async () => {
  const standIn = await started()
  const lab = testLab('home')
  const { publish, tunnel, family } = homeOf(standIn)
  await lab.apply([tunnel, family])
  const began = standIn.calls.length
  const all = [tunnel, family, publish('photos')]
  await lab.apply(all)
  expect(changesIn(standIn, began)).toMatchInlineSnapshot(`
    [
      "POST access/policies",
      "POST access/apps",
      "PUT cfd_tunnel/12b5a904-9232-4952-b49d-e0e51324551d",
      "POST dns_records",
    ]
  `)
  expect(await lab.rest(all)).toBe('')
  const from = standIn.calls.length
  await lab.apply([tunnel, family])
  expect(changesIn(standIn, from)).toMatchInlineSnapshot(`
    [
      "DELETE dns_records/590f6a23a2b71621eb278014c8a09f8a",
      "PUT cfd_tunnel/12b5a904-9232-4952-b49d-e0e51324551d",
      "DELETE access/apps",
      "DELETE access/policies",
    ]
  `)
  expect(standIn.edge.exposures).toEqual([])
})

test('another host name is published before the old one goes, and neither is ever open', async () => {
  const standIn = await started()
  const lab = testLab('home')
  const { publish } = homeOf(standIn)
  await lab.apply([publish('photos')])
  const from = standIn.calls.length
  const moved = publish('photos', { hostname: 'pictures.example.org' })
  await lab.apply([moved])
  expect(changesIn(standIn, from)).toMatchInlineSnapshot(`
    [
      "POST access/apps",
      "PUT cfd_tunnel/12b5a904-9232-4952-b49d-e0e51324551d",
      "PUT dns_records/590f6a23a2b71621eb278014c8a09f8a",
      "PUT cfd_tunnel/12b5a904-9232-4952-b49d-e0e51324551d",
      "DELETE access/apps",
    ]
  `)
  expect(await lab.rest([moved])).toBe('')
  expect(standIn.edge.exposures).toEqual([])
})

test('twenty services share one tunnel, and nothing of others in it is lost', async () => {
  const standIn = await started()
  const lab = testLab('home')
  const hands = handsOf(standIn)
  const { publish, tunnel } = homeOf(standIn)
  await lab.apply([tunnel])
  const [{ id }] = (await hands.list(`${hands.account}/cfd_tunnel`)) as [{ id: string }]
  const document = `${hands.account}/cfd_tunnel/${id}/configurations`
  const theirs = { hostname: '*.example.org', service: 'http://10.0.0.9:80' }
  await hands.put(document, { config: { ingress: [theirs, { service: 'http_status:404' }] } })
  const services = Array.from({ length: 20 }, (_, i) => publish(`s${i}`))
  const from = standIn.calls.length
  await lab.apply(services)
  console.log(`twenty services: ${standIn.calls.length - from} requests`)
  expect(standIn.calls.length - from).toBeLessThan(180)
  const { config } = (await hands.get(document)) as { config: { ingress: { hostname?: string }[] } }
  expect(config.ingress.map(({ hostname }) => hostname).toSorted()).toEqual(
    [...services.map((_, i) => `s${i}.example.org`), '*.example.org', undefined].toSorted(),
  )
  expect(config.ingress.slice(-2)).toMatchObject([theirs, { service: 'http_status:404' }])
  const before = standIn.calls.length
  expect(await lab.rest(services)).toBe('')
  console.log(`nothing to do: ${standIn.calls.length - before} requests`)
  expect(standIn.calls.length - before).toBeLessThan(12)
  expect(standIn.edge.exposures).toEqual([])
})

test('what would let in more people than was said is refused', async () => {
  const { publish, tunnel, family } = homeOf(await started())
  const said = publish('photos', { allow: undefined, policies: ['0b1c'], exclude: [{ country: 'XX' }] })
  await expect(testLab('home').plan([tunnel, family, said])).rejects.toThrow(
    /Shared policies say themselves whom they exclude/,
  )
})

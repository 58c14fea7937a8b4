import type { AnyResource } from '@lares/core'
import { expect, test } from 'vitest'
import cloudflare from '../../src/index.ts'
import { type Opened, opened, sentSince } from '../memory-lab.ts'

/** So many objects, of all types but published services, which consist of some. */
function objects({ cf: on }: Opened, each: number): AnyResource[] {
  const tunnel = cloudflare.tunnel('tower', { on })
  const include = [{ email: 'ann@example.org' }]
  const family = cloudflare.accessPolicy('family', { on, include })
  const many = <T>(make: (i: number) => T): T[] => Array.from({ length: each }, (_, i) => make(i))
  return [
    tunnel,
    family,
    ...many((i) => cloudflare.accessGroup(`group-${i}`, { on, include })),
    ...many((i) => cloudflare.accessPolicy(`policy-${i}`, { on, include })),
    ...many((i) =>
      cloudflare.accessApplication(`app-${i}`, { on, domain: `a${i}.example.org`, policies: [family.id] }),
    ),
    ...many((i) => cloudflare.serviceToken(`token-${i}`, { on })),
    ...many((i) => cloudflare.identityProvider(`login-${i}`, { on, kind: 'github', config: { clientId: `c${i}` } })),
    ...many((i) =>
      cloudflare.tunnelRoute(`route-${i}`, {
        on,
        tunnel: tunnel.id,
        hostname: `a${i}.example.org`,
        service: 'http://10.0.0.5:80',
      }),
    ),
    ...many((i) =>
      cloudflare.dnsRecord(`record-${i}`, { on, name: `m${i}.example.org`, kind: 'A', content: '192.0.2.1' }),
    ),
    ...many((i) => cloudflare.tunnel(`tunnel-${i}`, { on })),
  ]
}

/** Two for the token; one for each of policies, groups, applications, service tokens, identity providers, tunnels, zones, records, and rules. */
const ONE_EACH = 11

test('a plan without changes asks once for each type, however many objects there are', {
  timeout: 300_000,
}, async () => {
  for (const each of [6, 13]) {
    const at = await opened({ rateLimit: { requests: 1e6, seconds: 300 } })
    await at.lab.apply(objects(at, each))
    const from = at.standIn.calls.length
    expect(await at.lab.rest(objects(at, each))).toBe('')
    const sent = sentSince(at.standIn, from)
    const count = objects(at, each).length
    console.log(
      `${count} objects: ${sent.length} requests to see that nothing is to do, ${from} to make them (${(from / count).toFixed(1)} each)`,
    )
    expect(sent.map(({ path }) => path.replace(/[0-9a-f-]{32,36}/g, '…')).toSorted()).toHaveLength(ONE_EACH)
  }
})

import type { Hands } from './hands.ts'

const KINDS = ['access/apps', 'access/policies', 'access/groups', 'access/service_tokens', 'access/identity_providers']

/** What is in account and zone, without ids and times: the same when the same was made in another way. */
export async function contentsOf(hands: Hands): Promise<Record<string, unknown[]>> {
  const tunnels = (await hands.list(`${hands.account}/cfd_tunnel`)).filter((each) => !each['deleted_at'])
  const documents = await Promise.all(
    tunnels.map(async ({ id, name }) => {
      const { config } = (await hands.get(`${hands.account}/cfd_tunnel/${id}/configurations`)) as {
        config: { ingress?: object[] } | null
      }
      const { ingress = [], ...rest } = config ?? {}
      return { name, ...rest, rules: ingress.slice(0, -1).sort(byText), last: ingress.at(-1) }
    }),
  )
  const kinds = await Promise.all(
    KINDS.map(async (kind) => [kind, await hands.list(`${hands.account}/${kind}`)] as const),
  )
  const all = {
    ...Object.fromEntries(kinds),
    tunnels,
    documents,
    records: await hands.list(`${hands.zone}/dns_records`),
  }
  const names = new Map<string, string>()
  for (const [kind, items] of Object.entries(all))
    for (const { id, name } of items as { id?: string; name?: string }[]) if (id) names.set(id, `${kind}:${name}`)
  return Object.fromEntries(
    Object.entries(all).map(([kind, items]) => [
      kind,
      (items as object[]).map((item) => plain(item, names)).sort(byText),
    ]),
  )
}

const VOLATILE = /(_at|_on|^aud|^version|^client_id|^uid)$/

function plain(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    let text = value
    for (const [id, name] of names) text = text.replaceAll(id, name)
    return text
  }
  if (Array.isArray(value)) return value.map((each) => plain(each, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) =>
      VOLATILE.test(key) || (key === 'id' && !names.has(String(each))) ? [] : [[key, plain(each, names)]],
    ),
  )
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

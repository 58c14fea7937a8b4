import { setTimeout as after } from 'node:timers/promises'
import type { CloudflareStandIn } from '../../../e2e/cloudflare/stand-in.ts'
import { DEFAULT_URL } from '../src/index.ts'

type Json = Record<string, unknown>
export type Found = Json & { id: string }

/** What somebody does in the dashboard: the API without Lares and without the SDK. */
export interface Hands {
  get(path: string): Promise<unknown>
  list(path: string): Promise<Found[]>
  make(path: string, body: Json): Promise<Found>
  put(path: string, body: Json): Promise<Found>
  patch(path: string, body: Json): Promise<Found>
  remove(path: string): Promise<void>
  /** `/accounts/ID` and `/zones/ID`. */
  readonly account: string
  readonly zone: string
}

/** With a token of their own, so that the lab's requests are its own. */
export const handsOf = ({ url, seed, account, zone }: CloudflareStandIn): Hands =>
  handsWith({ url, token: seed.token().value, account: account.id, zone: zone.id })

interface Reach {
  url?: string
  token: string
  /** Ids of the account and of the zone. */
  account: string
  zone: string
}

/** How often a request is sent again that was refused as one too many. */
const PATIENCE = 5
const PAGE = 1000

export function handsWith({ url = DEFAULT_URL, token, account, zone }: Reach): Hands {
  async function ask(method: string, path: string, body?: Json): Promise<unknown> {
    for (let refused = 0; ; refused++) {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(60_000),
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      if (answer.status === 429 && refused < PATIENCE) {
        await answer.arrayBuffer()
        await after(1000 * (Number(answer.headers.get('retry-after')) || 60))
        continue
      }
      const { success, result, errors } = (await answer.json()) as {
        success: boolean
        result: unknown
        errors: unknown
      }
      if (!success) throw new Error(`${method} ${path}: ${JSON.stringify(errors)}`)
      return result
    }
  }
  async function list(path: string): Promise<Found[]> {
    const all: Found[] = []
    for (let page = 1; ; page++) {
      const found = (await ask('GET', `${path}?per_page=${PAGE}&page=${page}`)) as Found[]
      all.push(...found)
      if (found.length < PAGE) return all
    }
  }
  return {
    get: (path) => ask('GET', path),
    list,
    make: async (path, body) => (await ask('POST', path, body)) as Found,
    put: async (path, body) => (await ask('PUT', path, body)) as Found,
    patch: async (path, body) => (await ask('PATCH', path, body)) as Found,
    remove: async (path) => void (await ask('DELETE', path)),
    account: `/accounts/${account}`,
    zone: `/zones/${zone}`,
  }
}

/** Removes what is called so, if anything is. */
export async function removeNamed(hands: Hands, path: string, name: string, key = 'name'): Promise<void> {
  for (const found of await hands.list(path))
    if (found[key] === name && !found['deleted_at']) await hands.remove(`${path}/${found.id}`)
}

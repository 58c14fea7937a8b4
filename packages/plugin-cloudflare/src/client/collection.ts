import type { Ask, Call } from './calls.ts'
import { isCloudflareError } from './error.ts'

/** An object of Cloudflare as its API writes it. */
export interface Item {
  id: string
  readonly [field: string]: unknown
}

export type Body = Readonly<Record<string, unknown>>

/** All objects of one kind in an account or zone. */
export interface Collection {
  /** What one of them is called: `Access policy`. */
  readonly noun: string
  /** All of them. Whoever asks before something is changed gets the same answer, which is one listing. */
  list(ask?: Ask): Promise<readonly Item[]>
  /** Null when there is none. */
  get(id: string, ask?: Ask): Promise<Item | null>
  /** Not repeated when no answer comes, because a second one could come of it. */
  create(body: Body, ask?: Ask): Promise<Item>
  /** Replaces what the body names, as the API's PUT or PATCH does. */
  update(id: string, body: Body, ask?: Ask): Promise<Item>
  /** Succeeds when it is gone already, too. */
  delete(id: string, ask?: Ask): Promise<void>
  /** Lists again for whoever asks next. */
  forget(): void
  /** For changes of other kinds: what was listed before is forgotten, whatever comes of it. */
  changing<T>(change: () => Promise<T>): Promise<T>
}

interface Page {
  getPaginatedItems(): unknown[]
  getNextPage(): Promise<Page>
  result_info?: { total_count?: number; total_pages?: number; page?: number; per_page?: number }
}

type Options = { signal?: AbortSignal }

/** The SDK's methods for one kind. */
export interface Methods {
  noun: string
  plural: string
  /** What a token needs to change it. */
  permission: string
  list(options: Options): PromiseLike<Page>
  get(id: string, options: Options): PromiseLike<unknown>
  create(body: Body, options: Options): PromiseLike<unknown>
  update(id: string, body: Body, options: Options): PromiseLike<unknown>
  delete(id: string, options: Options): PromiseLike<unknown>
}

/** How long a listing is good for what asks in the same moment of a run: people and other programs change things, too. */
const FRESH = 5_000

export function createCollection(call: Call, methods: Methods): Collection {
  const { noun, plural, permission } = methods
  let listed: { at: number; items: Promise<readonly Item[]> } | undefined
  const forget = (): void => {
    listed = undefined
  }
  const reads = (what: string) => ({
    what,
    permission: permission.replace(/ (Write|Edit)$/, ' Read'),
    repeatable: true,
  })
  const changes = (what: string, repeatable: boolean) => ({ what, permission, repeatable })

  async function listAll(ask: Ask): Promise<readonly Item[]> {
    const items: Item[] = []
    const subject = reads(`list ${plural}`)
    let page = await call(subject, ask, (options) => methods.list(options) as Promise<Page>)
    for (let pages = 1; ; pages++) {
      const found = page.getPaginatedItems() as Item[]
      items.push(...found)
      if (found.length === 0 || isLast(page, pages, items.length)) return items
      const before = page
      page = await call(subject, ask, () => before.getNextPage())
    }
  }

  async function changing<T>(change: () => Promise<T>): Promise<T> {
    forget()
    try {
      return await change()
    } finally {
      forget()
    }
  }

  return {
    noun,
    forget,
    changing,
    async list(ask = {}) {
      for (;;) {
        const isMine = !listed || Date.now() - listed.at > FRESH
        if (isMine) listed = { at: Date.now(), items: listAll(ask) }
        const asked = listed!
        try {
          return await asked.items
        } catch (error) {
          if (listed === asked) forget()
          // Whoever began it gave up, or ran out of time; that is no answer for the others.
          if (isMine || isCloudflareError(error)) throw error
          ask.signal?.throwIfAborted()
        }
      }
    },
    async get(id, ask = {}) {
      try {
        return (
          (await call(reads(`read ${noun} ${id}`), ask, (options) => methods.get(id, options) as Promise<Item>)) ?? null
        )
      } catch (error) {
        if (isCloudflareError(error, 'not_found')) return null
        throw error
      }
    },
    create: (body, ask = {}) =>
      changing(() =>
        call(changes(`create ${noun}`, false), ask, (options) => methods.create(body, options) as Promise<Item>),
      ),
    update: (id, body, ask = {}) =>
      changing(() =>
        call(
          changes(`change ${noun} ${id}`, true),
          ask,
          (options) => methods.update(id, body, options) as Promise<Item>,
        ),
      ),
    delete: (id, ask = {}) =>
      changing(async () => {
        try {
          await call(
            changes(`delete ${noun} ${id}`, true),
            ask,
            (options) => methods.delete(id, options) as Promise<void>,
          )
        } catch (error) {
          if (!isCloudflareError(error, 'not_found')) throw error
        }
      }),
  }
}

/** The SDK asks for one page more to find it empty; the answer tells how many there are. */
function isLast({ result_info: info }: Page, pages: number, items: number): boolean {
  if (info?.total_pages !== undefined) return pages >= info.total_pages
  if (info?.total_count !== undefined) return items >= info.total_count
  return info === undefined || Object.keys(info).length === 0
}

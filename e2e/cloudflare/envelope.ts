/** What every answer of the API looks like, and how one is refused. */

/** A JSON object whose fields nobody has looked at yet. */
export type Json = Record<string, unknown>

/** One entry of `errors` or `messages`. */
export interface Note {
  code: number
  message: string
  error_chain?: Note[]
}

/** Where a page stands in its list. */
export interface PageInfo {
  page: number
  per_page: number
  count: number
  total_count: number
  total_pages: number
}

/** What a route answers; the server puts the envelope around it. */
export interface Answer {
  /** 200 unless told. */
  status?: number
  result: unknown
  page?: PageInfo
  messages?: Note[]
}

/** A request that the API turns down: an HTTP status and what stands in `errors`. */
export class Refusal extends Error {
  readonly status: number
  readonly notes: Note[]

  constructor(status: number, ...notes: Note[]) {
    super(notes.map(({ code, message }) => `${code} ${message}`).join('; '))
    this.status = status
    this.notes = notes
  }
}

/** The body of an answer. A list has `result_info`, nothing else has. */
export function succeeded({ result, page, messages = [] }: Answer): Json {
  return { result, success: true, errors: [], messages, ...(page && { result_info: page }) }
}

/** The body of a refused request. */
export function refused({ notes }: Refusal): Json {
  return { result: null, success: false, errors: notes, messages: [] }
}

/**
 * Cuts the page out of a list that `page` and `per_page` of the query name. Behind the last page there is an empty one.
 * `most` is the largest page that the collection gives out, `usual` the one that it gives when nothing is asked for.
 */
export function paged(rows: Json[], query: URLSearchParams, { usual = 25, most = 1000 } = {}): Answer {
  const page = Math.max(1, Number(query.get('page')) || 1)
  const perPage = Math.min(most, Math.max(1, Number(query.get('per_page')) || usual))
  const result = rows.slice((page - 1) * perPage, page * perPage)
  const count = result.length
  const total = rows.length
  const info = { page, per_page: perPage, count, total_count: total, total_pages: Math.ceil(total / perPage) }
  return { result, page: info }
}

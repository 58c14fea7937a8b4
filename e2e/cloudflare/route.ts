import type { Answer } from './envelope.ts'
import type { Ids } from './ids.ts'
import type { Permission } from './permissions.ts'
import type { ApiToken } from './tokens.ts'
import type { View, World } from './world.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** An authenticated request, matched to its route. */
export interface Request {
  method: Method
  /** Below `/client/v4`. */
  path: string
  /** The named parts of the route's path. */
  params: Record<string, string>
  query: URLSearchParams
  /** The parsed body, or undefined when there was none. */
  body: unknown
  token: ApiToken
  now: Date
  ids: Ids
  /** What it may change. */
  world: World
  /** What it shows: a read may be behind, a write sees what is. */
  view: View
  /** Where a write looks for what it refers to; may be behind, too. */
  references: View
}

/** One method on one path of the API. */
export interface Route {
  method: Method
  /** Below `/client/v4`, with parameters as `:name`. */
  path: string
  /** The permission that it takes, on the account or zone that the path names; null when any token that is active will do. */
  needs: Permission | null
  answer(request: Request): Answer
}

/** The route for a method and path with its parameters, or null. */
export function matchRoute(routes: readonly Route[], method: string, path: string) {
  const parts = path.split('/')
  for (const route of routes) {
    if (route.method !== method) continue
    const pattern = route.path.split('/')
    if (pattern.length !== parts.length) continue
    const params: Record<string, string> = {}
    const fits = pattern.every((part, index) => {
      const actual = parts[index] ?? ''
      if (!part.startsWith(':')) return part === actual
      params[part.slice(1)] = decodeURIComponent(actual)
      return actual !== ''
    })
    if (fits) return { route, params }
  }
  return null
}

import { type Answer, Refusal } from './envelope.ts'
import type { Ids } from './ids.ts'
import { type Method, matchRoute, type Request } from './route.ts'
import { routes } from './routes.ts'
import { mayDo } from './tokens.ts'
import { viewOf, type World } from './world.ts'

/** What requests are carried out on. */
export interface Stage {
  world: World
  ids: Ids
  clock(): number
  /** How many milliseconds reads are behind, and what writes refer to. */
  lag(): { reads: number; references: number }
}

/** A request of somebody, however it came. */
export type Asked = Pick<Request, 'path' | 'query' | 'body' | 'token'> & { method: string }

/** Finds the route and carries the request out. Throws what it is refused with. */
export function dispatch({ world, ids, clock, lag }: Stage, asked: Asked): Answer {
  const { method, path, token } = asked
  const match = matchRoute(routes, method, path)
  if (match === null) throw noRoute(path)
  const { route, params } = match
  for (const id of [params.account, params.zone]) {
    if (id !== undefined && !/^[0-9a-f]{32}$/.test(id)) throw badIdentifier(path)
  }
  const now = clock()
  const behind = lag()
  const view = viewOf(world, method === 'GET' ? now - behind.reads : now)
  if (route.needs !== null && !mayDo(token, route.needs, params, view)) {
    throw route.needs.startsWith('API Tokens') ? ofUser() : denied()
  }
  const references = viewOf(world, now - behind.references)
  return route.answer({ ...asked, method: route.method, params, now: new Date(now), ids, world, view, references })
}

const denied = () => new Refusal(403, { code: 10000, message: 'Authentication error' })

/** What belongs to a user is refused in other words than what belongs to an account or zone. */
const ofUser = () => new Refusal(403, { code: 9109, message: 'Unauthorized to access requested resource' })

const unknownRoute = { code: 7000, message: 'No route for that URI' }

const badIdentifier = (path: string) =>
  new Refusal(
    404,
    { code: 7003, message: `Could not route to /client/v4${path}, perhaps your object identifier is invalid?` },
    unknownRoute,
  )

function noRoute(path: string): Refusal {
  const methods: Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
  if (!methods.some((each) => matchRoute(routes, each, path))) return new Refusal(404, unknownRoute)
  return new Refusal(405, { code: 10405, message: 'Method not allowed for this authentication scheme' })
}

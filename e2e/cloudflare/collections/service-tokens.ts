import { z } from 'zod'
import { parsed } from '../body.ts'
import { paged } from '../envelope.ts'
import type { Request, Route } from '../route.ts'
import { toSecond } from '../time.ts'
import type { View } from '../world.ts'
import { invalidRequest, notFound, serviceTokenInUse } from './access-errors.ts'
import { mentions } from './access-rules.ts'
import { isNamed } from './list-query.ts'

/** A service token. Its secret is told when it is made and when it is rotated. */
export interface ServiceToken {
  id: string
  account: string
  name: string
  clientId: string
  secret: string
  /** Counts its secrets; a request that names a higher one rotates. */
  version: number
  /** The secret before the last rotation and when it ends, or null. */
  previous: { secret: string; until: Date } | null
  duration: string
  enabled: boolean
  expiresAt: Date
  createdAt: Date
  updatedAt: Date
}

const shape = z.object({
  name: z.string().min(1),
  duration: z.string().default('8760h'),
  enabled: z.boolean().default(true),
})
const moment = z.iso.datetime({ offset: true })
const changes = z.object({
  name: z.string().min(1).optional(),
  duration: z.string().optional(),
  enabled: z.boolean().optional(),
  client_secret_version: z.number().int().optional(),
  previous_client_secret_expires_at: moment.optional(),
})

const units: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Durations are as Go writes them, `2h45m`, or `forever`. */
function expiry(duration: string, from: Date): Date {
  if (duration === 'forever') return new Date('9999-12-31T23:59:59Z')
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== duration) {
    throw invalidRequest(`invalid duration: ${duration}`)
  }
  const length = parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0), 0)
  return new Date(from.getTime() + length)
}

function shown({ id, name, clientId, duration, enabled, expiresAt, createdAt, updatedAt }: ServiceToken) {
  return {
    id,
    name,
    client_id: clientId,
    duration,
    enabled,
    expires_at: toSecond(expiresAt),
    created_at: toSecond(createdAt),
    updated_at: toSecond(updatedAt),
  }
}

const withSecret = (token: ServiceToken) => ({ ...shown(token), client_secret: token.secret })

const ofAccount = (view: View, account: string | undefined) =>
  view.serviceTokens.all().filter((token) => token.account === account)

function found({ view, params }: Request): ServiceToken {
  const token = ofAccount(view, params.account).find(({ id }) => id === params.token)
  if (token === undefined) throw notFound()
  return token
}

function create({ params, body, now, ids, world }: Request) {
  const { name, duration, enabled } = parsed(shape, body, invalidRequest)
  const token: ServiceToken = {
    id: ids.uuid(),
    account: params.account ?? '',
    name,
    clientId: `${ids.hex(32)}.access`,
    secret: ids.hex(64),
    version: 1,
    previous: null,
    duration,
    enabled,
    expiresAt: expiry(duration, now),
    createdAt: now,
    updatedAt: now,
  }
  world.serviceTokens.put(token.id, token)
  return { status: 201, result: withSecret(token) }
}

/** With a new secret. The one before ends at once unless it is said when. */
function rotated(old: ServiceToken, until: string | undefined, { ids, now }: Request): ServiceToken {
  const previous = until === undefined ? null : { secret: old.secret, until: new Date(until) }
  return { ...old, secret: ids.hex(64), version: old.version + 1, previous, updatedAt: now }
}

function update(request: Request) {
  const old = found(request)
  const wanted = parsed(changes, request.body, invalidRequest)
  const { name = old.name, duration = old.duration, enabled = old.enabled, client_secret_version: version } = wanted
  const until = wanted.previous_client_secret_expires_at
  const rotates = version !== undefined && version > old.version
  const { previous: before, ...rest } = rotates ? rotated(old, until, request) : old
  const previous = before === null || until === undefined ? before : { ...before, until: new Date(until) }
  const expiresAt = duration === old.duration ? old.expiresAt : expiry(duration, request.now)
  const token = { ...rest, previous, name, duration, enabled, expiresAt, updatedAt: request.now }
  request.world.serviceTokens.put(token.id, token)
  return { result: rotates ? withSecret(token) : shown(token) }
}

const rotation = z.object({ previous_client_secret_expires_at: moment.optional() })

function rotate(request: Request) {
  const { previous_client_secret_expires_at: until } = parsed(rotation, request.body, invalidRequest)
  const token = rotated(found(request), until, request)
  request.world.serviceTokens.put(token.id, token)
  return { result: withSecret(token) }
}

/** Whether Access lets this client id and secret pass at the moment. */
export function accepts(token: ServiceToken, clientId: string, secret: string, now: number): boolean {
  if (token.clientId !== clientId || !token.enabled || token.expiresAt.getTime() <= now) return false
  const { previous } = token
  return secret === token.secret || (previous?.secret === secret && previous.until.getTime() > now)
}

function refresh(request: Request) {
  const old = found(request)
  const token = { ...old, expiresAt: expiry(old.duration, request.now), updatedAt: request.now }
  request.world.serviceTokens.put(token.id, token)
  return { result: shown(token) }
}

function remove(request: Request) {
  const token = found(request)
  const { policies, groups, serviceTokens } = request.world
  const used = [...policies.all(), ...groups.all()].some((rules) => mentions(rules, token.id))
  if (used) throw serviceTokenInUse()
  serviceTokens.delete(token.id)
  return { result: shown(token) }
}

const collection = '/accounts/:account/access/service_tokens'
const one = `${collection}/:token`
const read = 'Access: Service Tokens Read'
const change = 'Access: Service Tokens Write'

export const serviceTokenRoutes: Route[] = [
  {
    method: 'GET',
    path: collection,
    needs: read,
    answer: ({ view, params, query }) => {
      const tokens = ofAccount(view, params.account).filter((token) => isNamed(token, query))
      return paged(tokens.map(shown), query)
    },
  },
  { method: 'GET', path: one, needs: read, answer: (request) => ({ result: shown(found(request)) }) },
  { method: 'POST', path: collection, needs: change, answer: create },
  { method: 'PUT', path: one, needs: change, answer: update },
  { method: 'DELETE', path: one, needs: change, answer: remove },
  { method: 'POST', path: `${one}/rotate`, needs: change, answer: rotate },
  { method: 'POST', path: `${one}/refresh`, needs: change, answer: refresh },
]

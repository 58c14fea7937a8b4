import { z } from 'zod'
import { parsed, withoutEmpty } from '../body.ts'
import { paged } from '../envelope.ts'
import type { Request, Route } from '../route.ts'
import { toSecond } from '../time.ts'
import type { View } from '../world.ts'
import { type Destination, destinationShape, destinationsOf, hostnameOf, publicUris } from './access-destinations.ts'
import {
  applicationExists,
  conflict,
  invalidApplicationId,
  invalidRequest,
  unknownApplication,
} from './access-errors.ts'
import { linkedPolicies, type PolicyLink, shownLinks } from './access-policy-links.ts'
import { hasTag } from './access-tags.ts'
import { zoneOf } from './zones.ts'

/** An application: what Access stands in front of. */
export interface AccessApp {
  id: string
  account: string
  type: string
  name: string
  /** The primary host name and path; null for types that have none. */
  domain: string | null
  destinations: Destination[]
  tags: string[]
  /** In the order in which they are tried. */
  policies: PolicyLink[]
  /** The other fields, with the defaults of the type. */
  options: Record<string, unknown>
  aud: string
  createdAt: Date
  updatedAt: Date
}

/** What stands behind a host name, and so is protected by it. */
const hosted = ['self_hosted', 'ssh', 'vnc', 'rdp']

const types = [...hosted, 'bookmark', 'saas', 'app_launcher', 'warp', 'biso', 'dash_sso', 'infrastructure']

const shape = z.looseObject({
  type: z.string().optional(),
  name: z.string().optional(),
  domain: z.string().nullish(),
  destinations: z.array(destinationShape).nullish(),
  self_hosted_domains: z.array(z.string()).nullish(),
  tags: z.array(z.string()).nullish(),
  allowed_idps: z.array(z.string()).nullish(),
  policies: z.array(z.unknown()).nullish(),
})

/** What an application has that the request didn't mention. */
const defaults: Record<string, Record<string, unknown>> = {
  hosted: {
    app_launcher_visible: true,
    allowed_idps: [],
    auto_redirect_to_identity: false,
    enable_binding_cookie: false,
    // Said to be true by the description, and found false by github.com/cloudflare/tf-migrate#52.
    http_only_cookie_attribute: false,
    options_preflight_bypass: false,
    session_duration: '24h',
  },
  saas: { app_launcher_visible: true, allowed_idps: [], auto_redirect_to_identity: false, session_duration: '24h' },
  bookmark: { app_launcher_visible: true },
}

/** Fields of an answer that a client may send back; they change nothing. */
const readOnly = ['id', 'uid', 'aud', 'created_at', 'updated_at']

/** Fields that have a default are always there, the others as those of a policy. */
function optionsOf(type: string, given: Record<string, unknown>): Record<string, unknown> {
  const always = defaults[hosted.includes(type) ? 'hosted' : type] ?? {}
  const said = Object.entries(given).filter(([key, value]) => !readOnly.includes(key) && value != null)
  const kept = said.filter(([key]) => key in always)
  const rest = said.filter(([key]) => !(key in always))
  return { ...always, ...Object.fromEntries(kept), ...withoutEmpty(Object.fromEntries(rest)) }
}

export function shownApp(app: AccessApp, view: View) {
  const uris = publicUris(app.destinations)
  return {
    id: app.id,
    uid: app.id,
    type: app.type,
    name: app.name,
    aud: app.aud,
    created_at: toSecond(app.createdAt),
    updated_at: toSecond(app.updatedAt),
    ...(app.domain !== null && { domain: app.domain }),
    ...(hosted.includes(app.type) && { self_hosted_domains: uris, destinations: app.destinations }),
    ...app.options,
    tags: app.tags,
    policies: shownLinks(app.policies, view),
  }
}

const ofAccount = (view: View, account: string | undefined) => view.apps.all().filter((app) => app.account === account)

/** The application that the path names. */
export function appAsked({ view, params }: Request): AccessApp {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(params.app ?? '')) throw invalidApplicationId()
  const app = ofAccount(view, params.account).find(({ id }) => id === params.app)
  if (app === undefined) throw unknownApplication()
  return app
}

/**
 * Throws unless every public destination is in an active zone of the account and no other application has it. Messages:
 * github.com/cloudflare/terraform-provider-cloudflare#5181 and #3340, and several public runbooks for `conflict`.
 */
function checkDestinations(app: AccessApp, view: View): void {
  const uris = publicUris(app.destinations)
  if (app.domain !== null && uris.length > 0 && !uris.includes(app.domain)) {
    throw invalidRequest('domain not included in destinations')
  }
  for (const uri of uris) {
    if (zoneOf(view, hostnameOf(uri), app.account)?.status !== 'active') {
      throw invalidRequest('domain does not belong to zone')
    }
  }
  const others = ofAccount(view, app.account).filter(({ id }) => id !== app.id)
  if (app.domain !== null && others.some(({ domain }) => domain === app.domain)) throw applicationExists()
  const taken = others.flatMap(({ destinations }) => publicUris(destinations))
  if (uris.some((uri) => taken.includes(uri))) throw conflict('destination belongs to another application')
}

function write(request: Request) {
  const { params, body, view, now, ids, world } = request
  const account = params.account ?? ''
  const old = params.app === undefined ? null : appAsked(request)
  const {
    type = '',
    name,
    domain,
    destinations,
    self_hosted_domains,
    tags,
    policies,
    ...given
  } = parsed(shape, body, invalidRequest)
  if (!types.includes(type) || (old !== null && old.type !== type))
    throw invalidRequest('app type is missing or invalid')
  const where = hosted.includes(type) ? destinationsOf(domain, destinations, self_hosted_domains) : []
  if (hosted.includes(type) && where.length === 0) throw invalidRequest('domain is required')
  const unknown = (tags ?? []).find((tag) => !hasTag(view, account, tag))
  if (unknown !== undefined) throw invalidRequest(`tag does not exist: ${unknown}`)
  const provider = (given.allowed_idps ?? []).find((id) => view.identityProviders.get(id)?.account !== account)
  if (provider !== undefined) throw invalidRequest(`identity provider does not exist: ${provider}`)
  const id = old?.id ?? ids.uuid()
  const draft: AccessApp = {
    id,
    account,
    type,
    name: name ?? domain ?? '',
    domain: domain ?? publicUris(where)[0] ?? null,
    destinations: where,
    tags: tags ?? [],
    policies: old?.policies ?? [],
    options: optionsOf(type, given),
    aud: old?.aud ?? ids.hex(64),
    createdAt: old?.createdAt ?? now,
    updatedAt: now,
  }
  checkDestinations(draft, view)
  const app = policies == null ? draft : { ...draft, policies: linkedPolicies(policies, draft, request) }
  world.apps.put(id, app)
  return { status: old === null ? 201 : 200, result: shownApp(app, view) }
}

function remove(request: Request) {
  const { id } = appAsked(request)
  const { apps, policies } = request.world
  apps.delete(id)
  for (const policy of policies.all()) if (policy.app === id) policies.delete(policy.id)
  return { status: 202, result: { id } }
}

/** The list by name, domain or aud; `search` looks into name and domain. */
function listed({ view, params, query }: Request) {
  const search = query.get('search')?.toLowerCase()
  const same = (key: string, actual: string | null) => !query.has(key) || query.get(key) === actual
  const apps = ofAccount(view, params.account)
    .filter((app) => same('name', app.name) && same('domain', app.domain) && same('aud', app.aud))
    .filter(({ name, domain }) => search === undefined || `${name} ${domain}`.toLowerCase().includes(search))
  return paged(
    apps.map((app) => shownApp(app, view)),
    query,
  )
}

const collection = '/accounts/:account/access/apps'
const one = `${collection}/:app`
const read = 'Access: Apps and Policies Read'
const change = 'Access: Apps and Policies Write'

export const accessAppRoutes: Route[] = [
  { method: 'GET', path: collection, needs: read, answer: listed },
  {
    method: 'GET',
    path: one,
    needs: read,
    answer: (request) => ({ result: shownApp(appAsked(request), request.view) }),
  },
  { method: 'POST', path: collection, needs: change, answer: write },
  { method: 'PUT', path: one, needs: change, answer: write },
  { method: 'DELETE', path: one, needs: change, answer: remove },
]

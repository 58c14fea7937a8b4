import { z } from 'zod'
import { parsed } from '../body.ts'
import { paged } from '../envelope.ts'
import type { Ids } from '../ids.ts'
import type { Request, Route } from '../route.ts'
import type { View } from '../world.ts'
import { conflict, invalidRequest, notFound } from './access-errors.ts'
import { mentions } from './access-rules.ts'

/** A way to log in. */
export interface IdentityProvider {
  id: string
  account: string
  name: string
  type: string
  /** With its secrets. */
  config: Record<string, unknown>
  scim: Record<string, unknown> | null
}

const shape = z.object({
  name: z.string(),
  type: z.enum([
    'onetimepin',
    'azureAD',
    'saml',
    'centrify',
    'facebook',
    'github',
    'google-apps',
    'google',
    'linkedin',
    'oidc',
    'okta',
    'onelogin',
    'pingone',
    'yandex',
  ]),
  config: z.record(z.string(), z.unknown()),
  scim_config: z.record(z.string(), z.unknown()).optional(),
})

const redacted = '**********************************'
const secretFields = ['client_secret', 'secret']

/** Secrets come back as stars: `CONCEALED_STRING` of terraform-provider-cloudflare 4. */
function withoutSecrets(config: Record<string, unknown>) {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, secretFields.includes(key) ? redacted : value]),
  )
}

/** Stars that are sent back mean the secret that is there. */
function withOldSecrets(config: Record<string, unknown>, old: Record<string, unknown> | undefined) {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      value === redacted && old?.[key] !== undefined ? old[key] : value,
    ]),
  )
}

/** `scimSecret` is told once, when provisioning is switched on. */
function shown({ id, name, type, config, scim }: IdentityProvider, scimSecret: string | null = null) {
  return {
    id,
    type,
    name,
    config: withoutSecrets(config),
    ...(scim !== null && { scim_config: scimSecret === null ? withoutSecrets(scim) : { ...scim, secret: scimSecret } }),
  }
}

const ofAccount = (view: View, account: string | undefined) =>
  view.identityProviders.all().filter((provider) => provider.account === account)

function found({ view, params }: Request): IdentityProvider {
  const provider = ofAccount(view, params.account).find(({ id }) => id === params.provider)
  if (provider === undefined) throw notFound()
  return provider
}

function write(request: Request) {
  const { params, body, ids, world } = request
  const old = params.provider === undefined ? null : found(request)
  const wanted = parsed(shape, body, invalidRequest)
  if (old !== null && old.type !== wanted.type) throw invalidRequest('identity provider type cannot be changed')
  const others = ofAccount(request.view, params.account).filter(({ id }) => id !== old?.id)
  // Measured by github.com/plantonhq/planton, as is that it takes no provisioning.
  if (wanted.type === 'onetimepin' && others.some(({ type }) => type === 'onetimepin')) {
    throw conflict('a onetimepin connection already exists')
  }
  if (wanted.type === 'onetimepin' && wanted.scim_config !== undefined) {
    throw invalidRequest('scim_config is not supported for onetimepin')
  }
  const { scim, secret } = provisioning(wanted.scim_config, old?.scim ?? null, ids)
  const provider: IdentityProvider = {
    id: old?.id ?? ids.uuid(),
    account: params.account ?? '',
    name: wanted.name,
    type: wanted.type,
    config: withOldSecrets(wanted.config, old?.config),
    scim,
  }
  world.identityProviders.put(provider.id, provider)
  return { status: old === null ? 201 : 200, result: shown(provider, secret) }
}

/** Provisioning as it is to be, and the secret that switching it on makes. */
function provisioning(wanted: Record<string, unknown> | undefined, old: Record<string, unknown> | null, ids: Ids) {
  if (wanted === undefined) return { scim: old, secret: null }
  const { secret: _ignored, ...rest } = wanted
  if (rest.enabled !== true)
    return { scim: { ...rest, ...(old?.secret !== undefined && { secret: old.secret }) }, secret: null }
  const secret = old?.secret === undefined ? ids.hex(64) : null
  return { scim: { ...rest, secret: old?.secret ?? secret }, secret }
}

function remove(request: Request) {
  const { id } = found(request)
  const { policies, groups, apps, identityProviders } = request.world
  const used =
    [...policies.all(), ...groups.all()].some((rules) => mentions(rules, id)) ||
    apps.all().some(({ options }) => Array.isArray(options.allowed_idps) && options.allowed_idps.includes(id))
  if (used) throw conflict('identity provider is in use')
  identityProviders.delete(id)
  return { status: 202, result: { id } }
}

const collection = '/accounts/:account/access/identity_providers'
const one = `${collection}/:provider`
const read = 'Access: Organizations, Identity Providers, and Groups Read'
const change = 'Access: Organizations, Identity Providers, and Groups Write'

export const identityProviderRoutes: Route[] = [
  {
    method: 'GET',
    path: collection,
    needs: read,
    answer: ({ view, params, query }) =>
      paged(
        ofAccount(view, params.account).map((provider) => shown(provider)),
        query,
      ),
  },
  { method: 'GET', path: one, needs: read, answer: (request) => ({ result: shown(found(request)) }) },
  { method: 'POST', path: collection, needs: change, answer: write },
  { method: 'PUT', path: one, needs: change, answer: write },
  { method: 'DELETE', path: one, needs: change, answer: remove },
]

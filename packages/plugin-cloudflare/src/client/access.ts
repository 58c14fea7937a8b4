import type Sdk from 'cloudflare'
import type { Ask, Call } from './calls.ts'
import { type Body, type Collection, createCollection, type Item } from './collection.ts'
import { PERMISSIONS } from './permissions.ts'

/** What Access consists of. */
export interface Access {
  readonly applications: Collection
  /** Those that applications share; an application can have others of its own. */
  readonly policies: Collection
  readonly groups: Collection
  readonly serviceTokens: ServiceTokens
  readonly identityProviders: Collection
}

export interface ServiceTokens extends Collection {
  /** A new secret, in the answer alone. The old one is good until `previousExpiresAt`, without it not any more. */
  rotate(id: string, previousExpiresAt: Date | undefined, ask?: Ask): Promise<Item>
  /** Good for another time of its duration, from now. */
  refresh(id: string, ask?: Ask): Promise<Item>
}

export function accessOf(api: Sdk, call: Call, account_id: string): Access {
  const { applications, policies, groups, serviceTokens } = api.zeroTrust.access
  const { identityProviders } = api.zeroTrust
  const all = { account_id, per_page: 1000 }
  // What the body holds was checked by the schemas of the resource types; the SDK's own types are a union for each kind.
  const body = (fields: Body) => ({ account_id, ...fields }) as never
  const tokens = createCollection(call, {
    noun: 'service token',
    plural: 'service tokens',
    permission: PERMISSIONS.serviceTokens,
    list: (options) => serviceTokens.list(all, options),
    get: (id, options) => serviceTokens.get(id, { account_id }, options),
    create: (fields, options) => serviceTokens.create(body(fields), options),
    update: (id, fields, options) => serviceTokens.update(id, body(fields), options),
    delete: (id, options) => serviceTokens.delete(id, { account_id }, options),
  })
  const change = (what: string, repeatable: boolean) => ({ what, permission: PERMISSIONS.serviceTokens, repeatable })
  return {
    applications: createCollection(call, {
      noun: 'Access application',
      plural: 'Access applications',
      permission: PERMISSIONS.applications,
      list: (options) => applications.list(all, options),
      get: (id, options) => applications.get(id, { account_id }, options),
      create: (fields, options) => applications.create(body(fields), options),
      update: (id, fields, options) => applications.update(id, body(fields), options),
      delete: (id, options) => applications.delete(id, { account_id }, options),
    }),
    policies: createCollection(call, {
      noun: 'Access policy',
      plural: 'Access policies',
      permission: PERMISSIONS.applications,
      list: (options) => policies.list(all, options),
      get: (id, options) => policies.get(id, { account_id }, options),
      create: (fields, options) => policies.create(body(fields), options),
      update: (id, fields, options) => policies.update(id, body(fields), options),
      delete: (id, options) => policies.delete(id, { account_id }, options),
    }),
    groups: createCollection(call, {
      noun: 'Access group',
      plural: 'Access groups',
      permission: PERMISSIONS.organization,
      list: (options) => groups.list(all, options),
      get: (id, options) => groups.get(id, { account_id }, options),
      create: (fields, options) => groups.create(body(fields), options),
      update: (id, fields, options) => groups.update(id, body(fields), options),
      delete: (id, options) => groups.delete(id, { account_id }, options),
    }),
    serviceTokens: {
      ...tokens,
      rotate: (id, previousExpiresAt, ask = {}) =>
        tokens.changing(async () => {
          const until = previousExpiresAt ? { previous_client_secret_expires_at: previousExpiresAt.toISOString() } : {}
          // Sent twice, the first secret, which nobody has seen, would become the one that is still good for a while.
          const subject = change(`rotate service token ${id}`, false)
          const rotated = await call(subject, ask, (options) =>
            serviceTokens.rotate(id, { account_id, ...until }, options),
          )
          return rotated as unknown as Item
        }),
      refresh: (id, ask = {}) =>
        tokens.changing(async () => {
          const subject = change(`refresh service token ${id}`, true)
          const refreshed = await call(subject, ask, (options) => serviceTokens.refresh(id, { account_id }, options))
          return refreshed as unknown as Item
        }),
    },
    identityProviders: createCollection(call, {
      noun: 'identity provider',
      plural: 'identity providers',
      permission: PERMISSIONS.organization,
      list: (options) => identityProviders.list(all, options),
      get: (id, options) => identityProviders.get(id, { account_id }, options),
      create: (fields, options) => identityProviders.create(body(fields), options),
      update: (id, fields, options) => identityProviders.update(id, body(fields), options),
      delete: (id, options) => identityProviders.delete(id, { account_id }, options),
    }),
  }
}

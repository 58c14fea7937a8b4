import type Sdk from 'cloudflare'
import type { Ask, Call } from './calls.ts'
import { type Body, type Collection, createCollection } from './collection.ts'
import { isCloudflareError } from './error.ts'
import { whenLate } from './late.ts'
import { PERMISSIONS } from './permissions.ts'

export interface Tunnels extends Collection {
  /** What a connector needs to run the tunnel. */
  connectorToken(id: string, ask?: Ask): Promise<string>
  configuration(id: string, ask?: Ask): Promise<TunnelConfiguration>
  /**
   * Changes the one document that all rules of a tunnel are in. Who wants to change it at the same time waits, and what
   * `edit` does not touch stays as it is. Nothing is written when `edit` returns an equal document.
   */
  changeConfiguration(id: string, edit: (config: Body) => Body, ask?: Ask): Promise<TunnelConfiguration>
}

export interface TunnelConfiguration {
  /** Raised by each change; 0 before the first. */
  version: number
  config: Body
}

export function tunnelsOf(api: Sdk, call: Call, account_id: string): Tunnels {
  const { cloudflared } = api.zeroTrust.tunnels
  const body = (fields: Body) => ({ account_id, ...fields }) as never
  const tunnels = createCollection(call, {
    noun: 'tunnel',
    plural: 'tunnels',
    permission: PERMISSIONS.tunnels,
    list: (options) => cloudflared.list({ account_id, per_page: 1000, is_deleted: false }, options),
    get: async (id, options) => {
      const found = await cloudflared.get(id, { account_id }, options)
      return found.deleted_at ? null : found
    },
    create: (fields, options) => cloudflared.create(body(fields), options),
    update: (id, fields, options) => cloudflared.edit(id, body(fields), options),
    delete: (id, options) => cloudflared.delete(id, { account_id }, options),
  })
  const reading = (what: string) => ({ what, permission: 'Cloudflare Tunnel Read', repeatable: true })
  const changing = (what: string) => ({ what, permission: PERMISSIONS.tunnels, repeatable: true })
  const queues = new Map<string, Promise<unknown>>()

  /** What was written last: a read can be behind it, and what is written on that would undo it. */
  const latest = new Map<string, TunnelConfiguration>()
  const isUnseen = (error: unknown) => isCloudflareError(error, 'not_found')

  async function read(id: string, ask: Ask): Promise<TunnelConfiguration> {
    const found = configurationOf(
      await call(reading(`read the configuration of tunnel ${id}`), ask, (options) =>
        cloudflared.configurations.get(id, { account_id }, options),
      ),
    )
    const written = latest.get(id)
    return written && written.version > found.version ? written : found
  }

  async function change(id: string, edit: (config: Body) => Body, ask: Ask): Promise<TunnelConfiguration> {
    const before = await whenLate(ask, isUnseen, () => read(id, ask))
    const config = edit(before.config)
    if (before.version > 0 && JSON.stringify(config) === JSON.stringify(before.config)) return before
    const written = configurationOf(
      await call(changing(`configure tunnel ${id}`), ask, (options) =>
        cloudflared.configurations.update(id, body({ config }), options),
      ),
    )
    latest.set(id, written)
    if (before.version > 0 && written.version > before.version + 1)
      ask.log?.(
        `somebody else changed the configuration of tunnel ${id} at the same moment, which may be lost (version ${before.version} became ${written.version})`,
      )
    return written
  }

  return {
    ...tunnels,
    connectorToken: async (id, ask = {}) =>
      String(
        await whenLate(ask, isUnseen, () =>
          call(reading(`read the token of tunnel ${id}`), ask, (options) =>
            cloudflared.token.get(id, { account_id }, options),
          ),
        ),
      ),
    configuration: (id, ask = {}) => read(id, ask),
    async changeConfiguration(id, edit, ask = {}) {
      const before = queues.get(id) ?? Promise.resolve()
      const mine = before.then(() => change(id, edit, ask))
      queues.set(
        id,
        mine.catch(() => {}),
      )
      return await mine
    },
  }
}

const configurationOf = (answer: { version?: number; config?: unknown } | null): TunnelConfiguration => ({
  version: answer?.version ?? 0,
  config: (answer?.config ?? {}) as Body,
})

import { setTimeout as after } from 'node:timers/promises'
import { defineResource, sensitive, UNKNOWN } from '@lares/core'
import * as z from 'zod'
import { CloudflareError, isCloudflareError } from '../client/index.ts'
import { cloudflareProvider } from '../provider.ts'
import { idOf, nameInput, nameOf } from './names.ts'
import { attributesOf, type Kind, objectVerbs } from './objects.ts'

const inputs = z.object({
  name: nameInput,
  configuration: z
    .enum(['cloudflare', 'local'])
    .default('cloudflare')
    .describe('Where its rules are kept: in the account, or in a file beside the connector'),
  secret: sensitive(z.base64().min(44))
    .optional()
    .describe('32 random bytes or more, as base64; Cloudflare makes one when absent'),
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  id: z.string(),
  name: z.string(),
  configuration: z.string().optional(),
  hostname: z.string().describe('What a DNS record points to: `<id>.cfargotunnel.com`'),
  token: sensitive(z.string())
    .optional()
    .describe('What a connector needs to run it, as `TUNNEL_TOKEN` in its environment'),
  status: z.string().optional().describe('`healthy`, `degraded`, `down`, or `inactive` before the first connector'),
})
type Attributes = z.output<typeof attributes>

const kind: Kind<Inputs> = {
  fields: { name: {}, configuration: { wire: 'config_src' }, secret: { wire: 'tunnel_secret' } },
  collection: ({ tunnels }) => tunnels,
  keysOf: ({ name }) => [String(name)],
  tells: ({ id, status }) => ({ hostname: `${id}.cfargotunnel.com`, ...(status ? { status } : {}) }),
}

const verbs = objectVerbs<Inputs, Attributes>(kind)

/** For how long the connections of a connector that has just ended are still counted. */
const LINGER = [2000, 4000, 8000, 16_000]

/** A way from Cloudflare's edge into the lab, opened from inside by a connector. */
export const tunnel = defineResource({
  type: 'cloudflare.tunnel',
  description: 'A way from the edge of Cloudflare into the lab, opened from inside by a connector.',
  proof: 'recorded',
  provider: cloudflareProvider,
  inputs,
  attributes,
  identity: nameOf,
  id: idOf,
  replaceOn: ['configuration'],
  predict: (wanted, owner) => ({ name: nameOf(wanted, owner) }),
  ...verbs,

  diff(context) {
    const changes = verbs.diff(context)
    if (!changes.some(({ path }) => path === 'secret')) return changes
    return [
      ...changes,
      { path: 'token', after: UNKNOWN, secret: true, effect: 'live', cause: 'changed', note: 'a new one' },
    ]
  },

  async create(context) {
    const { connection, signal, log } = context
    const made: Attributes = await verbs.create(context)
    return { ...made, token: await connection.tunnels.connectorToken(made.id, { signal, log }) }
  },

  async readMany(contexts) {
    const found = (await verbs.readMany(contexts)) as (Attributes | null | Error)[]
    return await Promise.all(
      found.map(async (each, i) => {
        const { connection, recorded, signal, log } = contexts[i]!
        // The state keeps it.
        if (each === null || each instanceof Error || recorded?.token !== undefined) return each
        return { ...each, token: await connection.tunnels.connectorToken(each.id, { signal, log }) }
      }),
    )
  },

  async update({ connection, inputs: wanted, owner, observed, changes, signal, log }) {
    const { tunnels } = connection
    const ask = { signal, log }
    const roots = new Set(changes.map(({ path }) => path))
    const body = {
      ...(roots.has('name') ? { name: nameOf(wanted, owner) } : {}),
      ...(roots.has('secret') && wanted.secret !== undefined ? { tunnel_secret: wanted.secret } : {}),
    }
    const item =
      Object.keys(body).length > 0
        ? await tunnels.update(observed.id, body, ask)
        : ((await tunnels.get(observed.id, ask)) ?? { id: observed.id, name: observed.name })
    return { ...(attributesOf(kind, item) as Attributes), token: await tunnels.connectorToken(observed.id, ask) }
  },

  async delete({ connection, observed, signal, log }) {
    const { tunnels } = connection
    const ask = { signal, log }
    for (const wait of [...LINGER, undefined]) {
      try {
        return await tunnels.delete(observed.id, ask)
      } catch (error) {
        if (!isCloudflareError(error, 'in_use')) throw error
        if (wait === undefined)
          throw new CloudflareError('in_use', `A connector is still running the tunnel "${observed.name}"`, {
            detail: error.detail,
            advice: 'Stop cloudflared on every machine that runs it, then try again.',
            cause: error,
          })
        log(`the tunnel still has connections; tries again in ${wait / 1000} s`)
        await after(wait, undefined, { signal })
      }
    }
  },

  async health({ observed: { status = 'unknown' } }) {
    const isKnown = status === 'healthy' || status === 'degraded' || status === 'unknown'
    const summary = status === 'inactive' ? 'inactive: no connector has ever run it' : status
    return { state: isKnown ? status : 'down', summary }
  },

  inputsOf: ({ name, configuration }) => ({
    name,
    ...(configuration === 'local' ? { configuration: 'local' as const } : {}),
  }),
})

import { type Change, type Duration, defineResource, milliseconds, sensitive, UNKNOWN } from '@lares/core'
import * as z from 'zod'
import { CloudflareError, type Item, isCloudflareError } from '../client/index.ts'
import { cloudflareProvider } from '../provider.ts'
import { session } from './access-policy.ts'
import { idOf, nameInput, nameOf } from './names.ts'
import { attributesOf, type Kind, objectVerbs } from './objects.ts'

const inputs = z.object({
  name: nameInput,
  duration: session.default('8760h').describe('For how long it is good: a year'),
  rotation: z
    .union([z.string(), z.number()])
    .optional()
    .describe('Another value gives it another secret: `2`, `2026-11`'),
  overlap: z
    .union([z.string(), z.number()])
    .default('24h')
    .describe('For how long the old secret stays good when there is a new one; `0s` ends it at once'),
  renewBefore: z
    .union([z.string(), z.number()])
    .default('30d')
    .describe('It is good for another time of its duration when less than this is left; the secret stays'),
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  id: z.string().describe('For a rule: `{ serviceToken: backup.id }`'),
  name: z.string(),
  duration: z.string().optional(),
  clientId: z.string().describe('What a client sends as `CF-Access-Client-Id`'),
  clientSecret: sensitive(z.string())
    .optional()
    .describe('What it sends as `CF-Access-Client-Secret`. Cloudflare shows it once; the state keeps it encrypted'),
  expiresAt: z.string().optional().describe('When it ends, unless it is renewed'),
  expiresSoon: z.boolean().optional().describe('It is to be renewed'),
  secretLost: z.boolean().optional().describe('It was made, and its secret never arrived'),
})
type Attributes = z.output<typeof attributes>

const kind: Kind<Inputs> = {
  fields: { name: {}, duration: {} },
  collection: ({ serviceTokens }) => serviceTokens,
  keysOf: ({ name }) => [String(name)],
  readOnly: ['client_id', 'expires_at', 'last_seen_at'],
  tells: ({ client_id, client_secret, expires_at }) => ({
    clientId: client_id,
    ...(client_secret ? { clientSecret: client_secret } : {}),
    ...(expires_at ? { expiresAt: expires_at } : {}),
  }),
}

const verbs = objectVerbs<Inputs, Attributes>(kind)

const left = ({ expiresAt }: Attributes): number =>
  expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - Date.now()

const changeOf = (path: string, note: string, more: Partial<Change> = {}): Change => ({
  path,
  effect: 'live',
  cause: 'drifted',
  note,
  ...more,
})

/** There may be a new secret that nobody knows: what is told, because the next rotation ends the one in use. */
const maybeRotated = (error: CloudflareError): CloudflareError =>
  new CloudflareError(error.code, error.message, {
    detail: error.detail,
    advice:
      'It may have another secret already, which did not arrive. The next apply makes one more; then the one in use ends at once.',
    cause: error,
  })

/** What a machine shows in place of a login. Its secret is shown once, and kept encrypted in the state. */
export const serviceToken = defineResource({
  type: 'cloudflare.serviceToken',
  description: 'What a machine shows in place of a login; its secret is shown once and kept encrypted in the state.',
  proof: 'recorded',
  provider: cloudflareProvider,
  inputs,
  attributes,
  identity: nameOf,
  id: idOf,
  createFirst: idOf,
  predict: (wanted, owner) => ({ name: nameOf(wanted, owner) }),
  ...verbs,

  async readMany(contexts) {
    const found = await verbs.readMany(contexts)
    return found.map((each: Attributes | null | Error, i) => {
      if (each === null || each instanceof Error) return each as never
      const { recorded, interrupted, inputs: wanted } = contexts[i]!
      const isLost = recorded === undefined ? interrupted : recorded.secretLost
      const isEnding = wanted !== undefined && left(each) < milliseconds(wanted.renewBefore as Duration)
      return { ...each, ...(isLost ? { secretLost: true } : {}), ...(isEnding ? { expiresSoon: true } : {}) } as never
    })
  },

  diff(context) {
    const { observed, desired } = context
    const changes = verbs
      .diff(context)
      .map((change) =>
        change.path === 'rotation'
          ? { ...change, note: `a new secret; the old one ends after ${desired.overlap}` }
          : change,
      )
    const settings = changes.filter(({ path }) => path !== 'overlap' && path !== 'renewBefore')
    const lost = 'it was shown once and did not arrive: a new one is made'
    if (observed.secretLost || settings.some(({ path }) => path === 'rotation'))
      settings.push(
        changeOf('clientSecret', observed.secretLost ? lost : 'a new one', { secret: true, after: UNKNOWN }),
      )
    if (observed.expiresSoon) settings.push(changeOf('expiresAt', 'it is renewed', { before: observed.expiresAt }))
    return settings
  },

  async update(context) {
    const { connection, inputs: wanted, observed, changes, signal, log } = context
    const { serviceTokens } = connection
    const ask = { signal, log }
    const roots = new Set(changes.map(({ path }) => path))
    if (roots.has('name') || roots.has('duration')) await verbs.update(context)
    if (roots.has('expiresAt')) await serviceTokens.refresh(observed.id, ask)
    const now = await serviceTokens.get(observed.id, ask)
    if (!now) throw new CloudflareError('not_found', `The service token ${observed.id} is gone`)
    if (!roots.has('rotation') && !roots.has('clientSecret')) return attributesOf(kind, now)
    // Of a secret that never arrived nobody has to be given time.
    const overlap = roots.has('rotation') && !observed.secretLost ? milliseconds(wanted.overlap as Duration) : 0
    // Comes last: nothing that fails may come between the only answer that holds the secret and the state.
    const until = overlap > 0 ? new Date(Date.now() + overlap) : undefined
    const rotated = await serviceTokens.rotate(observed.id, until, ask).catch((error: unknown) => {
      throw isCloudflareError(error, 'server_error', 'connection_lost', 'timeout') ? maybeRotated(error) : error
    })
    return attributesOf(kind, { ...now, ...rotated, id: observed.id } as Item)
  },

  inputsOf: ({ name, duration }) => ({ name, ...(duration === undefined || duration === '8760h' ? {} : { duration }) }),
})

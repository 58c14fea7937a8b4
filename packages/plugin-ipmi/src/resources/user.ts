import { type Change, defineResource, fail } from '@lares/core'
import * as z from 'zod'
import { type Bmc, type BmcUser, isBmcError, type UserSpec } from '../client/index.ts'
import { ipmiProvider } from '../provider.ts'
import { password, userName } from './bmc/inputs.ts'

const privilege = z.enum(['callback', 'user', 'operator', 'administrator', 'oem', 'none'])

const inputs = z.object({
  name: userName.describe('At most 16 bytes'),
  slot: z.int().min(1).max(63).optional().describe('Which of its places it has; one that is free when absent'),
  password: password.optional().describe('At most 20 bytes, some boards take 16; needed for a new one'),
  privilege: privilege.default('user').describe('The most that it may be over the network'),
  enabled: z.boolean().default(true),
  ipmi: z.boolean().default(true).describe('It may use IPMI over the network'),
  link: z.boolean().default(true).describe('It may log in over the network'),
  callIn: z.boolean().default(true).describe('It may come in by itself, and is not only called back'),
  allowOwn: z.boolean().default(false).describe('Even where it is slot 1, or who the lab itself logs in as'),
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  name: z.string(),
  id: z.union([z.int(), z.string()]).describe('What the BMC knows it by'),
  slot: z.int().optional().describe('Absent where places are not fixed'),
  privilege: privilege.optional(),
  enabled: z.boolean().optional().describe('Absent where the BMC does not say'),
  ipmi: z.boolean().optional(),
  link: z.boolean().optional(),
  callIn: z.boolean().optional(),
  passwordFits: z.boolean().optional().describe('False: it has another password by now; absent where it cannot tell'),
})
type Attributes = z.output<typeof attributes>

interface Context {
  connection: Bmc
  signal: AbortSignal
}

async function find({ connection, signal }: Context, name: string): Promise<BmcUser | undefined> {
  const id = (await connection.users({ signal })).find((user) => user.name === name)?.id
  return id === undefined ? undefined : await connection.user(id, { signal })
}

async function look(context: Context, name: string, secret?: string): Promise<Attributes | null> {
  const { connection, signal } = context
  const found = await find(context, name)
  if (!found) return null
  const fits =
    secret === undefined
      ? undefined
      : await connection.testPassword(found.id, secret, { signal }).catch((error: unknown) => {
          if (isBmcError(error, 'unsupported', 'refused')) return undefined
          throw error
        })
  return { ...found, ...(fits === undefined ? {} : { passwordFits: fits }) }
}

/** The first slot is the anonymous user's, and whoever cuts off its own branch has no ladder. */
function refuseOwn({ connection }: Context, name: string, slot: number | undefined, allowed: boolean): void {
  if (allowed || (slot !== 1 && name !== connection.login.user)) return
  fail({
    code: 'own_login',
    path: slot === 1 ? 'slot' : 'name',
    summary: slot === 1 ? 'Slot 1 is that of the anonymous user' : `The lab itself logs in as "${name}"`,
    advice: 'Use another one; or say "allowOwn: true" if that is what you want.',
  })
}

/** The place that a new user gets; undefined where they are not fixed. The second is the administrator's on most boards. */
async function freePlace({ connection, signal }: Context, { slot }: Inputs): Promise<BmcUser | undefined> {
  const users = await connection.users({ signal })
  if (slot === undefined) {
    const free = users.find((user) => user.slot !== undefined && user.slot > 2 && user.name === '')
    if (free || connection.createUser) return free
    return fail({
      code: 'no_slot',
      path: 'name',
      summary: 'All places for users are taken',
      advice: 'Free one of them.',
    })
  }
  const place = users.find((user) => user.slot === slot)
  if (!place)
    fail({ code: 'no_slot', path: 'slot', summary: `The BMC has no place ${slot}`, advice: 'Leave "slot" out.' })
  if (place.name !== '')
    fail({
      code: 'slot_in_use',
      path: 'slot',
      summary: `Slot ${slot} is that of "${place.name}"`,
      advice: 'Leave "slot" out for one that is free, or name another.',
    })
  return place
}

const accessOf = ({ privilege, enabled, ipmi, link, callIn }: Inputs): UserSpec => ({
  ...{ privilege, enabled, ipmi, link, callIn },
})

async function seen(context: Context, wanted: Inputs): Promise<Attributes> {
  return (
    (await look(context, wanted.name, wanted.password)) ??
    fail({ code: 'not_kept', summary: 'The BMC did not keep it' })
  )
}

export const user = defineResource({
  type: 'ipmi.user',
  description: 'A user of a BMC.',
  proof: 'real',
  ownership: 'asserted',
  provider: ipmiProvider,
  inputs,
  attributes,
  identity: ({ name }) => name,
  // To know whether its password fits.
  readsInputs: true,
  replaceOn: ['name', 'slot'],
  whenUnset: 'release',
  predict: ({ name, slot }) => ({ name, ...(slot === undefined ? {} : { slot }) }),
  timeouts: { read: '10m', create: '10m', update: '10m', delete: '10m' },

  read: (context) => look(context, context.identity, context.inputs?.password),

  async create(context) {
    const { connection, inputs: wanted, signal } = context
    // A creation that had no answer may have happened.
    const place = (await find(context, wanted.name)) ?? (await freePlace(context, wanted))
    refuseOwn(context, wanted.name, place?.slot ?? wanted.slot, wanted.allowOwn)
    const { name, password } = wanted
    if (password === undefined)
      fail({
        code: 'no_password',
        path: 'password',
        summary: 'A new user needs a password',
        advice: 'Say one: secret.env("NAME")',
      })
    const spec = { name, password, ...accessOf(wanted) }
    await (place ? connection.setUser(place.id, spec, { signal }) : connection.createUser!(spec, { signal }))
    return await seen(context, wanted)
  },

  async update(context) {
    const { connection, inputs: wanted, observed, changes, signal } = context
    refuseOwn(context, wanted.name, observed.slot, wanted.allowOwn)
    const isNew = changes.some(({ path }) => path === 'password')
    const spec = { ...accessOf(wanted), ...(isNew ? { password: wanted.password } : {}) }
    await connection.setUser(observed.id, spec, { signal })
    return await seen(context, wanted)
  },

  async delete(context) {
    const { connection, identity, inputs: last, signal } = context
    const found = await find(context, identity)
    if (!found) return
    refuseOwn(context, identity, found.slot, last?.allowOwn ?? false)
    await connection.clearUser(found.id, { signal })
  },

  diff({ diff, observed, recorded }): Change[] {
    const unseen = (['enabled', 'privilege', 'ipmi', 'link', 'callIn'] as const).filter(
      (name) => observed[name] === undefined,
    )
    // Of one that was found it is known by trying alone.
    const fits = recorded === undefined && observed.passwordFits === true ? (['password'] as const) : []
    const changes = diff({ skip: ['allowOwn', ...unseen, ...fits] })
    if (observed.passwordFits === false && !changes.some(({ path }) => path === 'password'))
      changes.push({
        path: 'password',
        effect: 'live',
        cause: 'drifted',
        secret: true,
        note: 'it has another one by now',
      })
    return changes
  },

  async list(connection, signal) {
    const users = (await connection.users({ signal })).filter(({ name }) => name !== '')
    return users.map((each) => ({ identity: each.name, name: each.name, attributes: { ...each } }))
  },
  inputsOf: ({ id: _, slot: __, passwordFits: ___, enabled = true, ...rest }) => ({ ...rest, enabled }),
})

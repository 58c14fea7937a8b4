import {
  type Change,
  type DiffContext,
  defineResource,
  isUnknown,
  type ReadContext,
  sensitive,
  UNKNOWN,
} from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import * as z from 'zod'
import { addUser, changeUser, finishHome, readUsers, removeUser, type UserSpec } from '../client/users.ts'

export const accountName = z
  .string()
  .regex(/^[a-z_][a-z0-9_.-]*\$?$/i, 'Expected a name of letters, digits, ".", "_" and "-"')
const field = z.string().regex(/^[^:\n]*$/, 'Expected no colon and no line break')
const key = z.string().regex(/^[^\n]+\n?$/, 'Expected one line of authorized_keys')

const inputs = z.object({
  name: accountName.optional().describe("Name; the resource's own when absent"),
  uid: z.number().int().min(0).optional().describe('Number; the next free one when absent'),
  group: z.string().optional().describe('Primary group; one of its own when absent'),
  groups: z.array(z.string()).optional().describe('Further groups; others that it is in stay'),
  exclusiveGroups: z.boolean().default(false).describe('It is in no other groups than `groups`'),
  comment: field.optional().describe('Full name'),
  home: field.startsWith('/').optional().describe('Home directory; nothing is moved when it changes'),
  createHome: z.boolean().optional().describe('Make the home; true unless `system`'),
  shell: field.startsWith('/').optional().describe('Login shell'),
  system: z.boolean().default(false).describe('An account of a program, with a low number'),
  passwordHash: sensitive(field.min(1))
    .optional()
    .describe('Hash of the password, from `openssl passwd -6`; `!` lets nobody in by password'),
  authorizedKeys: z.array(key).optional().describe('Public keys that may log in; others that are there stay'),
  exclusiveKeys: z.boolean().default(false).describe('No other keys than `authorizedKeys` may log in'),
  removeHome: z.boolean().default(false).describe('Deleting the user deletes its home and mail, too'),
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  name: z.string(),
  uid: z.number(),
  gid: z.number(),
  group: z.string(),
  groups: z.array(z.string()),
  comment: z.string(),
  home: z.string(),
  homeUnfinished: z
    .literal(true)
    .optional()
    .describe("It is empty and root's still: `useradd` was ended before it was done"),
  shell: z.string(),
  passwordHash: sensitive(z.string()).optional().describe('Where it is given'),
  authorizedKeys: z.array(z.string()),
})
type Attributes = z.output<typeof attributes>

/** Whose password is nobody's concern, its hash isn't read either: what was read is recorded. */
const hashOf = (name: string, wanted: Inputs | undefined): string[] =>
  wanted === undefined || wanted.passwordHash !== undefined ? [name] : []

async function readMany(contexts: readonly ReadContext<Inputs, Attributes, Host>[]) {
  const { connection, signal } = contexts[0]!
  const names = [...new Set(contexts.map(({ identity }) => identity))]
  const hashesOf = contexts.flatMap(({ identity, inputs: wanted }) => hashOf(identity, wanted))
  const found = await readUsers(connection, names, { hashesOf, signal })
  return contexts.map(({ identity }) => found.get(identity) ?? null)
}

/** What a list is to be: all of it, or what is there without what we had put in and no longer want. */
function merged(
  { desired, set, recorded, observed }: DiffContext<Inputs, Attributes>,
  name: 'groups' | 'authorizedKeys',
  exclusive: boolean,
): string[] | typeof UNKNOWN | undefined {
  const before = recorded?.[name]
  if (!(name in set) && before === undefined) return undefined
  const wanted: unknown = desired[name] ?? []
  if (isUnknown(wanted) || (wanted as unknown[]).some(isUnknown)) return UNKNOWN
  const want = (wanted as string[]).map((each) => each.trim())
  if (exclusive && name in set) return [...new Set(want)]
  const dropped = new Set(
    Array.isArray(before) ? before.flatMap((each) => (typeof each === 'string' ? [each.trim()] : [])) : [],
  )
  return [...new Set([...observed[name].filter((each) => want.includes(each) || !dropped.has(each)), ...want])]
}

function listChange(
  context: DiffContext<Inputs, Attributes>,
  name: 'groups' | 'authorizedKeys',
  exclusive: boolean,
): Change[] {
  const after = merged(context, name, exclusive)
  if (after === undefined) return []
  const before = context.observed[name]
  const sorted = (list: readonly string[]) => JSON.stringify([...list].sort())
  if (Array.isArray(after) && sorted(after) === sorted(before)) return []
  const inRecord = JSON.stringify(context.recorded?.[name]) === JSON.stringify(context.set[name])
  return [{ path: name, before, after, effect: 'live', cause: inRecord ? 'drifted' : 'changed' }]
}

/** Only what changes. */
const specOf = (changes: readonly Change[]): UserSpec =>
  Object.fromEntries(changes.filter(({ after }) => after !== undefined).map(({ path, after }) => [path, after]))

/** Numbers of people. What is root's and empty at an account of a program, as /run/sshd, is meant to be so. */
const FIRST_UID = 1000

const needsHome = ({ createHome, system }: Inputs, { homeUnfinished, uid }: Attributes): boolean =>
  homeUnfinished === true && uid >= FIRST_UID && (createHome ?? !system) === true

const unfinished: Change = { path: 'homeUnfinished', before: true, effect: 'live', cause: 'drifted' }

async function look(
  connection: Host,
  name: string,
  wanted: Inputs,
  signal: AbortSignal,
): Promise<z.input<typeof attributes>> {
  const found = (await readUsers(connection, [name], { hashesOf: hashOf(name, wanted), signal })).get(name)
  if (!found) throw new Error(`There is no user ${name} any more`)
  return found
}

export const user = defineResource({
  type: 'host.user',
  description: 'A user of the host, with its groups and the keys that may log in',
  proof: 'real',
  ownership: 'asserted',
  provider: hostProvider,
  inputs,
  attributes,
  identity: ({ name }, owner) => name ?? owner.address,
  replaceOn: ['name'],
  whenUnset: 'release',
  predict: ({ name }, owner) => ({ name: name ?? owner.address }),
  claims: ({ name }) => (name === undefined ? [] : [{ kind: 'user', scope: 'connection', key: name }]),
  readMany,

  diff(context) {
    const { desired, diff, observed } = context
    const creation = ['createHome', 'system', 'removeHome', 'exclusiveGroups', 'exclusiveKeys']
    const unseen = observed.passwordHash === undefined ? ['passwordHash'] : []
    return [
      ...diff({ skip: [...creation, ...unseen, 'groups', 'authorizedKeys'] }),
      ...listChange(context, 'groups', desired.exclusiveGroups),
      ...listChange(context, 'authorizedKeys', desired.exclusiveKeys),
      ...(needsHome(desired, observed) ? [unfinished] : []),
    ]
  },

  async create({ connection, inputs: wanted, owner, signal }) {
    const name = wanted.name ?? owner.address
    // A creation that had no answer may have happened.
    const there = (await readUsers(connection, [name], { signal })).get(name)
    if (there && needsHome(wanted, there)) await finishHome(connection, name, signal)
    await (there ? changeUser : addUser)(connection, name, wanted, signal)
    return await look(connection, name, wanted, signal)
  },

  async update({ connection, inputs: wanted, owner, changes, signal }) {
    const name = wanted.name ?? owner.address
    if (changes.some(({ path }) => path === unfinished.path)) await finishHome(connection, name, signal)
    await changeUser(connection, name, specOf(changes), signal)
    return await look(connection, name, wanted, signal)
  },

  async delete({ connection, identity, inputs: last, signal }) {
    await removeUser(connection, identity, { removeHome: last?.removeHome ?? false, signal })
  },

  async list(connection, signal) {
    const { stdout } = await connection.ask('getent passwd 2>/dev/null || cat /etc/passwd', { signal })
    const people = stdout.split('\n').flatMap((line) => {
      const [name = '', , uid] = line.split(':')
      return Number(uid) >= 1000 && Number(uid) < 60_000 ? [name] : []
    })
    const found = await readUsers(connection, people, { signal })
    return [...found.values()].map((each) => ({ identity: each.name, name: each.name, attributes: each }))
  },

  inputsOf: ({ name, uid, groups, comment, home, shell, authorizedKeys }) => ({
    ...{ name, uid, home, shell },
    ...(groups.length > 0 ? { groups } : {}),
    ...(comment === '' ? {} : { comment }),
    ...(authorizedKeys.length > 0 ? { authorizedKeys } : {}),
  }),
})

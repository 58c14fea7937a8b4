import { defineResource, type ReadContext } from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import * as z from 'zod'
import { addGroup, changeGroup, readGroups, removeGroup } from '../client/users.ts'
import { accountName } from './user.ts'

const inputs = z.object({
  name: accountName.optional().describe("Name; the resource's own when absent"),
  gid: z.number().int().min(0).optional().describe('Number; the next free one when absent'),
  system: z.boolean().default(false).describe('A group of a program, with a low number'),
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({ name: z.string(), gid: z.number() })
type Attributes = z.output<typeof attributes>

async function readMany(contexts: readonly ReadContext<Inputs, Attributes, Host>[]) {
  const { connection, signal } = contexts[0]!
  const found = await readGroups(connection, [...new Set(contexts.map(({ identity }) => identity))], signal)
  return contexts.map(({ identity }) => found.get(identity) ?? null)
}

async function look(connection: Host, name: string, signal: AbortSignal): Promise<z.input<typeof attributes>> {
  const found = (await readGroups(connection, [name], signal)).get(name)
  if (!found) throw new Error(`There is no group ${name} any more`)
  return found
}

export const group = defineResource({
  type: 'host.group',
  description: 'A group of users; who is in it is said with each user',
  proof: 'real',
  ownership: 'asserted',
  provider: hostProvider,
  inputs,
  attributes,
  identity: ({ name }, owner) => name ?? owner.address,
  replaceOn: ['name'],
  whenUnset: 'release',
  predict: ({ name }, owner) => ({ name: name ?? owner.address }),
  readMany,
  diff: ({ diff }) => diff({ skip: ['system'] }),

  async create({ connection, inputs: wanted, owner, signal }) {
    const name = wanted.name ?? owner.address
    const there = (await readGroups(connection, [name], signal)).get(name)
    if (!there) await addGroup(connection, name, wanted, signal)
    else if (wanted.gid !== undefined && wanted.gid !== there.gid)
      await changeGroup(connection, name, wanted.gid, signal)
    return await look(connection, name, signal)
  },

  async update({ connection, inputs: wanted, owner, signal }) {
    const name = wanted.name ?? owner.address
    if (wanted.gid !== undefined) await changeGroup(connection, name, wanted.gid, signal)
    return await look(connection, name, signal)
  },

  delete: ({ connection, identity, signal }) => removeGroup(connection, identity, signal),
})

import { type CreateContext, defineResource, type ReadContext } from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import * as z from 'zod'
import { makeDirectory, removeDirectory, setAccess } from '../client/files.ts'
import { readPaths } from '../client/paths.ts'
import { type Access, accessAttributes, accessIn, accessInputs, accessOf, asObserved, pathInput } from './place.ts'

const inputs = z.object({
  path: pathInput.describe('Where it is on the host; its parents are made, too'),
  ...accessInputs,
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({ path: z.string(), ...accessAttributes })
type Attributes = z.output<typeof attributes>

async function readMany(contexts: readonly ReadContext<Inputs, Attributes, Host>[]) {
  const { connection, signal } = contexts[0]!
  const paths = [...new Set(contexts.map(({ identity }) => identity))]
  const found = await readPaths(connection, paths, { signal })
  return contexts.map(({ identity }): z.input<typeof attributes> | null | Error => {
    const state = found.get(identity)
    if (!state || state instanceof Error) return state ?? null
    if (state.kind === 'directory') return { path: identity, ...accessOf(state) }
    return Object.assign(new Error(`${identity} is no directory`), {
      code: 'not_a_directory',
      advice: 'Give the directory another path, or move away by hand what is there.',
    })
  })
}

async function settle({ connection, inputs: { path }, signal }: CreateContext<Inputs, Host>, access: Access) {
  await setAccess(connection, path, access, signal)
  const state = (await readPaths(connection, [path], { signal })).get(path)
  if (!state || state instanceof Error) throw state ?? new Error(`${path} is gone again`)
  return { path, ...accessOf(state) }
}

export const directory = defineResource({
  type: 'host.directory',
  description: 'A directory; what is in it is never touched',
  proof: 'real',
  ownership: 'asserted',
  provider: hostProvider,
  inputs,
  attributes,
  identity: ({ path }) => path,
  replaceOn: ['path'],
  createFirst: true,
  whenUnset: 'release',
  predict: ({ path }) => ({ path }),
  claims: ({ path }) => [{ kind: 'path', scope: 'connection', key: path }],
  readMany,
  diff: ({ desired, observed, diff }) => diff({ desired: asObserved(desired, observed) }),

  async create(context) {
    await makeDirectory(context.connection, context.inputs.path, context.signal)
    return await settle(context, context.inputs)
  },

  update: (context) => settle(context, accessIn(context.changes, context.inputs)),

  async delete({ connection, identity, signal, log }) {
    if (!(await removeDirectory(connection, identity, signal))) log(`${identity} is not empty, so it stays`)
  },
})

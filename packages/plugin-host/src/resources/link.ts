import { defineResource, type ReadContext } from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import * as z from 'zod'
import { putLink, removeLink } from '../client/files.ts'
import { readPaths } from '../client/paths.ts'
import { pathInput } from './place.ts'

const inputs = z.object({
  path: pathInput.describe('Where the link is on the host'),
  target: z
    .string()
    .regex(/^[^\p{Cc}|]+$/u, 'Expected a path without control characters')
    .describe('Where it leads: absolute, or relative to its own directory. It need not exist.'),
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({ path: z.string(), target: z.string() })
type Attributes = z.output<typeof attributes>

async function readMany(contexts: readonly ReadContext<Inputs, Attributes, Host>[]) {
  const { connection, signal } = contexts[0]!
  const paths = [...new Set(contexts.map(({ identity }) => identity))]
  const found = await readPaths(connection, paths, { links: true, signal })
  return contexts.map(({ identity }): z.input<typeof attributes> | null | Error => {
    const state = found.get(identity)
    if (!state || state instanceof Error) return state ?? null
    if (state.kind === 'link') return { path: identity, target: state.target ?? '' }
    return Object.assign(new Error(`${identity} is no symbolic link`), {
      code: 'not_a_link',
      advice: 'Give the link another path, or move away by hand what is there.',
    })
  })
}

export const link = defineResource({
  type: 'host.link',
  description: 'A symbolic link',
  proof: 'real',
  ownership: 'asserted',
  provider: hostProvider,
  inputs,
  attributes,
  identity: ({ path }) => path,
  replaceOn: ['path'],
  createFirst: true,
  predict: ({ path, target }) => ({ path, target }),
  claims: ({ path }) => [{ kind: 'path', scope: 'connection', key: path }],
  readMany,

  async create({ connection, inputs: { path, target }, signal }) {
    await putLink(connection, path, target, signal)
    return { path, target }
  },

  async update({ connection, inputs: { path, target }, signal }) {
    await putLink(connection, path, target, signal)
    return { path, target }
  },

  delete: ({ connection, identity, signal }) => removeLink(connection, identity, signal),
})

import { type CreateContext, defineResource } from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import * as z from 'zod'
import { editText, lineIn, readText, withLine, withoutLine } from '../client/text.ts'
import { excerptInputs, pattern } from './excerpt.ts'

const inputs = z.object({
  path: excerptInputs.path,
  line: z
    .string()
    .regex(/^[^\n]+$/, 'Expected one line')
    .describe('The line that must be there'),
  match: pattern.optional().describe('A regular expression: the last line that it matches is replaced'),
  position: excerptInputs.position,
  validate: excerptInputs.validate,
  backup: excerptInputs.backup,
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({ path: z.string(), line: z.string().describe('The line as it stands there') })

async function write({ connection, inputs: wanted, signal }: CreateContext<Inputs, Host>) {
  const { path, line, match, position, validate, backup } = wanted
  await editText(connection, path, (text) => withLine(text, line, match, position), { validate, backup, signal })
  return { path, line }
}

export const fileLine = defineResource({
  type: 'host.fileLine',
  description: 'One line of a file that is not ours',
  proof: 'real',
  ownership: 'asserted',
  provider: hostProvider,
  inputs,
  attributes,
  identity: ({ path, line, match }) => `${path} ${match ?? line}`,
  readsInputs: true,
  predict: ({ path, line }) => ({ path, line }),

  async read({ connection, identity, inputs: wanted, recorded, signal }) {
    const path = wanted?.path ?? recorded?.path ?? identity.slice(0, identity.indexOf(' '))
    const line = wanted?.line ?? recorded?.line
    if (line === undefined) return null
    const { text } = await readText(connection, path, signal)
    const found = text === null ? null : lineIn(text, line, wanted?.match)
    return found === null ? null : { path, line: found }
  },

  diff: ({ diff }) => diff({ skip: ['match', 'position', 'validate', 'backup'] }),
  create: write,
  update: write,

  async delete({ connection, observed, inputs: last, signal }) {
    const { path, line } = observed
    await editText(connection, path, (text) => withoutLine(text, line), { backup: last?.backup, signal })
  },
})

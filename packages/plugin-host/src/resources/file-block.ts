import { type CreateContext, defineResource, type Owner } from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import * as z from 'zod'
import { blockIn, editText, marksOf, readText, withBlock, withoutBlock } from '../client/text.ts'
import { excerptInputs } from './excerpt.ts'

const inputs = z.object({
  path: excerptInputs.path,
  content: z.string().describe('The lines of the block'),
  comment: z
    .string()
    .regex(/^\S+( \S+)?$/, 'Expected what begins a comment, such as "#", or both ends of one: "<!-- -->"')
    .default('#')
    .describe('How a comment is written in that file: `#`, `;`, `//`, or both ends of one: `<!-- -->`'),
  position: excerptInputs.position,
  validate: excerptInputs.validate,
  backup: excerptInputs.backup,
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  path: z.string(),
  content: z.string().describe('What stands between the marks'),
})

const nameOf = ({ lab, address }: Owner) => `${lab}/${address}`
const ended = (content: string) => (content === '' || content.endsWith('\n') ? content : `${content}\n`)

async function write({ connection, inputs: wanted, owner, signal }: CreateContext<Inputs, Host>) {
  const { path, content, comment, position, validate, backup } = wanted
  const edit = (text: string) => withBlock(text, marksOf(nameOf(owner), comment), ended(content), position)
  await editText(connection, path, edit, { validate, backup, signal })
  return { path, content }
}

export const fileBlock = defineResource({
  type: 'host.fileBlock',
  description: 'Some lines of a file that is not ours, between two comments that name this resource',
  proof: 'real',
  ownership: 'shared',
  provider: hostProvider,
  inputs,
  attributes,
  identity: ({ path, comment }, owner) => `${path} ${marksOf(nameOf(owner), comment).begin}`,
  replaceOn: ['path', 'comment'],
  predict: ({ path, content }) => ({ path, content }),

  async read({ connection, identity, inputs: wanted, signal }) {
    const space = identity.indexOf(' ')
    const [path, begin] = [identity.slice(0, space), identity.slice(space + 1)]
    const { text } = await readText(connection, path, signal)
    const content = text === null ? null : blockIn(text, { begin, end: begin.replace(' BEGIN ', ' END ') })
    if (content === null) return null
    // The line break at the end may be written or not.
    return { path, content: wanted && ended(wanted.content) === content ? wanted.content : content }
  },

  // Where it stands is for its reader to move.
  diff: ({ diff }) => diff({ skip: ['position', 'validate', 'backup'] }),
  create: write,
  update: write,

  async delete({ connection, identity, inputs: last, signal }) {
    const space = identity.indexOf(' ')
    const begin = identity.slice(space + 1)
    const edit = (text: string) => withoutBlock(text, { begin, end: begin.replace(' BEGIN ', ' END ') })
    await editText(connection, identity.slice(0, space), edit, { backup: last?.backup, signal })
  },
})

import {
  type Change,
  type CreateContext,
  defineResource,
  fail,
  isUnknown,
  type ReadContext,
  UNKNOWN,
} from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import * as z from 'zod'
import { putFile, removeFile, setAccess } from '../client/files.ts'
import { asText, digestOf, type PathState, readPaths } from '../client/paths.ts'
import { accessAttributes, accessIn, accessInputs, accessOf, asObserved, pathInput } from './place.ts'
import { bytesOf } from './source.ts'

const inputs = z
  .object({
    path: pathInput.describe('Where it is on the host'),
    content: z.string().optional().describe('What it holds; a secret in it makes all of it secret'),
    source: z
      .string()
      .min(1)
      .optional()
      .describe('A file beside the config that it is a copy of, in place of `content`'),
    values: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe('The source is a template: what stands for each `{{name}}` in it'),
    ...accessInputs,
    validate: z
      .string()
      .includes('%s')
      .optional()
      .describe('A command that must agree with the new content first; `%s` is a file that holds it: `visudo -cf %s`'),
    backup: z.boolean().default(true).describe('Keep what it held before in `/var/lib/lares/backup`'),
  })
  .superRefine(({ content, source, values }, context) => {
    if (content !== undefined && source !== undefined)
      context.addIssue({ code: 'custom', path: ['source'], message: '"content" and "source" exclude each other' })
    if (values && source === undefined)
      context.addIssue({ code: 'custom', path: ['values'], message: '"values" needs "source"' })
  })
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  path: z.string(),
  digest: z.string().describe('SHA-256 of the content, in hex; changes with it'),
  size: z.number().describe('Bytes'),
  ...accessAttributes,
  content: z.string().optional().describe('What it holds where that is not what is wanted, as far as it is text'),
  wanted: z.string().optional().describe('What `source` holds in that case'),
})
type Attributes = z.output<typeof attributes>
type Context = ReadContext<Inputs, Attributes, Host>

export interface Prepared {
  digest: string | null
}

/** What is wanted, where that is known and can be had at the time of reading. */
async function wantedBy({ inputs: wanted, signal }: Context): Promise<{ digest: string; text?: string } | undefined> {
  // What a template makes may hold secrets that nobody marked, so it is not shown.
  if (!wanted || wanted.values) return undefined
  const bytes = await bytesOf(wanted, signal).catch(() => undefined)
  if (!bytes) return undefined
  const text = wanted.source === undefined ? undefined : asText(bytes)
  return { digest: digestOf(bytes), ...(text === undefined ? {} : { text }) }
}

async function readMany(contexts: readonly Context[]): Promise<(z.input<typeof attributes> | null | Error)[]> {
  const { connection, signal } = contexts[0]!
  const wanted = await Promise.all(contexts.map(wantedBy))
  const expected = wanted.flatMap((each) => (each ? [each.digest] : []))
  const paths = [...new Set(contexts.map(({ identity }) => identity))]
  const found = await readPaths(connection, paths, { expected, signal })
  return contexts.map(({ identity }, index) => {
    const state = found.get(identity)
    if (!state || state instanceof Error) return state ?? null
    if (state.kind === 'directory' || state.kind === 'other')
      return Object.assign(new Error(`${identity} is ${state.kind === 'directory' ? 'a directory' : 'no file'}`), {
        code: 'not_a_file',
        advice: 'Give the file another path, or move away by hand what is there.',
      })
    const want = wanted[index]
    const differs = want !== undefined && want.digest !== state.digest
    return {
      ...attributesOf(identity, state),
      ...(differs && state.text !== undefined ? { content: state.text } : {}),
      ...(differs && want.text !== undefined ? { wanted: want.text } : {}),
    }
  })
}

// A link is replaced by the file, so it holds nothing.
const attributesOf = (path: string, state: PathState) => ({
  path,
  digest: state.digest ?? '',
  size: state.size,
  ...accessOf(state),
})

async function write(context: CreateContext<Inputs, Host, unknown, Prepared>, foreign: boolean): Promise<void> {
  const { connection, inputs: wanted, prepared, signal } = context
  const bytes = (await bytesOf(wanted, signal)) ?? new Uint8Array()
  const digest = prepared?.digest ?? undefined
  if (digest !== undefined && digestOf(bytes) !== digest)
    fail({
      code: 'source_changed',
      path: 'source',
      summary: `${wanted.source} has changed since`,
      advice: 'Plan again.',
    })
  const { path, owner, group, validate, backup, mode } = wanted
  const bits = mode === undefined ? undefined : Number.parseInt(mode, 8)
  await putFile(connection, path, bytes, { mode: bits, ...{ owner, group, validate, backup, foreign, signal } })
}

async function look({ connection, inputs: { path }, signal }: CreateContext<Inputs, Host, unknown, Prepared>) {
  const state = (await readPaths(connection, [path], { expected: [], signal })).get(path)
  if (!state || state instanceof Error) throw state ?? new Error(`${path} is gone again`)
  return attributesOf(path, state)
}

const isOurs = (changes: readonly Change[]) => changes.some(({ path }) => path === 'digest')

export const file = defineResource({
  type: 'host.file',
  description: 'A file with its content, mode and owner',
  proof: 'real',
  ownership: 'asserted',
  provider: hostProvider,
  inputs,
  attributes,
  identity: ({ path }) => path,
  replaceOn: ['path'],
  createFirst: true,
  whenUnset: 'release',
  predict: ({ path, content }) => ({ path, ...(content === undefined ? {} : { digest: digestOf(content) }) }),
  claims: ({ path }) => [{ kind: 'path', scope: 'connection', key: path }],
  readMany,

  async prepare({ inputs: wanted, signal }) {
    const bytes = wanted.source === undefined ? undefined : await bytesOf(wanted, signal)
    return { digest: bytes ? digestOf(bytes) : null }
  },

  diff({ desired, observed, prepared, recordedAttributes, diff }) {
    const skip = ['content', 'source', 'values', 'validate', 'backup']
    const changes = diff({ desired: asObserved(desired, observed), skip })
    const { content, source } = desired
    const digest = isUnknown(content)
      ? UNKNOWN
      : content === undefined
        ? (prepared?.digest ?? (source === undefined ? observed.digest : UNKNOWN))
        : digestOf(content)
    if (digest === observed.digest) return changes
    const cause = digest === recordedAttributes?.digest ? 'drifted' : 'changed'
    const texts = { before: observed.content, after: content ?? observed.wanted }
    const shown = texts.before !== undefined && texts.after !== undefined
    const nested: Change[] = shown ? [{ path: 'content', ...texts, effect: 'live', cause }] : []
    return [
      { path: 'digest', before: observed.digest, after: digest, effect: 'live', cause, nested } as Change,
      ...changes,
    ]
  },

  async create(context) {
    await write(context, true)
    return await look(context)
  },

  async update(context) {
    const { connection, inputs: wanted, changes, signal } = context
    if (isOurs(changes)) await write(context, false)
    else await setAccess(connection, wanted.path, accessIn(changes, wanted), signal)
    return await look(context)
  },

  async delete({ connection, identity, inputs: last, signal }) {
    await removeFile(connection, identity, { backup: last?.backup ?? true, signal })
  },
})

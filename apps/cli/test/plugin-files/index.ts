import { rm, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  defineComposite,
  definePlugin,
  defineResource,
  type Health,
  type InUse,
  interpolate,
  type Owner,
} from '@lares/core'
import { z } from 'zod'
import { makeDirectory, type Shelf, shelfProvider } from './shelf.ts'

const owner = z.object({ lab: z.string(), address: z.string() }).optional()

const shelf = defineResource({
  type: 'files.shelf',
  description: 'A directory that holds notes and boxes',
  inputs: z.object({ path: z.string() }),
  attributes: z.object({ path: z.string() }),
  identity: ({ path }) => path,
  ownership: 'asserted',
  replaceOn: ['path'],
  read: async ({ identity }) =>
    await stat(identity).then(
      () => ({ path: identity }),
      () => null,
    ),
  async create({ inputs }) {
    await makeDirectory(inputs.path)
    return { path: inputs.path }
  },
  delete: async ({ identity }) => await rm(identity, { recursive: true }),
  provides: { provider: shelfProvider, endpoint: ({ attributes }) => attributes && { directory: attributes.path } },
})

const noteInputs = z.object({
  name: z.string(),
  text: z.string(),
  /** Makes a new note when it changes. */
  format: z.enum(['plain', 'markdown']).default('plain'),
  tags: z.array(z.object({ key: z.string(), weight: z.number() })).optional(),
  token: z.string().optional(),
  /** Writing it takes that many milliseconds. */
  slow: z.number().optional(),
  fails: z.string().optional(),
})
const noteAttributes = noteInputs.extend({ length: z.number(), owner })

const noteOf = (body: Record<string, unknown>, mark: Owner | undefined) =>
  ({ ...body, length: String(body['text']).length, owner: mark }) as z.input<typeof noteAttributes>

async function write(
  {
    connection,
    owner: mark,
    inputs,
    log,
  }: { connection: Shelf; owner: Owner; inputs: z.output<typeof noteInputs>; log(m: string): void },
  signal: AbortSignal,
) {
  if (inputs.slow !== undefined) {
    log('writing slowly')
    await sleep(inputs.slow, undefined, { signal })
  }
  if (inputs.fails !== undefined) throw Object.assign(new Error(inputs.fails), { code: 'ink_empty' })
  await connection.write(inputs.name, { owner: mark, body: { ...inputs } })
  return noteOf({ ...inputs }, mark)
}

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const edition = { kind: 'edition', newer: [] }

/** What newer there is of a note, by its text. */
const editions: Record<string, (token: string | undefined) => (InUse | Error)[]> = {
  newest: () => [{ ...edition, name: 'atlas:3.1', version: '3.1', digest: digest('a') }],
  moved: () => [{ ...edition, name: 'atlas:latest', digest: digest('a'), newDigest: digest('b') }],
  old: () => [
    {
      ...edition,
      name: 'atlas:1.2.3',
      version: '1.2.3',
      newer: [
        { version: '1.2.9', name: 'atlas:1.2.9', step: 'patch' },
        { version: '1.4.0', name: 'atlas:1.4.0', step: 'minor' },
        { version: '3.1.0', name: 'atlas:3.1.0', step: 'major' },
      ],
    },
  ],
  handmade: () => [{ ...edition, name: 'atlas:mine', note: 'made by hand' }],
  lost: (token) => [
    { ...edition, name: 'atlas:9', note: 'the publisher could not be asked' },
    Object.assign(new Error(`the publisher knows no ${token}`), { code: 'unauthorized', advice: 'Ask at the desk.' }),
  ],
  collection: () => [
    { ...edition, part: 'maps', name: 'maps:2.0', newer: [{ version: '2.1', name: 'maps:2.1', step: 'minor' }] },
    { ...edition, part: 'index', name: 'index:1' },
    { ...edition, part: 'notes', name: 'notes:1', newDigest: digest('c') },
  ],
}

/** How a note is doing, by its text. */
const conditions: Record<string, (token: string | undefined) => Health> = {
  torn: () => ({ state: 'down', summary: 'torn in two' }),
  worn: (token) => ({
    state: 'degraded',
    summary: 'hard to read',
    alerts: [{ name: 'ink', severity: 'warning', summary: `only ${token} can be read` }],
  }),
}

const note = defineResource({
  type: 'files.note',
  description: 'A text in a JSON file',
  provider: shelfProvider,
  inputs: noteInputs,
  attributes: noteAttributes,
  identity: ({ name }) => name,
  replaceOn: ['format'],
  restartOn: ['tags'],
  async read({ connection, identity }) {
    const sheet = await connection.read(identity)
    return sheet && noteOf(sheet.body, sheet.owner)
  },
  create: async (context) => await write(context, context.signal),
  update: async (context) => await write(context, context.signal),
  delete: async ({ connection, identity }) => await connection.remove(identity),
  owner: (attributes) => attributes.owner,
  async list(connection) {
    const found = []
    for (const name of await connection.names()) {
      const sheet = await connection.read(name)
      if (sheet && 'text' in sheet.body)
        found.push({ identity: name, name, attributes: noteOf(sheet.body, sheet.owner) })
    }
    return found
  },
  inputsOf: ({ name, text }) => ({ name, text }),
  outdated: async ({ observed: { text }, inputs }) => (editions[text] ?? (() => []))(inputs?.token),
  async health({ observed: { text }, inputs }) {
    if (text === 'illegible') throw Object.assign(new Error('nobody can read it'), { code: 'illegible' })
    return conditions[text]?.(inputs?.token) ?? { state: 'healthy', summary: 'legible' }
  },
  async check({ inputs: { text, token }, warn }) {
    if (text !== 'faded') return
    warn({ code: 'bright', summary: 'The sun shines on it', detail: `It is ${token}.`, advice: 'Draw the curtain.' })
    warn({ code: 'damp', summary: 'It is damp there' })
  },
  actions: {
    show: {
      description: 'Show its text',
      readOnly: true,
      options: z.object({
        loud: z.boolean().optional().describe('In capitals'),
        lines: z.coerce.number().int().positive().optional().describe('Only so many lines'),
      }),
      run: async ({ observed: { text }, options: { loud, lines }, write }) => {
        const shown = text.split('\n').slice(0, lines).join('\n')
        write(`${loud ? shown.toUpperCase() : shown}\n`, 'stdout')
      },
    },
    append: {
      description: 'Write more into it, from standard input when no words are given',
      words: 'WORD...',
      async run({ connection, identity, words, input, write }) {
        const sheet = (await connection.read(identity))!
        let piped = ''
        if (words[0] === 'input') for await (const chunk of input ?? []) piped += Buffer.from(chunk).toString()
        const text = `${sheet.body['text']} ${piped || words.join(' ')}`
        await connection.write(identity, { ...sheet, body: { ...sheet.body, text } })
        write('appended\n', 'stderr')
        return words.includes('fail') ? 7 : 0
      },
    },
  },
})

const box = defineResource({
  type: 'files.box',
  description: 'A file that holds data',
  provider: shelfProvider,
  inputs: z.object({ name: z.string() }),
  attributes: z.object({ name: z.string(), owner }),
  identity: ({ name }) => name,
  stateful: true,
  async read({ connection, identity }) {
    const sheet = await connection.read(identity)
    return sheet && { name: identity, owner: sheet.owner }
  },
  async create({ connection, inputs, owner: mark }) {
    await connection.write(inputs.name, { owner: mark, body: { precious: true } })
    return { name: inputs.name, owner: mark }
  },
  delete: async ({ connection, identity }) => await connection.remove(identity),
  owner: (attributes) => attributes.owner,
})

const album = defineComposite({
  type: 'files.album',
  description: 'A box of pictures, a cover, and a note that says where it is',
  provider: shelfProvider,
  inputs: z.object({ name: z.string(), title: z.string().default('Pictures'), slow: z.number().optional() }),
  attributes: z.object({ title: z.string() }),
  expand({ inputs: { name, title, slow }, part }) {
    const pictures = part('pictures', box, { name: interpolate`${name}-pictures` })
    const cover = part('cover', note, { name, text: title, slow }, { dependsOn: [pictures] })
    part('sign', note, { name: interpolate`${name}-sign`, text: interpolate`see ${cover.text}` })
    return { title: cover.text }
  },
})

export default definePlugin({
  name: 'files',
  package: 'lares-plugin-files',
  version: '1.2.3',
  resources: { shelf, note, box, album },
})

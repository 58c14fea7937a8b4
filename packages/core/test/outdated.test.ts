import { expect, it } from 'vitest'
import { z } from 'zod'
import {
  createEngine,
  defineComposite,
  defineLab,
  definePlugin,
  defineProvider,
  defineResource,
  labKey,
  secret,
} from '../src/index.ts'
import { memoryStore } from '../src/testing/index.ts'
import { refusal } from './bench.ts'

/** Shelves of books; a publisher, who is asked as seldom as possible, knows their editions. */
function library() {
  const asked: string[] = []
  const there = new Map<string, number>()
  const closed = new Set<string>()
  const shelves = defineProvider({
    name: 'shelves',
    endpoint: z.object({ room: z.string() }),
    connect: async ({ endpoint: { room } }) => {
      if (closed.has(room)) throw Object.assign(new Error('closed'), { code: 'unreachable' })
      return room
    },
  })
  const shelf = defineResource({
    type: 'library.shelf',
    inputs: z.object({ room: z.string() }),
    attributes: z.object({ room: z.string() }),
    identity: ({ room }) => room,
    ownership: 'asserted',
    read: async ({ identity }) => ({ room: identity }),
    create: async ({ inputs }) => inputs,
    delete: async () => {},
    provides: { provider: shelves, endpoint: ({ inputs: { room } }) => ({ room }) },
  })
  const book = defineResource({
    type: 'library.book',
    provider: shelves,
    inputs: z.object({ title: z.string(), edition: z.number(), password: z.string().optional() }),
    attributes: z.object({ title: z.string(), edition: z.number() }),
    identity: ({ title }) => title,
    ownership: 'asserted',
    async read({ connection, identity }) {
      const edition = there.get(`${connection}/${identity}`)
      return edition === undefined ? null : { title: identity, edition }
    },
    async prepare({ inputs: { title } }) {
      asked.push(`what to compare ${title} with`)
      return null
    },
    async create({ connection, inputs: { title, edition } }) {
      there.set(`${connection}/${title}`, edition)
      return { title, edition }
    },
    delete: async ({ connection, identity }) => void there.delete(`${connection}/${identity}`),
    async outdated({ observed: { title, edition }, inputs, once }) {
      const name = `${title}, edition ${edition}`
      if (title === 'Burnt') throw Object.assign(new Error('the publisher does not answer'), { code: 'unreachable' })
      const newest = await once(title, async (signal) => {
        signal.throwIfAborted()
        asked.push(title)
        return 3
      })
      const item = { kind: 'edition', name, version: String(edition), note: `read with ${inputs?.password}` }
      if (title === 'Torn') return [{ ...item, newer: [] }, new Error(`page 7 says ${inputs?.password}`)]
      const newer = [{ version: String(newest), name: `${title}, edition ${newest}`, step: 'major' as const }]
      return [{ ...item, newer: newest > edition ? newer : [] }]
    },
  })
  const series = defineComposite({
    type: 'library.series',
    provider: shelves,
    inputs: z.object({ titles: z.array(z.string()), annex: z.string().optional() }),
    attributes: z.object({}),
    expand({ inputs: { titles, annex }, part }) {
      if (annex !== undefined) part('annex', shelf, { room: annex })
      for (const title of Array.isArray(titles) ? titles : []) part(`no-${title}`, book, { title, edition: 2 })
      return {}
    },
  })
  const plugin = definePlugin({
    name: 'library',
    package: 'lares-plugin-library',
    version: '1.0.0',
    resources: { shelf, book, series },
  })
  return { asked, closed, plugin }
}

async function bench() {
  const { asked, closed, plugin } = library()
  const opened: string[] = []
  const inner = memoryStore('home')
  const control = new AbortController()
  const engine = createEngine({
    store: {
      ...inner,
      open: (purpose, signal) => {
        opened.push(purpose)
        return inner.open(purpose, signal)
      },
    },
    key: labKey('key'),
    readSecret: async () => 'hunter2',
    abort: control.signal,
  })
  const one = plugin.shelf('one', { room: 'attic' })
  const two = plugin.shelf('two', { room: 'cellar' })
  const book = (name: string, title: string, edition: number, on = one) =>
    plugin.book(name, { on, title, edition, password: secret.env('PASSWORD') })
  const resources = [
    one,
    two,
    book('old', 'Atlas', 1),
    book('same', 'Atlas', 2, two),
    book('new', 'Novel', 3),
    book('torn', 'Torn', 1),
    book('burnt', 'Burnt', 1),
  ]
  const lab = defineLab({ name: 'home', resources })
  const planned = await engine.plan(lab)
  await planned.apply()
  await planned.close()
  opened.length = 0
  asked.length = 0
  return {
    engine,
    lab,
    asked,
    closed,
    control,
    opened,
    wanted: () => defineLab({ name: 'home', resources: [...resources, book('wish', 'Wish', 1)] }),
    series: (titles: string[], annex?: string) =>
      plugin.series('series', { on: one, titles, ...(annex ? { annex } : {}) }),
  }
}

const silence = { severity: 'warning', code: 'unreachable' }

it('what is in use, what newer there is, and what could not be found out, each of its resource alone', async () => {
  const { engine, wanted, asked, opened } = await bench()
  const answers = await engine.outdated(wanted())
  expect(
    answers.map(({ address, on, status, inUse, diagnostics }) => [address, on, status, inUse, diagnostics]),
  ).toEqual([
    [
      'old',
      'one',
      'present',
      [
        {
          kind: 'edition',
          name: 'Atlas, edition 1',
          version: '1',
          note: 'read with (secret)',
          newer: [{ version: '3', name: 'Atlas, edition 3', step: 'major' }],
        },
      ],
      [],
    ],
    ['same', 'two', 'present', [expect.objectContaining({ name: 'Atlas, edition 2' })], []],
    ['new', 'one', 'present', [expect.objectContaining({ name: 'Novel, edition 3', newer: [] })], []],
    [
      'torn',
      'one',
      'present',
      [expect.objectContaining({ name: 'Torn, edition 1' })],
      [
        expect.objectContaining({
          severity: 'error',
          address: 'torn',
          summary: expect.stringContaining('page 7 says (secret)'),
        }),
      ],
    ],
    ['burnt', 'one', 'failed', [], [expect.objectContaining({ ...silence, address: 'burnt' })]],
    ['wish', 'one', 'absent', [], []],
  ])
  expect(asked).toEqual(['Atlas', 'Novel', 'Torn'])
  expect(opened).toEqual([])
})

it('only those that are named, and each once', async () => {
  const { engine, lab, asked } = await bench()
  const answers = await engine.outdated(lab, ['new', 'new'])
  expect(answers.map(({ address }) => address)).toEqual(['new'])
  expect(asked).toEqual(['Novel'])
  await engine.outdated(lab, ['new'])
  expect(asked).toEqual(['Novel', 'Novel'])
})

it('a machine that does not answer is no end for the others', async () => {
  const { engine, lab, closed } = await bench()
  closed.add('cellar')
  const answers = await engine.outdated(lab, ['old', 'same'])
  expect(answers.map(({ status }) => status)).toEqual(['present', 'failed'])
  expect(answers[1]!.diagnostics).toMatchObject([{ ...silence, address: 'two' }])
})

it('of a composite, those parts are asked that can tell; one without any is refused', async () => {
  const { engine, lab, series } = await bench()
  const labWith = (one: ReturnType<typeof series>) => ({
    ...lab,
    declarations: [...lab.declarations, ...defineLab({ name: 'home', resources: one }).declarations.slice(1)],
  })
  const answers = await engine.outdated(labWith(series(['Saga', 'Epic'], 'barn')), ['series', 'series/no-Saga'])
  expect(answers.map(({ address, status }) => [address, status])).toEqual([
    ['series/no-Saga', 'absent'],
    ['series/no-Epic', 'absent'],
  ])
  expect(await refusal(engine.outdated(labWith(series([], 'barn')), ['series']))).toMatchObject([
    { code: 'cannot_tell', address: 'series', summary: 'None of its parts tells what is outdated' },
  ])
})

it('an address that is not there, or that cannot tell, is refused', async () => {
  const { engine, lab, asked } = await bench()
  expect(await refusal(engine.outdated(lab, ['old', 'bunt']))).toMatchObject([
    { code: 'unknown_address', advice: 'Did you mean "burnt"?' },
  ])
  expect(await refusal(engine.outdated(lab, ['one']))).toMatchObject([
    { code: 'cannot_tell', address: 'one', advice: 'These do: old, same, new, torn, burnt.' },
  ])
  expect(asked).toEqual([])
})

it('a run that is stopped gives no half answer', async () => {
  const { engine, lab, control } = await bench()
  const answers = engine.outdated(lab, ['old', 'new'])
  control.abort(new Error('stopped'))
  await expect(answers).rejects.toThrow('stopped')
})

import { expect, it } from 'vitest'
import { z } from 'zod'
import { type Change, createEngine, defineLab, definePlugin, defineResource, labKey, planText } from '../src/index.ts'
import { memoryStore } from '../src/testing/index.ts'

/** A shelf with books: each is a part that can be made, and lost. */
function library() {
  const shelves = new Map<string, string[]>()
  const changes = (wanted: readonly string[], there: readonly string[]): Change[] => [
    ...wanted
      .filter((book) => !there.includes(book))
      .map((book): Change => ({ path: `books.${book}`, action: 'create', effect: 'live', cause: 'changed' })),
    ...there
      .filter((book) => !wanted.includes(book))
      .map(
        (book): Change => ({
          path: `books.${book}`,
          action: 'delete',
          effect: 'live',
          cause: 'unset',
          note: 'not wanted any more',
          loses: `books/${book}`,
        }),
      ),
  ]
  const shelf = defineResource({
    type: 'library.shelf',
    description: 'A shelf',
    inputs: z.object({ name: z.string(), books: z.array(z.string()) }),
    attributes: z.object({ name: z.string(), books: z.array(z.string()) }),
    identity: ({ name }) => name,
    ownership: 'asserted',
    read: async ({ identity }) => {
      const books = shelves.get(identity)
      return books ? { name: identity, books } : null
    },
    prepare: async ({ inputs, warn }) => {
      if (inputs.books.includes('Torn')) throw new Error('It cannot be read')
      if (inputs.books.includes('Dusty')) warn({ code: 'dusty', summary: 'One of them is dusty' })
      return { books: inputs.books }
    },
    outline: ({ prepared }) => changes((prepared as { books: string[] } | undefined)?.books ?? [], []),
    diff: ({ desired, observed }) => changes(desired.books, observed.books),
    create: async ({ inputs }) => {
      shelves.set(inputs.name, inputs.books)
      return inputs
    },
    update: async ({ inputs }) => {
      shelves.set(inputs.name, inputs.books)
      return inputs
    },
    delete: async ({ identity }) => void shelves.delete(identity),
  })
  const resources = { shelf }
  return {
    shelves,
    plugin: definePlugin({ name: 'library', package: 'lares-plugin-library', version: '1.0.0', resources }),
  }
}

it('parts are shown before they are made, what warns is told, and what loses data waits for consent', async () => {
  const { shelves, plugin } = library()
  const engine = createEngine({
    store: memoryStore('home'),
    key: labKey('key'),
    readSecret: () => Promise.reject(new Error('none')),
  })
  const run = async (books: string[], allowDataLoss: string[] = []) => {
    const lab = defineLab({ name: 'home', resources: [plugin.shelf('top', { name: 'top', books })] })
    const planned = await engine.plan(lab, { allowDataLoss })
    const { failed } = await planned.apply()
    await planned.close()
    const { plan } = planned
    return {
      text: planText(plan),
      told: plan.diagnostics.map(({ severity, code, detail = '' }) => `${severity} ${code} ${detail}`.trim()),
      failed,
    }
  }
  expect(await run(['Dune', 'Dusty'])).toMatchInlineSnapshot(`
    {
      "failed": 0,
      "text": "create top; because new
      books.Dune: create (live, changed)
      books.Dusty: create (live, changed)",
      "told": [
        "warning dusty",
      ],
    }
  `)
  expect(await run(['Dune', 'Emma'])).toMatchInlineSnapshot(`
    {
      "failed": 0,
      "text": "update top; live; because changed; blocked: refused
      books.Emma: create (live, changed)
      books.Dusty: delete (live, unset, not wanted any more)",
      "told": [
        "error data_loss because of: books.Dusty (not wanted any more)",
      ],
    }
  `)
  expect(shelves.get('top')).toEqual(['Dune', 'Dusty'])
  expect(await run(['Dune', 'Emma'], ['top/books/Dusty'])).toMatchInlineSnapshot(`
    {
      "failed": 0,
      "text": "update top; live; because changed
      books.Emma: create (live, changed)
      books.Dusty: delete (live, unset, not wanted any more)",
      "told": [],
    }
  `)
  expect(shelves.get('top')).toEqual(['Dune', 'Emma'])
})

it('what cannot be prepared can still be destroyed', async () => {
  const { shelves, plugin } = library()
  const engine = createEngine({
    store: memoryStore('home'),
    key: labKey('key'),
    readSecret: () => Promise.reject(new Error('none')),
  })
  const run = async (books: string[], mode: 'apply' | 'destroy') => {
    const lab = defineLab({ name: 'home', resources: [plugin.shelf('top', { name: 'top', books })] })
    const planned = await engine.plan(lab, { mode })
    await planned.apply()
    await planned.close()
    return planned.plan.diagnostics
  }
  await run(['Dune'], 'apply')
  expect(await run(['Torn'], 'apply')).not.toEqual([])
  expect(await run(['Torn'], 'destroy')).toEqual([])
  expect(shelves.size).toBe(0)
})

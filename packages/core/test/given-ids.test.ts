import { expect, it } from 'vitest'
import { z } from 'zod'
import { definePlugin, defineProvider, defineResource } from '../src/index.ts'
import { fakeWorld, testEngine } from '../src/testing/index.ts'

interface Card {
  id: string
  name: string
}

/** Cards of an office that gives each a number, and does not mind two of one name. */
function office() {
  const cards: Card[] = []
  let given = 0
  const provider = defineProvider({ name: 'office', fallback: () => ({}), connect: async () => ({}) })
  const card = defineResource({
    type: 'office.card',
    provider,
    inputs: z.object({ name: z.string() }),
    attributes: z.object({ id: z.string(), name: z.string() }),
    identity: ({ name }) => name,
    id: ({ id }) => id,
    createFirst: ({ id }) => id,
    async read({ identity, recorded, superseded, log }) {
      log(`looks for ${identity}`)
      if (recorded) return cards.find(({ id }) => id === recorded.id) ?? null
      const former = superseded.map(({ id }) => id)
      return cards.find(({ id, name }) => name === identity && !former.includes(id)) ?? null
    },
    async create({ inputs: { name } }) {
      const made = { id: String(++given), name }
      cards.push(made)
      return { ...made }
    },
    async update({ inputs: { name }, observed }) {
      const found = cards.find(({ id }) => id === observed.id)!
      found.name = name
      return { ...found }
    },
    async delete({ observed }) {
      const at = cards.findIndex(({ id }) => id === observed.id)
      if (at >= 0) cards.splice(at, 1)
    },
  })
  const plugin = definePlugin({ name: 'office', package: 'plugin-office', version: '1.0.0', resources: { card } })
  return { cards, card: plugin.card, home: testEngine(fakeWorld()) }
}

it('an object that keeps its id under another key is updated, wherever the run ends', async () => {
  for (const append of [0, 1, 2, 3]) {
    const { cards, card, home } = office()
    await home.apply(card('ann', { name: 'Ann' }))
    const renamed = card('ann', { name: 'Anna' })
    const { nodes } = await home.plan(renamed)
    expect(nodes).toMatchObject([{ action: 'update', effect: 'live', changes: [{ path: 'name', cause: 'changed' }] }])
    await home.applyAndCrash(renamed, {}, { append, recorded: false })
    await home.apply(renamed)
    expect(cards).toEqual([{ id: '1', name: 'Anna' }])
    expect((await home.state()).resources['ann']).toMatchObject({ identity: 'Anna', attributes: { id: '1' } })
    expect((await home.plan(renamed)).nodes).toMatchObject([{ action: 'none' }])
  }
})

it('a new object of the same key is told from the one that it takes the place of, wherever the run ends', async () => {
  for (const recorded of [false, true])
    for (const append of [0, 1, 2, 3, 4]) {
      const { cards, card, home } = office()
      const ann = card('ann', { name: 'Ann' })
      await home.apply(ann)
      await home.applyAndCrash(ann, { replace: ['ann'] }, { append, recorded })
      await home.apply(ann)
      expect(cards).toHaveLength(1)
      expect((await home.state()).resources['ann']).toMatchObject({ attributes: cards[0] })
      expect((await home.plan(ann)).nodes).toMatchObject([{ action: 'none' }])
    }
})

it('what a read says is told', async () => {
  const { card, home } = office()
  await home.plan(card('ann', { name: 'Ann' }))
  expect(home.events).toContainEqual(
    expect.objectContaining({ type: 'observe.log', address: 'ann', message: 'looks for Ann' }),
  )
})

import { expect, it } from 'vitest'
import { z } from 'zod'
import { definePlugin, defineProvider, defineResource } from '../src/index.ts'
import { fakeWorld, testEngine } from '../src/testing/index.ts'

/** Letters that show only to who looks longer than usual, until they were seen once. */
function mailbox() {
  const posted = new Map<string, 'late' | 'seen'>()
  const looks: string[] = []
  const service: { answer: 'answers' | 'is silent' | 'refuses' } = { answer: 'answers' }
  const box = defineProvider({ name: 'box', fallback: () => ({}), connect: async () => ({}) })
  const letter = defineResource({
    type: 'mail.letter',
    provider: box,
    inputs: z.object({ to: z.string() }),
    attributes: z.object({ to: z.string() }),
    identity: ({ to }) => to,
    readMany: async (contexts) =>
      contexts.map(({ identity, interrupted }) => {
        looks.push(`${identity}: ${interrupted ? 'interrupted' : 'plain'}`)
        if (interrupted && posted.has(identity)) posted.set(identity, 'seen')
        return posted.get(identity) === 'seen' ? { to: identity } : null
      }),
    async create({ inputs: { to } }) {
      const { answer } = service
      if (answer === 'refuses') throw new Error('no such street')
      if (posted.has(to)) throw new Error('it was posted twice')
      posted.set(to, answer === 'answers' ? 'seen' : 'late')
      if (answer === 'is silent') throw Object.assign(new Error('nobody answers'), { code: 'timeout' })
      return { to }
    },
    delete: async ({ identity }) => void posted.delete(identity),
  })
  const mail = definePlugin({ name: 'mail', package: 'plugin-mail', version: '1.0.0', resources: { letter } })
  return { mail, looks, service }
}

it('a read is told that a creation was interrupted: in the same run and in the next one, and not when it was not', async () => {
  const { mail, looks, service } = mailbox()
  const world = fakeWorld()
  const home = testEngine(world)
  const taken = () => looks.splice(0)
  service.answer = 'is silent'
  expect(await home.apply(mail.letter('ann', { to: 'Ann' }))).toMatchObject({ done: 1, failed: 0 })
  expect(taken()).toEqual(['Ann: plain', 'Ann: interrupted'])

  service.answer = 'answers'
  const both = [mail.letter('ann', { to: 'Ann' }), mail.letter('bob', { to: 'Bob' })]
  // The letter is posted, and the process dies before that is written down.
  await home.applyAndCrash(both, {}, { append: 1, recorded: false })
  expect((await home.state()).resources['bob']).toMatchObject({ pending: 'create' })
  taken()
  expect(await home.apply(both)).toMatchObject({ failed: 0 })
  expect(taken()).toEqual(['Ann: plain', 'Bob: interrupted'])
  await home.plan(both)
  expect(taken()).toEqual(['Ann: plain', 'Bob: plain'])

  service.answer = 'refuses'
  const third = mail.letter('cat', { to: 'Cat' })
  expect(await home.apply([...both, third])).toMatchObject({ failed: 1 })
  // Before its record is dropped, nobody must be able to say later that it came late.
  expect(taken()).toEqual(['Ann: plain', 'Bob: plain', 'Cat: plain', 'Cat: interrupted'])
  expect((await home.state()).resources['cat']).toBeUndefined()
})

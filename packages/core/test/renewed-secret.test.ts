import { expect, it } from 'vitest'
import { z } from 'zod'
import { definePlugin, defineProvider, defineResource, interpolate, sensitive, UNKNOWN } from '../src/index.ts'
import { fakeWorld, testEngine } from '../src/testing/index.ts'

/** A locksmith who tells the code of a lock once, and notes that remember what they were given. */
function workshop() {
  const locks = new Map<string, number>()
  const notes = new Map<string, string>()
  const provider = defineProvider({ name: 'workshop', fallback: () => ({}), connect: async () => ({}) })
  const lock = defineResource({
    type: 'workshop.lock',
    provider,
    inputs: z.object({ name: z.string(), turn: z.number() }),
    attributes: z.object({
      name: z.string(),
      code: sensitive(z.string()).optional(),
      tag: z.object({ door: z.string(), code: sensitive(z.string()) }).optional(),
    }),
    identity: ({ name }) => name,
    read: async ({ identity }) => (locks.has(identity) ? { name: identity } : null),
    async create({ inputs: { name, turn } }) {
      locks.set(name, turn)
      return { name, code: `code-of-turn-${turn}`, tag: { door: name, code: `code-of-turn-${turn}` } }
    },
    async update({ inputs: { name, turn } }) {
      locks.set(name, turn)
      return { name, code: `code-of-turn-${turn}`, tag: { door: name, code: `code-of-turn-${turn}` } }
    },
    delete: async ({ observed }) => void locks.delete(observed.name),
    diff({ diff }) {
      const changes = diff()
      if (!changes.some(({ path }) => path === 'turn')) return changes
      const renewed = { after: UNKNOWN, secret: true, effect: 'live', cause: 'changed' } as const
      return [...changes, { path: 'code', ...renewed }, { path: 'tag', ...renewed }]
    },
  })
  const note = defineResource({
    type: 'workshop.note',
    provider,
    inputs: z.object({ name: z.string(), text: z.string() }),
    attributes: z.object({ name: z.string(), text: z.string() }),
    identity: ({ name }) => name,
    async read({ identity }) {
      const text = notes.get(identity)
      return text === undefined ? null : { name: identity, text }
    },
    async create({ inputs }) {
      notes.set(inputs.name, inputs.text)
      return inputs
    },
    async update({ inputs }) {
      notes.set(inputs.name, inputs.text)
      return inputs
    },
    delete: async ({ observed }) => void notes.delete(observed.name),
  })
  const plugin = definePlugin({ name: 'workshop', package: 'p', version: '1.0.0', resources: { lock, note } })
  const labWith = (turn: number) => {
    const door = plugin.lock('door', { name: 'door', turn })
    return [
      door,
      plugin.note('note', { name: 'note', text: door.code }),
      plugin.note('tag', { name: 'tag', text: interpolate`${door.tag.code}` }),
    ]
  }
  return { notes, labWith, home: testEngine(fakeWorld()) }
}

it('what a type says to be new reaches those who refer to it in the same run, although no read shows it', async () => {
  const { notes, labWith, home } = workshop()
  await home.apply(labWith(1))
  for (const name of ['note', 'tag']) expect(notes.get(name)).toBe('code-of-turn-1')
  expect((await home.plan(labWith(1))).nodes.map(({ action }) => action)).toEqual(['none', 'none', 'none'])
  await home.apply(labWith(2))
  for (const name of ['note', 'tag']) expect(notes.get(name)).toBe('code-of-turn-2')
  expect((await home.plan(labWith(2))).nodes.map(({ action }) => action)).toEqual(['none', 'none', 'none'])
})

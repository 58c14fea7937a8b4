import { expect, it } from 'vitest'
import { z } from 'zod'
import { createEngine, defineLab, definePlugin, defineResource, labKey, secret } from '../src/index.ts'
import { memoryStore } from '../src/testing/index.ts'
import { refusal } from './bench.ts'

function shelf() {
  const there = new Set<string>()
  const book = defineResource({
    type: 'shelf.book',
    description: 'A book',
    inputs: z.object({ title: z.string(), password: z.string().optional() }),
    attributes: z.object({ title: z.string() }),
    identity: ({ title }) => title,
    ownership: 'asserted',
    read: async ({ identity }) => (there.has(identity) ? { title: identity } : null),
    create: async ({ inputs }) => {
      there.add(inputs.title)
      return { title: inputs.title }
    },
    delete: async ({ identity }) => void there.delete(identity),
    actions: {
      open: {
        description: 'Opens it',
        readOnly: true,
        run: async ({ inputs, write }) => {
          write(inputs ? `with ${inputs.password}` : 'without', 'stdout')
          return undefined
        },
      },
      lend: { description: 'Lends it', words: 'WHOM', run: async () => 2 },
      mark: { description: 'Marks a page', words: '[PAGE]', run: async ({ words }) => words.length },
    },
  })
  return {
    there,
    plugin: definePlugin({ name: 'shelf', package: 'lares-plugin-shelf', version: '1.0.0', resources: { book } }),
  }
}

it('an action reads only the secrets of what it is about, and goes without one that is gone', async () => {
  const { plugin } = shelf()
  const secrets = new Map([
    ['ONE', 'first'],
    ['TWO', 'second'],
  ])
  const asked: string[] = []
  const engine = createEngine({
    store: memoryStore('home'),
    key: labKey('key'),
    readSecret: async (source) => {
      const name = 'env' in source ? source.env : ''
      asked.push(name)
      return secrets.get(name) ?? Promise.reject(new Error('not set'))
    },
  })
  const lab = defineLab({
    name: 'home',
    resources: [
      plugin.book('one', { title: 'One', password: secret.env('ONE') }),
      plugin.book('two', { title: 'Two', password: secret.env('TWO') }),
    ],
  })
  const planned = await engine.plan(lab)
  await planned.apply()
  await planned.close()
  asked.length = 0
  let said = ''
  const run = async (address: string, action = 'open') => {
    said = ''
    return await engine.run(lab, { address, action, write: (chunk) => (said += chunk) })
  }
  expect(await run('one')).toBe(0)
  expect([said, asked]).toEqual(['with first', ['ONE']])
  secrets.delete('ONE')
  expect(await run('one')).toBe(0)
  expect(said).toBe('without')
  expect((await refusal(run('three'))).map(({ code }) => code)).toEqual(['unknown_address'])
  expect((await refusal(run('one', 'opne'))).map(({ code }) => code)).toEqual(['unknown_action'])
})

it('an action has the words that it needs, and none that it knows nothing of', async () => {
  const { plugin } = shelf()
  const lab = defineLab({ name: 'home', resources: [plugin.book('one', { title: 'One' })] })
  const engine = createEngine({ store: memoryStore('home'), key: labKey('key'), readSecret: async () => '' })
  const planned = await engine.plan(lab)
  await planned.apply()
  await planned.close()
  const run = (action: string, ...words: string[]) =>
    engine.run(lab, { address: 'one', action, words, write: () => {} })
  expect(await run('lend', 'Ann')).toBe(2)
  expect(await refusal(run('lend'))).toMatchObject([{ code: 'usage', advice: 'Write lares run one lend -- WHOM' }])
  expect([await run('mark'), await run('mark', '7')]).toEqual([0, 1])
  expect(await refusal(run('open', 'wide'))).toMatchObject([{ code: 'usage', summary: '"wide" is too much' }])
})

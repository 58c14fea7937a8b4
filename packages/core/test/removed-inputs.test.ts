import { expect, test } from 'vitest'
import { z } from 'zod'
import { createEngine, defineLab, definePlugin, defineResource, labKey, pluginOf } from '../src/index.ts'
import { memoryStore } from '../src/testing/index.ts'

test('a read of what is no longer declared is told its inputs with their defaults', async () => {
  const told: unknown[] = []
  const plugin = definePlugin({
    name: 'fake',
    package: 'fake',
    version: '1.0.0',
    resources: {
      thing: defineResource({
        type: 'fake.thing',
        inputs: z.object({ parts: z.array(z.object({ name: z.string(), size: z.number().default(1) })) }),
        attributes: z.object({}),
        identity: (_, { address }) => address,
        read: async ({ inputs }) => {
          told.push(inputs)
          return told.length > 1 ? {} : null
        },
        create: async () => ({}),
        delete: async () => {},
      }),
    },
  })
  const engine = createEngine({
    store: memoryStore('home'),
    key: labKey('0'.repeat(43)),
    readSecret: async () => '',
    loadPlugin: async () => pluginOf(plugin),
  })
  const thing = plugin.thing('thing', { parts: [{ name: 'one' }] })
  const planned = await engine.plan(defineLab({ name: 'home', resources: [thing] }))
  expect((await planned.apply()).failed).toBe(0)
  await planned.close()
  told.splice(0, told.length, 'planned')
  const removal = await engine.plan(defineLab({ name: 'home', resources: [] }))
  await removal.close()
  expect(told.slice(1)).toEqual([{ parts: [{ name: 'one', size: 1 }] }])
})

import { expect, it } from 'vitest'
import { z } from 'zod'
import { createEngine, defineLab, definePlugin, defineResource, isLaresError, labKey, planText } from '../src/index.ts'
import { memoryStore } from '../src/testing/index.ts'

/** Programs whose ports stand in a file. */
function programs(files: Record<string, number[]>) {
  const there = new Set<string>()
  const program = defineResource({
    type: 'test.program',
    description: 'A program',
    inputs: z.object({
      name: z.string(),
      file: z.string().optional(),
      port: z.int().optional(),
      after: z.string().optional(),
    }),
    attributes: z.object({ name: z.string(), greeting: z.string() }),
    identity: ({ name }) => name,
    ownership: 'asserted',
    read: async ({ identity }) => (there.has(identity) ? { name: identity, greeting: 'hello' } : null),
    prepare: async ({ inputs: { file = '' } }) => ({ ports: files[file] ?? [] }),
    claims: ({ port }, prepared) =>
      [...(port === undefined ? [] : [port]), ...((prepared as { ports: number[] } | undefined)?.ports ?? [])].map(
        (key) => ({ kind: 'port', scope: 'lab', key: String(key) }),
      ),
    async create({ inputs: { name } }) {
      there.add(name)
      return { name, greeting: 'hello' }
    },
    update: async ({ inputs: { name } }) => ({ name, greeting: 'hello' }),
    delete: async ({ identity }) => void there.delete(identity),
  })
  const plugin = definePlugin({ name: 'test', package: 'lares-plugin-test', version: '1.0.0', resources: { program } })
  const engine = createEngine({
    store: memoryStore('home'),
    key: labKey('key'),
    readSecret: () => Promise.reject(new Error('none')),
  })
  /** The plan, after it was applied; or what is wrong. */
  const apply = async (...resources: ReturnType<typeof plugin.program>[]) => {
    try {
      const planned = await engine.plan(defineLab({ name: 'home', resources }))
      await planned.apply()
      await planned.close()
      return planText(planned.plan)
    } catch (error) {
      if (!isLaresError(error)) throw error
      return error.diagnostics.map(({ code, address, summary }) => `${code} ${address}: ${summary}`)
    }
  }
  return { plugin, apply }
}

it('what files claim is compared once they are read', async () => {
  const { plugin, apply } = programs({ web: [80, 443], other: [8080, 80, 443] })
  const web = plugin.program('web', { name: 'web', file: 'web' })
  expect(await apply(web, plugin.program('other', { name: 'other', file: 'other' }))).toEqual([
    'claim_clash other: "web" and "other" both want port 80',
  ])
  expect(await apply(web, plugin.program('plain', { name: 'plain', port: 443 }))).toEqual([
    'claim_clash plain: "web" and "plain" both want port 443',
  ])
  expect(await apply(web)).toContain('create web')
})

it('what was claimed by a file goes before it is claimed anew', async () => {
  const { plugin, apply } = programs({ web: [80], site: [80] })
  await apply(plugin.program('web', { name: 'web', file: 'web' }))
  expect(await apply(plugin.program('site', { name: 'site', file: 'site' }))).toBe(
    ['delete web; because removed', 'create site; because new; after web'].join('\n'),
  )
})

it('what has a ref among its inputs claims once the ref is known', async () => {
  const { plugin, apply } = programs({})
  const first = plugin.program('first', { name: 'first', port: 80 })
  const second = plugin.program('second', { name: 'second', port: 80, after: first.greeting })
  const other = plugin.program('other', { name: 'other', port: 81, after: first.greeting })
  await apply(first, other)
  expect(await apply(first, other, second)).toEqual(['claim_clash second: "first" and "second" both want port 80'])
})

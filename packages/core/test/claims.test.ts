import { expect, it } from 'vitest'
import { z } from 'zod'
import {
  type Claim,
  createEngine,
  defineLab,
  definePlugin,
  defineResource,
  type EnginePlanOptions,
  isLaresError,
  labKey,
  planText,
} from '../src/index.ts'
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
      uses: z.int().optional(),
      shares: z.int().optional(),
    }),
    attributes: z.object({ name: z.string(), greeting: z.string() }),
    identity: ({ name }) => name,
    ownership: 'asserted',
    read: async ({ identity }) => (there.has(identity) ? { name: identity, greeting: 'hello' } : null),
    prepare: async ({ inputs: { file = '' } }) => ({ ports: files[file] ?? [] }),
    claims: ({ port, shares }, prepared) => {
      const ports = (prepared as { ports: number[] } | undefined)?.ports ?? []
      const claim = (key: number): Claim => ({ kind: 'port', scope: 'lab', key: String(key) })
      return [
        ...[...(port === undefined ? [] : [port]), ...ports].map(claim),
        ...(shares === undefined ? [] : [{ ...claim(shares), shared: true }]),
      ]
    },
    needs: ({ uses }) => (uses === undefined ? [] : [{ kind: 'port', scope: 'lab', key: String(uses) }]),
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
  const apply = (...resources: ReturnType<typeof plugin.program>[]) => applyWith({}, ...resources)
  const applyWith = async (options: EnginePlanOptions, ...resources: ReturnType<typeof plugin.program>[]) => {
    try {
      const planned = await engine.plan(defineLab({ name: 'home', resources }), options)
      await planned.apply()
      await planned.close()
      return planText(planned.plan)
    } catch (error) {
      if (!isLaresError(error)) throw error
      return error.diagnostics.map(({ code, address, summary }) => `${code} ${address}: ${summary}`)
    }
  }
  return { plugin, apply, applyWith, there }
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

it('what is needed without a ref is there before and goes after', async () => {
  const { plugin, apply } = programs({})
  const other = plugin.program('other', { name: 'other' })
  const user = plugin.program('a-user', { name: 'user', uses: 80 })
  expect(await apply(other, user)).toContain('create a-user; because new')
  expect(await apply(other)).toContain('delete a-user; because removed')
  const web = plugin.program('web', { name: 'web', port: 80 })
  expect(await apply(other, user, web)).toContain('create web; because new\ncreate a-user; because new; after web')
  expect(await apply(other)).toContain('delete a-user; because removed\ndelete web; because removed; after a-user')
})

it('what is needed does not go alone', async () => {
  const { plugin, apply, applyWith } = programs({})
  const web = plugin.program('web', { name: 'web', port: 80 })
  const user = plugin.program('user', { name: 'user', uses: 80 })
  const refusal = ['still_needed web: "web" cannot go while "user" uses port 80']
  await apply(web, user)
  expect(await apply(user)).toEqual(refusal)
  expect(await applyWith({ mode: 'destroy', targets: ['web'] }, web, user)).toEqual(refusal)
  expect(await applyWith({ targets: ['web'] }, user)).toEqual(refusal)
  expect(await apply(web, user)).toMatch(/^none/)
  const successor = plugin.program('successor', { name: 'successor', port: 80 })
  expect(await apply(successor, user)).toMatch(/delete web[\s\S]*create successor/)
})

it('what is needed no more goes when it has been let go of', async () => {
  const { plugin, apply } = programs({})
  const web = plugin.program('web', { name: 'web', port: 80 })
  await apply(web, plugin.program('user', { name: 'user', uses: 80 }))
  expect(await apply(plugin.program('user', { name: 'user' }))).toMatch(/update user[\s\S]*delete web;.* after user/)
})

it('who is gone already needs nothing, and what goes may not be known yet', async () => {
  const { plugin, apply, applyWith, there } = programs({})
  const web = plugin.program('web', { name: 'web', port: 80 })
  const user = plugin.program('user', { name: 'user', uses: 80 })
  await apply(web, user)
  const other = plugin.program('other', { name: 'other' })
  const freed = plugin.program('user', { name: 'user', after: other.greeting })
  expect(await apply(other, freed)).toMatch(/update user[\s\S]*delete web;.* after user/)
  await apply(web, user)
  there.delete('user')
  expect(await applyWith({ mode: 'destroy' }, web, user)).toMatch(/delete web/)
})

it('what several may claim answers a need of any', async () => {
  const { plugin, apply } = programs({})
  const [one, two] = ['one', 'two'].map((name) => plugin.program(name, { name, shares: 80 }))
  const user = plugin.program('user', { name: 'user', uses: 80 })
  expect(await apply(user, one!, two!)).toMatch(/create user; because new; after (one, two|two, one)$/)
  expect(await apply(user, one!)).toMatch(/delete two/)
  expect(await apply(user)).toEqual(['still_needed one: "one" cannot go while "user" uses port 80'])
})

it('a need that goes round is no cycle', async () => {
  const { plugin, apply, applyWith } = programs({})
  const first = plugin.program('first', { name: 'first', port: 80, uses: 81 })
  const second = plugin.program('second', { name: 'second', port: 81, uses: 80 })
  expect(await apply(first, second)).toBe('create second; because new\ncreate first; because new; after second')
  expect(await applyWith({ mode: 'destroy' }, first, second)).toMatch(/^delete .*\ndelete /)
})

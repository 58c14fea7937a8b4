import { expect, it } from 'vitest'
import { z } from 'zod'
import { defineLab, definePlugin, defineResource } from '../src/index.ts'
import { fakeWorld, testEngine } from '../src/testing/index.ts'
import { refusal } from './bench.ts'

const shape = z.object({ name: z.string() })
const rest = {
  type: 'odd.thing',
  inputs: shape,
  attributes: shape,
  ownership: 'shared',
  identity: ({ name }: { name: string }) => name,
  create: async ({ inputs }: { inputs: { name: string } }) => inputs,
  delete: async () => {},
} as const

it('a type is read one by one or many at once: the compiler wants one of both, and the engine takes either', async () => {
  const one = defineResource({ ...rest, read: async ({ identity }) => ({ name: identity }) })
  const many = defineResource({
    ...rest,
    readMany: async (contexts) => contexts.map(({ identity }) => ({ name: identity })),
  })
  // @ts-expect-error: there is no way to read it
  defineResource(rest)
  // @ts-expect-error: there are two, and one would never be called
  defineResource({ ...one, ...many })
  for (const thing of [one, many]) {
    const plugin = definePlugin({ name: 'odd', package: 'plugin-odd', version: '1.0.0', resources: { thing } })
    const things = ['a', 'b'].map((name) => plugin.thing(name, { name }))
    const { nodes } = await testEngine(fakeWorld('tower')).plan(things)
    expect(nodes.map(({ id, action }) => [id, action])).toEqual([
      ['a', 'adopt'],
      ['b', 'adopt'],
    ])
  }
})

it('where one of several forms was meant, only what is wrong with that one is told', async () => {
  const inputs = z.object({
    name: z.string(),
    from: z.union([z.string().regex(/:/, 'Expected a name and a release'), z.strictObject({ url: z.string() })]),
  })
  const thing = defineResource({ ...rest, inputs, read: async () => null })
  const plugin = definePlugin({ name: 'odd', package: 'plugin-odd', version: '1.0.0', resources: { thing } })
  const toldOf = (from: never) => refusal(testEngine(fakeWorld('tower')).plan([plugin.thing('a', { name: 'a', from })]))
  expect(await toldOf('debian' as never)).toMatchObject([{ path: 'from', summary: 'Expected a name and a release' }])
  expect(await toldOf({ url: 'x', shah: 'y' } as never)).toMatchObject([{ summary: '"shah" is not known here' }])
  expect(await toldOf(7 as never)).toMatchObject([
    { summary: 'Expected string, received number; or: Expected object, received number' },
  ])
})

it('a type says how its objects are changed: one by one, or several as one transaction', () => {
  const { create: _, delete: __, ...verbless } = rest
  const read = async () => null
  // @ts-expect-error neither
  defineResource({ ...verbless, read })
  // @ts-expect-error nothing deletes it
  defineResource({ ...verbless, read, create: rest.create })
  expect(defineResource({ ...verbless, read, batch: async () => [] })).not.toHaveProperty('create')
})

it('an input cannot have a name that means something else in YAML', () => {
  for (const taken of ['type', 'on', 'dependsOn', 'timeouts']) {
    const thing = defineResource({
      ...rest,
      inputs: shape.extend({ [taken]: z.string() }) as never as typeof shape,
      read: async () => null,
    })
    expect(() => definePlugin({ name: 'odd', package: 'plugin-odd', version: '1.0.0', resources: { thing } })).toThrow(
      `has an input "${taken}"`,
    )
  }
})

it('what does not depend on unknown inputs is predicted, and shown in the plan', async () => {
  const thing = defineResource({
    ...rest,
    inputs: shape.extend({ target: z.string() }),
    attributes: shape.extend({ target: z.string() }),
    predict: ({ name }) => ({ name }),
    read: async () => null,
    create: async ({ inputs }) => inputs,
  })
  const plugin = definePlugin({ name: 'odd', package: 'plugin-odd', version: '1.0.0', resources: { thing } })
  const world = fakeWorld('tower')
  const first = plugin.thing('a', { name: 'a', target: 'x' })
  const second = plugin.thing('b', { name: 'b', target: first.target })
  const { engine } = testEngine(world)
  const lab = defineLab({ name: 'home', resources: [second], outputs: { name: second.name, target: second.target } })
  const planned = await engine.plan(lab)
  await planned.close()
  expect(planned.plan.outputs).toMatchObject({ name: { after: 'b' } })
})

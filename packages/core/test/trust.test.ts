import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createEngine, defineLab, definePlugin, defineProvider, defineResource, labKey } from '../src/index.ts'
import { fakePlugin, fakeWorld, memoryStore, testEngine } from '../src/testing/index.ts'

const shape = z.object({ name: z.string() })
type Definition = Parameters<typeof defineResource<'odd.thing', typeof shape, typeof shape>>[0]

/** A plugin with one type that is sound but for what is given. */
const oddPlugin = (odd: Partial<Definition>) =>
  definePlugin({
    name: 'odd',
    package: 'plugin-odd',
    version: '1.0.0',
    resources: {
      thing: defineResource({
        type: 'odd.thing',
        inputs: shape,
        attributes: shape,
        identity: ({ name }) => name,
        read: async () => null,
        create: async ({ inputs }) => inputs,
        update: async ({ inputs }) => inputs,
        delete: async () => {},
        ...odd,
      } as Definition),
    },
  })
const boom = (): never => {
  throw new RangeError('boom')
}

describe('a plugin', () => {
  const world = fakeWorld('tower')
  const apply = async (odd: Partial<Definition>) => {
    const home = testEngine(world)
    const plugin = oddPlugin(odd)
    const things = ['one', 'two'].map((name) => plugin.thing(name, { name }))
    const result = await home.apply(things)
    return { result, home, codes: [...result.plan.diagnostics, ...result.diagnostics].map(({ code }) => code) }
  }
  const found: Partial<Definition> = { ownership: 'shared', read: async ({ identity }) => ({ name: identity }) }
  const broken: [name: string, odd: Partial<Definition>][] = [
    ['that answers a batch with nothing', { batch: (async () => undefined) as never }],
    ['that throws in a batch at once', { batch: boom }],
    ['that answers one of two in a batch', { batch: async () => [{ name: 'one' }] }],
    ['that reads nothing of many', { readMany: (async () => undefined) as never }],
    ['that throws in readMany at once', { readMany: boom }],
    ['that rejects with nothing', { create: () => Promise.reject(undefined) }],
    ['that compares badly', { ...found, diff: boom }],
    ['that compares to nothing', { ...found, diff: (() => undefined) as never }],
    [
      'that finds changes at what is no path',
      { ...found, diff: () => [{ path: '[', effect: 'live', cause: 'drifted' }] },
    ],
    ['that predicts badly', { predict: boom }],
    ['that tells badly whose an object is', { ...found, owner: boom }],
  ]
  it.each(broken)('%s fails its own resources, and nothing else', async (_, odd) => {
    const { result, codes } = await apply(odd)
    expect(result.failed + result.skipped).toBe(2)
    expect(codes).toHaveLength(2)
  })

  it.each([
    ['identity', { identity: boom }],
    ['claims', { claims: boom }],
  ])('that throws in %s is refused with the resource’s name', async (_, odd) => {
    await expect(apply(odd)).rejects.toMatchObject({ diagnostics: [{ address: 'one' }, { address: 'two' }] })
  })

  it('whose error says cancelled cancels nothing, and what it may have made stays recorded', async () => {
    const made = new Set<string>()
    const { result, home } = await apply({
      read: async ({ identity: name }) => (made.has(name) ? { name } : null),
      create({ inputs: { name } }) {
        made.add(name)
        return Promise.reject(Object.assign(new Error('the call was cancelled'), { code: 'cancelled' }))
      },
    })
    expect(result).toMatchObject({ failed: 2, skipped: 0, cancelled: false })
    expect((await home.state()).resources).toMatchObject({ one: { pending: 'create' }, two: { pending: 'create' } })
  })

  it('may ask for more time than a timer can count', async () => {
    const { result } = await apply({ timeouts: { read: '30d', create: '30d' } })
    expect(result).toMatchObject({ done: 2, failed: 0 })
  })
})

describe('a connection', () => {
  const labOver = (provider: Parameters<typeof defineProvider>[0]) => {
    const box = defineProvider({ fallback: () => ({}), ...provider })
    const plugin = oddPlugin({ provider: box as never })
    return defineLab({ name: 'home', resources: [plugin.thing('one', { name: 'one' })] })
  }
  const engine = (store = memoryStore('home')) =>
    createEngine({ store, key: labKey('key'), readSecret: async () => Promise.reject(new Error('none')) })

  it('that cannot be closed does not keep the state locked', async () => {
    const store = memoryStore('home')
    const planned = await engine(store).plan(labOver({ name: 'box', connect: async () => ({}), close: boom }))
    await planned.close()
    await expect(store.open('next')).resolves.toBeDefined()
  })

  it('that comes too late is closed again', async () => {
    let closed = 0
    let arrive = () => {}
    const lab = labOver({
      name: 'box',
      connectTimeout: 20,
      connect: () =>
        new Promise((resolve) => {
          arrive = () => resolve({})
        }),
      close: () => void closed++,
    })
    const planned = await engine().plan(lab)
    expect(planned.plan.diagnostics).toMatchObject([{ code: 'unreachable' }])
    await planned.close()
    arrive()
    await new Promise((resolve) => setImmediate(resolve))
    expect(closed).toBe(1)
  })
})

describe('a listener that throws', () => {
  it('stops nothing, and is told in the end', async () => {
    const world = fakeWorld('tower')
    const fake = fakePlugin(world)
    const tower = fake.machine('tower', { address: 'tower' })
    const home = testEngine(world, { onEvent: boom })
    await expect(home.apply([tower, fake.thing('web', { on: tower, name: 'web' })])).rejects.toThrow('boom')
    expect(world.find('thing', 'web')).toBeDefined()
    expect((await home.state()).resources['web']).not.toHaveProperty('pending')
  })
})

describe('a plan', () => {
  it('has an order when what stood between two resources goes and one of them is replaced', async () => {
    const world = fakeWorld('tower')
    const fake = fakePlugin(world)
    const home = testEngine(world)
    const tower = fake.machine('tower', { address: 'tower' })
    const thing = (name: string, kind: string, dependsOn: ReturnType<Fake['thing']>[] = [], size = 1) =>
      fake.thing(name, { on: tower, name, kind, size, dependsOn })
    const web = thing('web', 'a')
    const proxy = thing('proxy', 'a', [web])
    await home.apply([tower, web, proxy, thing('app', 'a', [proxy])])
    const renewed = thing('web', 'b')
    const config = [tower, renewed, thing('app', 'a', [renewed], 2)]
    expect(await home.apply(config)).toMatchObject({ failed: 0, skipped: 0 })
    expect(await home.planTextOf(config)).toBe('')
  })

  it('that is cancelled between the halves of a replacement carries that through', async () => {
    const world = fakeWorld('tower')
    const fake = fakePlugin(world)
    const stop = new AbortController()
    const tower = fake.machine('tower', { address: 'tower' })
    const config = (kind: string) => [tower, fake.thing('web', { on: tower, name: 'web', kind })]
    const home = testEngine(world)
    await home.apply(config('a'))
    const { store } = home
    const hurried = testEngine(world, {
      store,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === 'action.finished' && event.id === 'web#old') stop.abort()
      },
    })
    await hurried.apply(config('b'))
    expect(world.find('thing', 'web')?.data).toMatchObject({ kind: 'b' })
  })
})

type Fake = ReturnType<typeof fakePlugin>

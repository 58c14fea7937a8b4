import { describe, expect, it } from 'vitest'
import { type AnyResource, declarationOf, makeFactory } from '../src/declaration.ts'
import type { ResourceType } from '../src/resource.ts'
import { secret } from '../src/secret.ts'
import { type Box, type Fake, fakePlugin, fakeWorld, resourceContract, type World } from '../src/testing/index.ts'

type Things = Parameters<Fake['thing']>[1]
type Verb = (ctx: never) => Promise<Record<string, unknown> | null>

/** The tests of the contract that a thing with this change does not pass. */
async function failuresOf(change: (type: ResourceType, world: World) => Partial<ResourceType>): Promise<string[]> {
  const world = fakeWorld('tower')
  const fake = fakePlugin(world)
  const tower = fake.machine('tower', { address: 'tower' })
  const sound = declarationOf(fake.thing('thing', { on: tower, name: 'web' }))!.type as ResourceType
  const type = { ...sound, ...change(sound, world) } as ResourceType
  ;(sound.plugin!.types as Map<string, ResourceType>).set(type.type, type)
  const tests: { name: string; body(): Promise<void> }[] = []
  const api = {
    describe: (_: string, body: () => void) => body(),
    it: (name: string, body: () => Promise<void>) => void tests.push({ name, body }),
    expect,
  }
  const object = () => world.find('thing', 'web')
  resourceContract(api, {
    type: 'fake.thing',
    factory: makeFactory(type) as never as (address: string, inputs: Things) => AnyResource,
    base: { on: tower, name: 'web' },
    options: { color: { color: 'red' }, note: { note: 'hello' }, token: { token: secret.env('TOKEN') } },
    replacement: { kind: 'b' },
    secrets: { TOKEN: 'token-0123456789' },
    killAfter: [0, 5],
    outside: {
      snapshot: async () => world.text(),
      plant: async () => void world.plant('tower', { type: 'thing', identity: 'web', data: { name: 'web' } }),
      remove: async () => {
        const found = object()
        if (found) world.remove('tower', found)
      },
    },
  })
  const failures: string[] = []
  for (const { name, body } of tests) {
    await body().catch(() => failures.push(name))
    // Each test gets a clean world, so that a failure does not spread.
    for (const left of [...world.machine('tower').objects]) world.remove('tower', left)
  }
  return failures
}

/** The thing, read one by one. */
const reading = (read: Verb) => ({ read: read as never, readMany: undefined })

async function readOne({ readMany }: ResourceType, ctx: unknown): Promise<Record<string, unknown> | null> {
  const [answer] = await readMany!([ctx as never])
  if (answer instanceof Error) throw answer
  return answer
}

const broken: [string, (type: ResourceType, world: World) => Partial<ResourceType>, string][] = [
  [
    'answers what its schema forbids',
    (type) => ({ create: async (ctx: never) => ({ ...(await type.create!(ctx)), size: 'big' }) }),
    'created with base: nothing is left to do, and it goes again',
  ],
  [
    'forgets an input when it creates',
    (type) => ({
      create: (ctx: { inputs: object }) => type.create!({ ...ctx, inputs: { ...ctx.inputs, color: 'grey' } } as never),
    }),
    'created with color: nothing is left to do, and it goes again',
  ],
  [
    'leaves the object when it deletes',
    () => ({ delete: async () => {} }),
    'created with base: nothing is left to do, and it goes again',
  ],
  [
    'does not take back an input',
    (type) => ({
      update: (ctx) => type.update!({ ...ctx, changes: ctx.changes.filter(({ after }) => after !== undefined) }),
    }),
    'note: set and unset, it goes there and back',
  ],
  ['updates what it cannot update', () => ({ replaceOn: [] }), 'what needs a new object replaces it'],
  [
    'does not see at once what it has created',
    (type) => {
      let fresh = false
      const create = async (ctx: never) => {
        fresh = true
        return await type.create!(ctx)
      }
      const read = async (ctx: never) => {
        const seen = fresh ? null : await readOne(type, ctx)
        fresh = false
        return seen
      }
      return { ...reading(read), create }
    },
    'a creation that happened without an answer is not repeated',
  ],
  [
    'finds only what was recorded',
    (type) =>
      reading(async (ctx: { recorded?: unknown }) => (ctx.recorded === undefined ? null : await readOne(type, ctx))),
    'after the state was lost, what is there is found again and nothing is doubled',
  ],
  [
    'fails to delete what is gone',
    (type) => ({
      async delete(ctx: { connection: Box }) {
        const before = ctx.connection.machine.objects.length
        await type.delete!(ctx as never)
        if (ctx.connection.machine.objects.length === before) throw new Error('no such object')
      },
    }),
    'deleting what is gone succeeds',
  ],
  [
    'leaves a lock behind when it is killed',
    (type, world) => ({
      async update(ctx: { signal: AbortSignal }) {
        const object = world.find('thing', 'web')!
        if (object.data['locked']) throw new Error('locked')
        object.data['locked'] = true
        await new Promise((resolve) => setTimeout(resolve, 10))
        ctx.signal.throwIfAborted()
        delete object.data['locked']
        return await type.update!(ctx as never)
      },
    }),
    'killed 5 ms after a change began, the next apply converges',
  ],
  [
    'changes something when it reads',
    (type, world) =>
      reading(async (ctx) => {
        const object = world.find('thing', 'web')
        if (object) object.data['seen'] = Number(object.data['seen'] ?? 0) + 1
        return await readOne(type, ctx)
      }),
    'reads answer the same again, and change nothing',
  ],
  [
    'changes something when it checks',
    (_, world) => ({
      async check() {
        world.find('thing', 'web')!.data['checked'] = true
      },
    }),
    'a check has an answer, and changes nothing',
  ],
  [
    'cannot check what is there',
    () => ({
      async check() {
        throw new Error('no bell')
      },
    }),
    'a check has an answer, and changes nothing',
  ],
  [
    'changes something when it is asked for its health',
    (type, world) => ({
      async health(ctx) {
        world.find('thing', 'web')!.data['asked'] = true
        return await type.health!(ctx)
      },
    }),
    'what is there says how it is doing, and nothing is changed by that',
  ],
  [
    'cannot say how it is doing',
    () => ({
      async health() {
        throw new Error('nobody knows')
      },
    }),
    'what is there says how it is doing, and nothing is changed by that',
  ],
  [
    'takes every object for its own',
    () => ({ owner: () => ({ lab: 'lares-contract', address: 'subject' }) }),
    "another lab's object is neither changed nor deleted",
  ],
  [
    'takes what nobody marked for its own',
    (type) => ({ owner: (attributes) => type.owner!(attributes) ?? { lab: 'lares-contract', address: 'subject' } }),
    'what was made by hand is taken over only when asked',
  ],
  [
    'remembers what was there',
    (type) => {
      let last: Record<string, unknown> | null = null
      return reading(async (ctx) => {
        last = (await readOne(type, ctx)) ?? last
        return last
      })
    },
    'what was removed by hand comes back',
  ],
  [
    'writes a secret where nobody looks for it',
    (type) => ({
      async create(ctx: { inputs: { token?: string } }) {
        const attributes = await type.create!(ctx as never)
        return { ...attributes, note: Buffer.from(ctx.inputs.token ?? '').toString('hex') }
      },
    }),
    'no secret is shown or recorded',
  ],
  [
    'names its object anew each time',
    () => {
      let n = 0
      return { identity: () => (++n % 2 === 0 ? 'web' : 'other') }
    },
    'the identity stays, and is all that a read needs',
  ],
  [
    'reads several otherwise than one',
    (type) => ({
      readMany: async (all: readonly unknown[]) => {
        const answers = (await type.readMany!(all as never)) as (object | null)[]
        return answers.map((one, index) => (one && index > 0 ? { ...one, id: 'another' } : one))
      },
    }),
    'the identity stays, and is all that a read needs',
  ],
  ['predicts what does not come', () => ({ predict: () => ({ url: 'http://web' }) }), 'what is predicted comes true'],
  ['lists nothing', () => ({ list: async () => [] }), 'what is listed can be imported'],
  ['lists inputs that nobody can write', () => ({ inputsOf: () => ({ name: 5 }) }), 'what is listed can be imported'],
]

describe('the resource contract', () => {
  it('is kept by a sound type', async () => {
    expect(await failuresOf(() => ({}))).toEqual([])
  })

  it.each(broken)('is broken by a type that %s', async (_, change, check) => {
    expect(await failuresOf(change)).toContain(check)
  })
})

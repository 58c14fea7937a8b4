import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  buildModel,
  type CompositeDefinition,
  defineComposite,
  defineLab,
  definePlugin,
  defineProvider,
  defineResource,
  type Expression,
  fail,
  interpolate,
  type Resource,
} from '../src/index.ts'
import { EXPRESSION } from '../src/ref.ts'
import { fakeWorld, testEngine } from '../src/testing/index.ts'

const rooms = defineProvider({ name: 'rooms', endpoint: z.object({ name: z.string() }), connect: async () => 'room' })
const room = defineResource({
  type: 'shop.room',
  inputs: z.object({ name: z.string() }),
  attributes: z.object({ name: z.string() }),
  identity: ({ name }) => name,
  ownership: 'asserted',
  provides: { provider: rooms, endpoint: ({ inputs }) => inputs },
  read: async ({ identity }) => ({ name: identity }),
  create: async ({ inputs }) => inputs,
  delete: async () => {},
})
const shelf = defineResource({
  type: 'shop.shelf',
  provider: rooms,
  inputs: z.object({ name: z.string(), width: z.number().max(9).default(1), label: z.string().optional() }),
  attributes: z.object({ name: z.string(), width: z.number(), label: z.string().optional() }),
  identity: ({ name }) => name,
  ownership: 'asserted',
  read: async () => null,
  create: async ({ inputs }) => inputs,
  delete: async () => {},
})

const wallInputs = z.object({ name: z.string(), width: z.number().default(2), note: z.string().optional() })
const wallAttributes = z.object({ label: z.string(), width: z.number().optional() })
type Expand = CompositeDefinition<'shop.wall', typeof wallInputs, typeof wallAttributes, 'rooms'>['expand']

/** A plugin with a composite that is expanded like this, and a room. */
function shopWith(expand: Expand, inputs = wallInputs) {
  const wall = defineComposite({ type: 'shop.wall', provider: rooms, inputs, attributes: wallAttributes, expand })
  const shop = definePlugin({
    name: 'shop',
    package: 'plugin-shop',
    version: '1.0.0',
    resources: { room, shelf, wall },
  })
  return { shop, hall: shop.room('hall', { name: 'hall' }) }
}

/** What is told about a lab with one such composite. */
function toldOf(expand: Expand): (string | undefined)[][] {
  const { shop, hall } = shopWith(expand)
  const lab = defineLab({ name: 'home', resources: shop.wall('north', { on: hall, name: 'north' }) })
  return buildModel(lab).diagnostics.map(({ code, address, path, summary, detail, advice }) =>
    [code, address, path, summary, detail?.split('\n')[0], advice].filter((text) => text !== undefined),
  )
}

describe('the types of a composite', () => {
  it('are those of its schemas, its provider and its parts', () => {
    const { shop, hall } = shopWith(({ name, inputs, part }) => {
      const low = part('low', shelf, { name: interpolate`${name}-low`, width: inputs.width })
      const width: Resource<{ width: number }>['width'] = low.width
      // @ts-expect-error: a shelf has a name
      part('nameless', shelf, {})
      // @ts-expect-error: a width is a number
      part('wide', shelf, { name: 'wide', width: 'wide' })
      // @ts-expect-error: a shelf has no colour
      part('red', shelf, { name: 'red', colour: 'red' })
      // @ts-expect-error: a shelf is no room
      part('on', shelf, { name: 'on' }, { on: low })
      // @ts-expect-error: what is said to all parts is said to the composite
      part('moved', shelf, { name: 'moved' }, { movedFrom: 'old' })
      return { label: interpolate`${low.name}`, width }
    })
    const wall = shop.wall('north', { on: hall, name: 'north' })
    const label: Resource<{ label: string }>['label'] = wall.label
    expect(label).toBeDefined()
    // @ts-expect-error: it has no such attribute
    expect(wall.height).toBeUndefined()
    // @ts-expect-error: a composite is no room
    shop.shelf('on', { on: wall, name: 'on' })
    // @ts-expect-error: what it is on must be a room
    shop.wall('on', { on: wall, name: 'on' })
    // @ts-expect-error: a wall has a name
    shop.wall('nameless', { on: hall })
    shop.shelf('after', { on: hall, name: wall.label, dependsOn: [wall] })
  })

  it('refuse a composite as a part, and an answer without an attribute', () => {
    const inputs = z.object({})
    const attributes = z.object({ label: z.string() })
    const inner = defineComposite({ type: 'shop.inner', inputs, attributes, expand: () => ({ label: 'a' }) })
    defineComposite({
      ...{ type: 'shop.outer', inputs, attributes },
      expand({ part }) {
        // @ts-expect-error: one level
        part('inner', inner, {})
        return { label: 'a' }
      },
    })
    // @ts-expect-error: no label
    defineComposite({ type: 'shop.empty', inputs, attributes, expand: () => ({}) })
    // @ts-expect-error: a label is text
    defineComposite({ type: 'shop.number', inputs, attributes, expand: () => ({ label: 7 }) })
  })
})

describe('a composite that is badly made', () => {
  it('is told about as what it is: a bug of its plugin', () => {
    const bad: Expand[] = [
      ({ part }) => ({ label: part('a b', shelf, { name: 'a' }).name }),
      ({ part }) => ({ label: part('a', shelf, { name: part('a', shelf, { name: 'b' }).name }).name }),
      ({ part }) => ({ label: part('a', { ...shelf, type: 'other.shelf' }, { name: 'a' }).name }),
      () => ({ label: 7, wdith: 3 }) as never,
      () => undefined as never,
      () => (undefined as never as { name: { label: string } }).name,
      () => fail({ code: 'no_wall', summary: 'There is no wall there', path: 'name' }),
      ({ part }) => ({ label: `${part('a', shelf, { name: 'a' }).name}!` }),
      () => {
        throw new Error('out of bricks')
      },
    ]
    expect(bad.flatMap(toldOf)).toMatchInlineSnapshot(`
      [
        [
          "invalid_composite",
          "north",
          "shop.wall has a part named "a b", which is no name",
          "This is a bug in plugin-shop: please report it.",
        ],
        [
          "invalid_composite",
          "north",
          "shop.wall has two parts named "a"",
          "This is a bug in plugin-shop: please report it.",
        ],
        [
          "invalid_composite",
          "north",
          "shop.wall has a part of the type "other.shelf", which is none of its plugin",
          "This is a bug in plugin-shop: please report it.",
        ],
        [
          "invalid_composite",
          "north",
          "shop.wall does not give its attributes: label: Expected string, received number; wdith: "wdith" is not known here",
          "This is a bug in plugin-shop: please report it.",
        ],
        [
          "invalid_composite",
          "north",
          "shop.wall does not give its attributes: Expected object, received undefined",
          "This is a bug in plugin-shop: please report it.",
        ],
        [
          "bug",
          "north",
          "shop.wall cannot be expanded: Cannot read properties of undefined (reading 'name')",
          "TypeError: Cannot read properties of undefined (reading 'name')",
          "This is a bug in Lares or in the plugin: please report it with what stands here.",
        ],
        [
          "no_wall",
          "north",
          "name",
          "There is no wall there",
        ],
        [
          "ref_as_value",
          "north",
          "\${north/a.name} is not known yet and was used as if it were a plain value",
          "Pass it to an input as it is, or build a string with interpolate\`http://\${ref}/\`.",
        ],
        [
          "failed",
          "north",
          "shop.wall cannot be expanded: out of bricks",
        ],
      ]
    `)
  })

  it('is told about with the part that is wrong', () => {
    expect(toldOf(({ part }) => ({ label: part('low', shelf, { name: 'a', width: 99 }).name }))).toMatchInlineSnapshot(`
      [
        [
          "invalid_input",
          "north/low",
          "width",
          "Too big: expected number to be <=9",
        ],
      ]
    `)
    expect(
      toldOf(({ part }) => {
        const { name } = part('other', shelf, { name: 'b' }) as never as { name: { nick: Expression<string> } }
        return { label: part('low', shelf, { name: 'a', label: name.nick }).name }
      }),
    ).toMatchInlineSnapshot(`
      [
        [
          "unknown_reference",
          "north/low",
          "label",
          ""north/other" (shop.shelf) has no attribute "name.nick"",
        ],
      ]
    `)
  })
})

it('inputs that do not fit each other are refused, though others of them are not known', () => {
  const narrow = wallInputs.refine(({ width, note }) => width < 5 || note !== undefined, {
    error: 'Say why it is so wide',
  })
  const { shop, hall } = shopWith(
    ({ inputs: { name }, part }) => ({ label: part('low', shelf, { name }).name }),
    narrow,
  )
  const first = shop.wall('first', { on: hall, name: 'first' })
  const told = (width: number, note?: string) => {
    const wide = shop.wall('wide', { on: hall, name: first.label, width, ...(note ? { note } : {}) })
    const { diagnostics } = buildModel(defineLab({ name: 'home', resources: wide }))
    return diagnostics.map(({ address, summary }) => `${address}: ${summary}`)
  }
  expect(told(7)).toEqual(['wide: Say why it is so wide'])
  expect([...told(7, 'for maps'), ...told(2)]).toEqual([])
})

describe('parts', () => {
  it('are on what the composite is on, on what they say, or on nothing', () => {
    const { shop, hall } = shopWith(({ inputs: { name }, part }) => {
      const attic = part('attic', room, { name: 'attic' })
      part('there', shelf, { name }, { on: attic })
      return { label: part('here', shelf, { name }).name }
    })
    const { model, diagnostics } = buildModel(
      defineLab({ name: 'home', resources: shop.wall('north', { on: hall, name: 'north' }) }),
    )
    expect(diagnostics).toEqual([])
    expect([...model.resources.values()].map(({ address, on }) => [address, on])).toEqual([
      ['hall', undefined],
      ['north/attic', undefined],
      ['north/there', 'north/attic'],
      ['north/here', 'hall'],
    ])
  })

  it('leave out what the composite was not given', async () => {
    const { shop, hall } = shopWith(({ inputs: { name, note }, part }) => ({
      label: part('low', shelf, { name, label: note }).name,
    }))
    const home = testEngine(fakeWorld())
    await home.apply(shop.wall('north', { on: hall, name: 'north' }))
    expect((await home.state()).resources['north/low']!.inputs).toEqual({ name: 'north' })
  })

  it('cost as much as so many resources: each composite is expanded once, and each expression looked at a few times', () => {
    let [expanded, looks] = [0, 0]
    const counted = <T extends object>(expression: T): T =>
      new Proxy(expression, {
        get(target, key) {
          if (key === EXPRESSION) looks++
          return target[key as keyof T]
        },
      })
    const { shop, hall } = shopWith(({ inputs: { name, note, width }, part }) => {
      expanded++
      const low = part('low', shelf, { name, width, label: note })
      return { label: counted(interpolate`${low.name} and more`), width }
    })
    const looksAt = (count: number): number => {
      const walls = [shop.wall('w0', { on: hall, name: 'w0' })]
      for (const { label, width } of walls) {
        if (walls.length === count) break
        const name = `w${walls.length}`
        walls.push(shop.wall(name, { on: hall, name, note: counted(label), width: counted(width) }))
      }
      const lab = defineLab({ name: 'home', resources: walls })
      ;[expanded, looks] = [0, 0]
      const { model, diagnostics } = buildModel(lab)
      expect([model.resources.size, diagnostics, expanded]).toEqual([count + 1, [], count])
      expect(model.resources.get(`w${count - 1}/low`)!.set).toMatchObject({ width: 2 })
      return looks
    }
    const [few, many] = [looksAt(100), looksAt(800)]
    expect(few).toBeGreaterThan(300)
    expect(many).toBeLessThan(few * 8.1)
  })
})

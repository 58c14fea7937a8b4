import * as z from 'zod'
import { defineComposite } from '../composite.ts'
import type { Health } from '../health.ts'
import { definePlugin } from '../plugin.ts'
import { defineProvider } from '../provider.ts'
import { interpolate } from '../ref.ts'
import { defineResource, type Owner } from '../resource.ts'
import { sensitive } from '../secret.ts'
import { fakeVerbs } from './fake-verbs.ts'
import type { Box, FakeObject, World } from './fake-world.ts'

const mark = z.object({ lab: z.string(), address: z.string() }).optional()
const marked = { owner: (attributes: { mark?: Owner | undefined }) => attributes.mark }
const named = { identity: ({ name }: { name: string }) => name }

/** A plugin whose types are all that the engine can meet, on the machines of one fake world. */
export function fakePlugin(world: World) {
  const box = defineProvider({
    name: 'box',
    endpoint: z.object({ address: z.string() }),
    concurrency: 4,
    connect: ({ endpoint, signal }) => world.connect(endpoint.address, signal),
    scope: async (connection: Box) => connection.machine.id,
    close: world.disconnect,
  })

  const verbs = fakeVerbs(world)

  const machine = defineResource({
    type: 'fake.machine',
    description: 'A machine that is simply there.',
    ownership: 'asserted',
    inputs: z.object({ address: z.string(), power: z.enum(['on', 'off']).optional() }),
    attributes: z.object({ address: z.string(), id: z.string() }),
    identity: ({ address }) => address,
    readsInputs: true,
    provides: {
      provider: box,
      endpoint: ({ inputs: { address, power } }) => (power === 'off' ? undefined : { address }),
    },
    async read({ self, identity }) {
      const { machine } = (await self()) as Box
      return { address: identity, id: machine.id }
    },
    create: async () => Promise.reject(new Error('A machine cannot be made')),
    delete: async () => {},
    lifecycle: {
      isRunning: () => true,
      stays: ({ power }) => (power === undefined ? 'nothing could start it again' : undefined),
      poweredBy: 'power',
      async stop({ self, observed, signal }) {
        const inside = (await self()) as Box
        await inside.call({ verb: 'stop', type: 'machine', identity: observed.address }, signal, () => {
          inside.machine.up = false
        })
      },
      start: async () => {},
    },
  })

  const powerInputs = z.object({ name: z.string(), machine: z.string(), state: z.enum(['on', 'off']).default('on') })
  const powers = verbs<z.output<typeof powerInputs>>('power', named.identity)
  const turned = async (ctx: Parameters<typeof powers.read>[0], verb: 'stop' | 'start') =>
    await powers.request(ctx, verb, ctx.identity, () => {
      const object = powers.existing(ctx.connection, ctx.identity)
      object.data['state'] = verb === 'start' ? 'on' : 'off'
      world.machine(String(object.data['machine'])).up = verb === 'start'
      return powers.present(object)
    })
  const power = defineResource({
    type: 'fake.power',
    description: 'What switches a machine on and off.',
    provider: box,
    inputs: powerInputs,
    attributes: powerInputs,
    ...named,
    ...powers,
    async update(ctx) {
      const updated = await powers.update(ctx)
      world.machine(ctx.inputs.machine).up = ctx.inputs.state === 'on'
      return updated
    },
    lifecycle: {
      isRunning: ({ state }) => state === 'on',
      isWanted: ({ state }) => state === 'on',
      stop: (ctx) => turned(ctx, 'stop'),
      start: (ctx) => turned(ctx, 'start'),
    },
  })

  const guestInputs = z.object({
    name: z.string(),
    size: z.number().default(1),
    image: z.string().default('base'),
    power: z.enum(['on', 'off']).default('on'),
  })
  const guestAttributes = guestInputs.extend({ id: z.string(), ip: z.string().optional(), mark })
  const guests = verbs<z.output<typeof guestAttributes>>('guest', named.identity)
  const withAddress = (object: FakeObject) => {
    const inside = world.insideOf(object)
    if (inside) inside.up = object.data['power'] === 'on'
    return { ...guests.present(object), ip: inside?.up ? inside.address : undefined }
  }
  const switched = (ctx: Parameters<typeof guests.read>[0], verb: 'stop' | 'start') =>
    guests.request(ctx, verb, ctx.identity, () => {
      const object = guests.existing(ctx.connection, ctx.identity)
      object.data['power'] = verb === 'start' ? 'on' : 'off'
      return withAddress(object)
    })
  const guest = defineResource({
    type: 'fake.guest',
    description: 'A machine inside a machine.',
    provider: box,
    inputs: guestInputs,
    attributes: guestAttributes,
    ...named,
    ...marked,
    replaceOn: ['image', 'name'],
    restartOn: ['size'],
    provides: {
      provider: box,
      endpoint: ({ attributes }) => (attributes?.ip === undefined ? undefined : { address: attributes.ip }),
      destroysContents: true,
    },
    read: (ctx) =>
      guests.request(ctx, 'read', ctx.identity, () => {
        const object = guests.find(ctx.connection, ctx.identity)
        return object ? withAddress(object) : null
      }),
    create: (ctx) =>
      guests.request(ctx, 'create', ctx.inputs.name, () => {
        guests.add(ctx.connection, ctx.owner, ctx.inputs)
        const object = guests.existing(ctx.connection, ctx.inputs.name)
        world.boot(object)
        return withAddress(object)
      }),
    update: (ctx) =>
      guests.request(ctx, 'update', ctx.inputs.name, () => {
        const object = guests.existing(ctx.connection, ctx.inputs.name)
        guests.change(object, ctx.inputs, ctx.changes)
        return withAddress(object)
      }),
    delete: guests.delete,
    lifecycle: {
      isRunning: ({ power }) => power === 'on',
      isWanted: ({ power }) => power === 'on',
      loses: ({ image }) => (image === 'ram' ? 'what is only in its memory' : undefined),
      stop: (ctx) => switched(ctx, 'stop'),
      start: (ctx) => switched(ctx, 'start'),
    },
    async ready({ self, signal, inputs, attributes }) {
      if (attributes.ip === undefined) return
      const inside = (await self()) as Box
      await inside.call({ verb: 'ready', type: 'guest', identity: inputs.name }, signal, () => {})
    },
  })

  const thingFields = z.object({
    name: z.string(),
    kind: z.string().default('a'),
    size: z.number().max(100).default(1),
    color: z.string().default('grey'),
    ports: z.array(z.number()).default([]),
    tags: z.record(z.string(), z.string()).optional(),
    note: z.string().optional(),
    link: z.union([z.string(), z.object({ url: z.string(), weight: z.number().default(1) })]).optional(),
    token: sensitive(z.string()).optional(),
  })
  const thingInputs = thingFields
    .extend({ password: z.string().optional() })
    .refine(({ size, ports }) => ports.length <= size * 2, {
      error: 'at most two ports for each size',
      path: ['ports'],
    })
  const thingAttributes = z.object({
    ...thingFields.shape,
    id: z.string(),
    url: z.string(),
    mark,
  })
  const things = verbs<z.output<typeof thingAttributes>>('thing', named.identity)
  const withUrl = (object: FakeObject) => ({ ...things.present(object), url: `thing://${object.identity}` })
  const thing = defineResource({
    type: 'fake.thing',
    description: 'An object with a mark and every kind of input. The password can be written, not read.',
    provider: box,
    inputs: thingInputs,
    attributes: thingAttributes,
    ...named,
    ...marked,
    replaceOn: ['kind', 'name'],
    restartOn: ['color'],
    predict: ({ name }) => ({ name, url: `thing://${name}` }),
    claims: ({ ports }) => ports.map((port) => ({ kind: 'port', scope: 'connection', key: String(port) })),
    async readMany(contexts) {
      const [first] = contexts
      if (!first) return []
      const identities = contexts.map(({ identity }) => identity)
      return await things.request(first, 'read', identities.join(','), () =>
        identities.map((identity) => {
          const object = things.find(first.connection, identity)
          return object ? withUrl(object) : null
        }),
      )
    },
    create: (ctx) =>
      things.request(ctx, 'create', ctx.inputs.name, () => {
        things.add(ctx.connection, ctx.owner, ctx.inputs)
        return withUrl(things.existing(ctx.connection, ctx.inputs.name))
      }),
    update: (ctx) =>
      things.request(ctx, 'update', ctx.inputs.name, () => {
        const object = things.existing(ctx.connection, ctx.inputs.name)
        things.change(object, ctx.inputs, ctx.changes)
        return withUrl(object)
      }),
    delete: things.delete,
    /** As hands have written it beside its data. */
    health: (ctx) =>
      things.request(ctx, 'health', ctx.identity, () => {
        const { data } = things.existing(ctx.connection, ctx.identity)
        return (data['health'] as Health | undefined) ?? { state: 'healthy', summary: `of size ${ctx.observed.size}` }
      }),
    async list(connection, signal) {
      return await connection.call({ verb: 'list', type: 'thing', identity: '' }, signal, () =>
        connection.machine.objects
          .filter(({ type }) => type === 'thing')
          .map((object) => ({ identity: object.identity, name: object.identity, attributes: withUrl(object) })),
      )
    },
    inputsOf: ({ id: _, url: __, mark: ___, token: ____, ...inputs }) => inputs,
  })

  const plainInputs = z.object({ path: z.string(), text: z.string().optional(), mode: z.string().default('644') })
  const plainAttributes = plainInputs
  const plain = defineResource({
    type: 'fake.plain',
    description: 'An object that can carry no mark, and that keeps what is no longer set.',
    provider: box,
    inputs: plainInputs,
    attributes: plainAttributes,
    identity: ({ path }) => path,
    replaceOn: ['path'],
    whenUnset: 'release',
    ...verbs<z.output<typeof plainAttributes>>('plain', ({ path }: { path: string }) => path, { markless: true }),
  })

  const diskInputs = z.object({ name: z.string(), size: z.number().default(1), format: z.string().default('ext4') })
  const diskAttributes = diskInputs.extend({ mark })
  const disk = defineResource({
    type: 'fake.disk',
    description: 'An object with data.',
    provider: box,
    inputs: diskInputs,
    attributes: diskAttributes,
    ...named,
    ...marked,
    replaceOn: ['format', 'name'],
    stateful: true,
    ...verbs<z.output<typeof diskAttributes>>('disk', named.identity),
  })

  const vaultInputs = z.object({
    name: z.string(),
    parts: z.array(z.string()).default([]),
    grade: z.number().default(1),
  })
  const vaultAttributes = vaultInputs.extend({ token: sensitive(z.string()).optional(), mark })
  const vaults = verbs<z.output<typeof vaultAttributes>>('vault', named.identity)
  const vault = defineResource({
    type: 'fake.vault',
    description: 'An object with parts that hold data, and a token that is shown only when it is made.',
    provider: box,
    inputs: vaultInputs,
    attributes: vaultAttributes,
    ...named,
    ...marked,
    replaceOn: ['grade', 'name'],
    stateful: ({ parts }) => parts.map((part) => `parts/${part}`),
    read: vaults.read,
    create: async (ctx) => ({ ...(await vaults.create(ctx)), token: `token-of-${ctx.inputs.name}-0123456789` }),
    update: vaults.update,
    delete: (ctx) =>
      vaults.request(ctx, 'delete', ctx.identity, () => {
        const { address, objects } = ctx.connection.machine
        const object = vaults.find(ctx.connection, ctx.identity)
        if (object) world.remove(address, object)
        for (const part of ctx.observed.parts) {
          const identity = `${ctx.identity}/parts/${part}`
          const left = objects.find((one) => one.type === 'part' && one.identity === identity)
          const stays = ctx.keep.includes(`parts/${part}`)
          if (left && !stays) world.remove(address, left)
          if (object && !left && stays) world.plant(address, { type: 'part', identity, data: {} })
        }
      }),
  })

  const versioned = z.object({ name: z.string(), version: z.number().default(1), size: z.number().default(1) })
  const pairAttributes = versioned.extend({ id: z.string(), mark })
  const pair = defineResource({
    type: 'fake.pair',
    description: 'An object that can stand beside another one of its name, told apart by its id.',
    provider: box,
    inputs: versioned,
    attributes: pairAttributes,
    ...named,
    ...marked,
    replaceOn: ['version', 'name'],
    createFirst: ({ id }) => id,
    ...verbs<z.output<typeof pairAttributes>>('pair', named.identity, { twins: true }),
  })

  const swapAttributes = versioned.extend({ mark })
  const swaps = verbs<z.output<typeof swapAttributes>>('swap', named.identity)
  const swap = defineResource({
    type: 'fake.swap',
    description: 'An object that is replaced in one go.',
    provider: box,
    inputs: versioned,
    attributes: swapAttributes,
    ...named,
    ...marked,
    replaceOn: ['version', 'name'],
    ...swaps,
    replace: (ctx) =>
      swaps.request(ctx, 'replace', ctx.inputs.name, () => {
        const { machine } = ctx.connection
        const former = machine.objects.find(
          ({ type, identity }) => type === 'swap' && identity === String(ctx.observed.name ?? ctx.inputs.name),
        )
        if (former) world.remove(machine.address, former)
        return swaps.add(ctx.connection, ctx.owner, ctx.inputs)
      }),
  })

  const entryInputs = z.object({ key: z.string(), value: z.string().default('') })
  const entries = verbs<z.output<typeof entryInputs>>('entry', ({ key }: { key: string }) => key, { markless: true })
  const entry = defineResource({
    type: 'fake.entry',
    description: 'Our part of one document, which is written as a whole.',
    provider: box,
    ownership: 'shared',
    inputs: entryInputs,
    attributes: entryInputs,
    identity: ({ key }) => key,
    replaceOn: ['key'],
    read: entries.read,
    async batch(items) {
      const [first] = items
      if (!first) return []
      const { connection, signal } = first.context
      const keyOf = (item: (typeof items)[number]) =>
        item.verb === 'delete' ? item.context.identity : item.context.inputs.key
      const identity = items.map(keyOf).join(',')
      return await connection.call({ verb: 'update', type: 'document', identity }, signal, () =>
        items.map((item) => {
          const object = entries.find(connection, keyOf(item))
          if (item.verb === 'delete') {
            if (object) world.remove(connection.machine.address, object)
            return null
          }
          if (!object) return entries.add(connection, item.context.owner, item.context.inputs)
          return entries.change(object, item.context.inputs, [{ path: 'value' }])
        }),
      )
    },
  })

  const engine = defineProvider({
    name: 'engine',
    over: box,
    connect: async ({ via }) => (await via()) as Box,
  })
  const appAttributes = versioned.extend({ mark, running: z.boolean().default(true) })
  const apps = verbs<z.input<typeof appAttributes>>('app', named.identity)
  const turnedApp = (ctx: Parameters<typeof apps.read>[0], verb: 'stop' | 'start') =>
    apps.request(ctx, verb, ctx.identity, () => {
      const object = apps.existing(ctx.connection, ctx.identity)
      object.data['running'] = verb === 'start'
      return apps.present(object)
    })
  const app = defineResource({
    type: 'fake.app',
    description: 'An object of an engine that is spoken to over a machine.',
    provider: engine,
    inputs: versioned,
    attributes: appAttributes,
    ...named,
    ...marked,
    replaceOn: ['version', 'name'],
    ...apps,
    diff: ({ observed, diff }) =>
      observed.running
        ? diff()
        : [{ path: 'running', before: false, after: true, effect: 'live', cause: 'drifted' }, ...diff()],
    async update(ctx) {
      const found = apps.existing(ctx.connection, ctx.inputs.name)
      found.data['running'] = true
      return await apps.update(ctx)
    },
    lifecycle: {
      isRunning: ({ running }) => running,
      stop: (ctx) => turnedApp(ctx, 'stop'),
      start: (ctx) => turnedApp(ctx, 'start'),
    },
  })

  const site = defineComposite({
    type: 'fake.site',
    description:
      'A thing, the entry that leads to it, and the file that names it: made in this order. On demand, a disk.',
    provider: box,
    inputs: z.object({
      name: z.string(),
      size: z.number().default(1),
      note: z.string().optional(),
      password: sensitive(z.string()).optional(),
      disk: z.boolean().default(false),
    }),
    attributes: z.object({
      url: z.string(),
      id: z.string(),
      size: z.number(),
      file: z.object({ path: z.string() }),
      password: sensitive(z.string()).optional(),
    }),
    expand({ inputs: { name, size, note, password, disk: withDisk }, part }) {
      const disks = withDisk === true ? [part('data', disk, { name })] : []
      const backend = part('backend', thing, { name, size, note, password }, { dependsOn: disks })
      const route = part('route', entry, { key: name, value: backend.url })
      const file = part('file', plain, { path: interpolate`/sites/${name}`, text: route.value }, { dependsOn: [route] })
      return { url: interpolate`https://${route.key}/`, id: backend.id, size, file: { path: file.path }, password }
    },
  })

  return definePlugin({
    name: 'fake',
    package: '@lares/plugin-fake',
    version: '1.0.0',
    resources: { machine, power, guest, thing, plain, disk, vault, pair, swap, entry, app, site },
  })
}

/** The factories of the fake plugin. */
export type Fake = ReturnType<typeof fakePlugin>

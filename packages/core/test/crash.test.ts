import { describe, expect, it } from 'vitest'
import { type Listing, type PlanOptions, planText, pluginOf } from '../src/index.ts'
import {
  changesText,
  type Fake,
  fakePlugin,
  fakeWorld,
  type TestEngine,
  testEngine,
  type World,
} from '../src/testing/index.ts'

type Config = (fake: Fake) => Listing

const small: Config = (fake) => {
  const tower = fake.machine('tower', { address: 'tower' })
  const guest = fake.guest('guest', { on: tower, name: 'guest' })
  const disk = fake.disk('disk', { on: tower, name: 'disk' })
  const web = fake.thing('web', { on: guest, name: 'web', ports: [80] })
  const plain = fake.plain('plain', { on: tower, path: '/etc/motd', text: web.url })
  const pair = fake.pair('pair', { on: tower, name: 'pair', dependsOn: [disk] })
  const swap = fake.swap('swap', { on: tower, name: 'swap' })
  const vault = fake.vault('vault', { on: guest, name: 'vault', parts: ['db'] })
  const entry = fake.entry('entry', { on: tower, key: 'a', value: pair.id })
  return [tower, guest, disk, web, plain, pair, swap, vault, entry, fake.entry('entry2', { on: tower, key: 'b' })]
}

/** Everything is changed in place or replaced, in each of the orders; a port and a type change hands. */
const changed: Config = (fake) => {
  const tower = fake.machine('tower', { address: 'tower' })
  const guest = fake.guest('guest', { on: tower, name: 'guest', size: 2 })
  const disk = fake.disk('disk', { on: tower, name: 'disk', size: 5 })
  const web = fake.thing('web', { on: guest, name: 'web', kind: 'b', note: 'new' })
  const plain = fake.plain('plain', { on: tower, path: '/etc/issue', text: web.url })
  const pair = fake.pair('pair', { on: tower, name: 'pair', version: 2, dependsOn: [disk] })
  const swap = fake.swap('swap', { on: tower, name: 'swap', version: 2 })
  const vault = fake.vault('vault', { on: guest, name: 'vault', parts: ['db', 'files'] })
  const entry = fake.entry('entry', { on: tower, key: 'a', value: pair.id })
  const other = fake.thing('other', { on: guest, name: 'other', ports: [80] })
  return [tower, guest, disk, web, plain, pair, swap, vault, entry, other, fake.app('entry2', { on: tower, name: 'b' })]
}

/** The guest is made anew, with everything on it. */
const otherGuest: Config = (fake) => {
  const tower = fake.machine('tower', { address: 'tower' })
  const guest = fake.guest('guest', { on: tower, name: 'guest', image: 'other' })
  const disk = fake.disk('disk', { on: tower, name: 'disk' })
  const web = fake.thing('web', { on: guest, name: 'web', ports: [80] })
  const app = fake.app('app', { on: guest, name: 'app' })
  const plain = fake.plain('plain', { on: tower, path: '/etc/motd', text: web.url })
  const vault = fake.vault('vault', { on: guest, name: 'vault', parts: ['db'] })
  return [tower, guest, disk, web, app, plain, vault]
}

/** Things are renamed, moved to another machine, removed and kept. */
const moved: Config = (fake) => {
  const tower = fake.machine('tower', { address: 'tower' })
  const attic = fake.machine('attic', { address: 'attic' })
  const guest = fake.guest('virtual', { on: tower, name: 'guest', movedFrom: 'guest' })
  const web = fake.thing('site', { on: guest, name: 'web', ports: [80], size: 3, movedFrom: 'web' })
  const plain = fake.plain('motd', { on: tower, path: '/etc/motd', text: web.url })
  const pair = fake.pair('twin', { on: tower, name: 'pair', version: 3, movedFrom: 'pair' })
  const swap = fake.swap('swap', { on: attic, name: 'swap' })
  return [tower, attic, guest, web, plain, pair, swap]
}

const composed: Config = (fake) => {
  const tower = fake.machine('tower', { address: 'tower' })
  const guest = fake.guest('guest', { on: tower, name: 'guest' })
  const photos = fake.site('photos', { on: guest, name: 'pics', disk: true })
  return [photos, fake.plain('plain', { on: tower, path: '/etc/motd', text: photos.url })]
}

/** The composite is renamed, and its parts are replaced and changed; another one comes after it. */
const recomposed: Config = (fake) => {
  const tower = fake.machine('tower', { address: 'tower' })
  const guest = fake.guest('guest', { on: tower, name: 'guest' })
  const album = fake.site('album', { on: guest, name: 'album', size: 2, disk: true, movedFrom: 'photos' })
  return [album, fake.site('blog', { on: tower, name: 'blog', note: album.id, dependsOn: [album] })]
}

const steps: { name: string; from?: Config; to: Config; options?: PlanOptions }[] = [
  { name: 'create', to: small },
  { name: 'update and replace', from: small, to: changed },
  { name: 'replace a guest', from: small, to: otherGuest, options: { allowDataLoss: ['vault/parts/db', 'vault'] } },
  { name: 'rename, move, keep and delete', from: small, to: moved },
  { name: 'create a composite', to: composed },
  { name: 'change a composite', from: composed, to: recomposed, options: { allowDataLoss: ['album'] } },
  { name: 'destroy and keep', from: small, to: small, options: { mode: 'destroy' } },
  {
    name: 'destroy',
    from: small,
    to: small,
    options: { mode: 'destroy', allowDataLoss: ['disk', 'vault', 'vault/parts/db'] },
  },
  {
    name: 'destroy a composite',
    from: composed,
    to: composed,
    options: { mode: 'destroy', allowDataLoss: ['photos'] },
  },
]

interface Bench {
  world: World
  home: TestEngine
  config: Listing
}

async function begin({ from, to }: (typeof steps)[number]): Promise<Bench> {
  const world = fakeWorld('tower', 'attic')
  const fake = fakePlugin(world)
  const home = testEngine(world, { loadPlugin: async () => pluginOf(fake) })
  if (from) {
    const { failed, skipped } = await home.apply(from(fake))
    if (failed + skipped > 0) throw new Error('The lab could not be built')
  }
  world.calls.splice(0)
  return { world, home, config: to(fake) }
}

/** The state without what a run after a crash may know otherwise: ids and addresses that the world gave out, and its causes. */
const stateText = async (home: TestEngine): Promise<string> => {
  const { resources, kept } = await home.state()
  const text = JSON.stringify({ resources, kept }, (key, value) =>
    ['scope', 'adopted', 'formerly', 'sealed', 'hmac'].includes(key) ? undefined : value,
  )
  return text
    .replace(/"#\d+"/g, '"#"')
    .replace(/"10\.0\.0\.\d+"/g, '"ip"')
    .replace(/,"token":\{[^}]*\}/g, '')
}

/** The world without ids, which depend on how often something was made. */
const worldText = (world: World): string => world.text().replace(/"#\d+"/g, '"#"')

describe.each(steps)('killed in the middle of: $name', (step) => {
  const converges = async ({ world, home, config }: Bench, expected: { world: string; state: string }) => {
    const again = await home.apply(config, step.options)
    if (again.skipped) throw new Error(planText(again.plan) + JSON.stringify(again.plan.diagnostics))
    expect(again).toMatchObject({ failed: 0, skipped: 0, unreachable: 0, diagnostics: [] })
    expect(again.plan.nodes.filter(({ blocked }) => blocked)).toEqual([])
    expect(worldText(world)).toBe(expected.world)
    expect(changesText(await home.plan(config, step.options))).toBe('')
    expect(JSON.parse(await stateText(home))).toEqual(JSON.parse(expected.state))
  }

  it('it converges from every boundary', async () => {
    const whole = await begin(step)
    const appendsBefore = whole.home.store.journal.length
    const result = await whole.home.apply(whole.config, step.options)
    expect(result).toMatchObject({ failed: 0, skipped: 0, diagnostics: [] })
    const expected = { world: worldText(whole.world), state: await stateText(whole.home) }
    const calls = whole.world.calls.filter(({ verb }) => verb !== 'close').length
    const covered = { before: 0, after: 0, unrecorded: 0, recorded: 0 }
    for (const when of ['before', 'after'] as const) {
      for (let skip = 0; skip < calls; skip++) {
        const bench = await begin(step)
        bench.world.inject({ does: 'crash', when, skip })
        const finished = await bench.home.applyAndCrash(bench.config, step.options)
        if (finished) continue
        covered[when]++
        await converges(bench, expected).catch((error: Error) => {
          error.message = `crashed ${when} wire call ${skip}: ${error.message}`
          throw error
        })
      }
    }
    for (const recorded of [false, true]) {
      for (let append = 0; append < whole.home.store.journal.length - appendsBefore; append++) {
        const bench = await begin(step)
        const finished = await bench.home.applyAndCrash(bench.config, step.options, { append, recorded })
        if (finished) break
        covered[recorded ? 'recorded' : 'unrecorded']++
        await converges(bench, expected).catch((error: Error) => {
          error.message = `crashed at append ${append}, ${recorded ? '' : 'not '}recorded: ${error.message}`
          throw error
        })
      }
    }
    console.log(
      `${step.name}: ${covered.before} calls before, ${covered.after} after; appends ${covered.unrecorded} lost, ${covered.recorded} recorded`,
    )
    expect(Math.min(...Object.values(covered))).toBeGreaterThan(3)
  }, 60_000)
})

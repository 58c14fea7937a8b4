import { describe, expect, it } from 'vitest'
import { pluginOf } from '../src/index.ts'
import { bench, codes, refusal } from './bench.ts'

function layered(image = 'base', more: { disk?: boolean; size?: number } = {}) {
  const made = bench()
  const { fake, tower } = made
  const config = (image: string, { disk = true, size = 1 } = more) => {
    const guest = fake.guest('guest', { on: tower, name: 'guest', image })
    const web = fake.thing('web', { on: guest, name: 'web', size })
    return [
      guest,
      web,
      fake.app('app', { on: guest, name: 'app' }),
      ...(disk ? [fake.disk('disk', { on: guest, name: 'disk' })] : []),
    ]
  }
  return { ...made, config, first: config(image, more) }
}

describe('a host that is replaced', () => {
  it('is refused while it holds data that nobody agreed to lose', async () => {
    const { home, config, world } = layered()
    await home.apply(config('base'))
    const before = world.text()
    const { plan } = await home.apply(config('other'))
    expect(plan.diagnostics).toMatchObject([
      { code: 'data_loss', address: 'disk', advice: expect.stringContaining('--allow-data-loss disk') },
    ])
    expect(world.text()).toBe(before)
  })

  it('with consent takes its contents along, without a call for them, and gets them anew', async () => {
    const { home, config, world } = layered()
    await home.apply(config('base'))
    world.takeChanges()
    expect(await home.planTextOf(config('other'), { allowDataLoss: ['disk'] })).toMatchInlineSnapshot(`
      "delete guest#old; because changed
      replace guest; replace; delete-first; because changed; after tower, guest#old
        image: "base" -> "other" (replace, changed)
      create web; because gone with its host; or none; decided after guest; after guest
      create app; because gone with its host; or none; decided after guest; after guest
      create disk; because gone with its host; or none; decided after guest; after guest"
    `)
    expect(await home.apply(config('other'), { allowDataLoss: ['disk'] })).toMatchObject({ failed: 0, skipped: 0 })
    const [first, second, ...contents] = world.takeChanges()
    expect([first, second]).toEqual(['delete guest guest', 'create guest guest'])
    expect(contents.sort()).toEqual(['create app app', 'create disk disk', 'create thing web'])
    expect(await home.planTextOf(config('other'))).toBe('')
  })

  it('is refused when something on it was kept', async () => {
    const { home, config, world } = layered()
    await home.apply(config('base'))
    await home.apply(config('base', { disk: false }))
    expect(Object.keys((await home.state()).kept)).toContain('disk')
    const { plan } = await home.apply(config('other', { disk: false }))
    expect(codes(plan)).toEqual(['data_loss'])
    expect(world.find('disk', 'disk')).toBeDefined()
  })
})

describe('a host that is removed', () => {
  it('goes with its contents in one call', async () => {
    const { home, config, tower, world } = layered('base', { disk: false })
    await home.apply(config('base'))
    world.takeChanges()
    expect(await home.planTextOf(tower)).toMatchInlineSnapshot(`
      "delete app; because gone with its host; gone with guest
      delete web; because gone with its host; gone with guest
      delete guest; because removed; after app, web"
    `)
    expect(await home.apply(tower)).toMatchObject({ failed: 0, skipped: 0 })
    expect(world.takeChanges()).toEqual(['delete guest guest'])
    expect(Object.keys((await home.state()).resources)).toEqual(['tower'])
    expect(await home.planTextOf(tower)).toBe('')
  })

  it('goes with its contents when it is off and nothing on it answers', async () => {
    const { home, config, tower, world } = layered('base', { disk: false })
    await home.apply(config('base'))
    world.find('guest', 'guest')!.data['power'] = 'off'
    world.takeChanges()
    expect(await home.planTextOf(tower)).toMatchInlineSnapshot(`
      "delete app; because gone with its host; gone with guest
      delete web; because gone with its host; gone with guest
      delete guest; because removed; after app, web"
    `)
    expect(await home.apply(tower)).toMatchObject({ failed: 0, skipped: 0, unreachable: 0 })
    expect(world.takeChanges()).toEqual(['delete guest guest'])
    expect(Object.keys((await home.state()).resources)).toEqual(['tower'])
  })

  it('stays when nothing on it answers and data in it may not be lost, and when its own machine does not answer', async () => {
    const { home, config, tower, world } = layered()
    await home.apply(config('base'))
    const { data } = world.find('guest', 'guest')!
    data['power'] = 'off'
    expect(await home.planTextOf(tower)).toMatchInlineSnapshot(`
      "none disk; because removed; blocked: unreachable
      none app; because removed; blocked: unreachable
      none web; because removed; blocked: unreachable
      delete guest; because removed; blocked: dependency; after disk, app, web"
    `)
    expect(await home.apply(tower)).toMatchObject({ done: 0, failed: 0 })
    data['power'] = 'on'
    world.machine('tower').up = false
    const before = Object.keys((await home.state()).resources)
    expect(await home.apply(tower, { allowDataLoss: ['disk'] })).toMatchObject({ done: 0, failed: 0 })
    expect(Object.keys((await home.state()).resources)).toEqual(before)
    world.heal()
    expect(await home.apply(tower, { allowDataLoss: ['disk'] })).toMatchObject({ failed: 0, skipped: 0 })
    expect(world.find('guest', 'guest')).toBeUndefined()
  })

  it('is kept with the data that it holds, and the rest on it goes', async () => {
    const { home, config, tower, world } = layered()
    await home.apply(config('base'))
    world.takeChanges()
    expect(await home.planTextOf(tower)).toMatchInlineSnapshot(`
      "keep disk; because removed
      delete app; because removed
      delete web; because removed
      keep guest; because removed; holds disk; after disk, app, web"
    `)
    await home.apply(tower)
    expect(world.takeChanges().sort()).toEqual(['delete app app', 'delete thing web'])
    expect(Object.keys((await home.state()).kept).sort()).toEqual(['disk', 'guest'])
    expect(await home.planTextOf(tower)).toBe('')
    await home.apply(tower, { allowDataLoss: ['disk', 'guest'] })
    expect(world.text()).toBe('')
    expect((await home.state()).kept).toEqual({})
  })

  it('and whose connection is needed for a deletion is closed after it', async () => {
    const { home, fake, tower, attic, world } = bench()
    await home.apply([
      tower,
      fake.thing('web', { on: attic, name: 'web' }),
      fake.app('app', { on: attic, name: 'app' }),
    ])
    world.calls.splice(0)
    expect(await home.planTextOf(tower)).toMatchInlineSnapshot(`
      "delete web; because removed
      delete app; because removed
      forget attic; because removed; after web, app"
    `)
    await home.apply(tower)
    const verbs = world.calls.filter(({ machine }) => machine === 'attic').map(({ verb }) => verb)
    expect(verbs.lastIndexOf('delete')).toBeLessThan(verbs.lastIndexOf('close'))
    expect(world.text()).toBe('')
    expect(Object.keys((await home.state()).resources)).toEqual(['tower'])
  })
})

describe('a host that does not answer', () => {
  it('is a warning on what is on it; the rest goes on, and it is caught up with later', async () => {
    const { home, fake, tower, attic, world } = bench()
    const config = (size: number) => [
      fake.thing('web', { on: tower, name: 'web', size }),
      fake.thing('db', { on: attic, name: 'db', size }),
      fake.app('app', { on: attic, name: 'app', size }),
    ]
    await home.apply(config(1))
    world.machine('attic').up = false
    expect(await home.planTextOf(config(2), {}, true)).toMatchInlineSnapshot(`
      "none tower
      update web; live; because changed; after tower
        size: 1 -> 2 (live, changed)
      none attic; blocked: unreachable
      none db; blocked: unreachable; after attic
      none app; blocked: unreachable; after attic"
    `)
    const result = await home.apply(config(2))
    expect(result).toMatchObject({ done: 1, failed: 0 })
    expect(result.unreachable).toBeGreaterThan(0)
    expect(result.plan.diagnostics).toMatchObject([{ severity: 'warning', code: 'unreachable', address: 'attic' }])
    world.heal()
    expect(await home.apply(config(2))).toMatchObject({ done: 2, failed: 0, unreachable: 0 })
    expect(await home.planTextOf(config(2))).toBe('')
  })

  it('blocks a deletion, and nothing is forgotten', async () => {
    const { home, fake, tower, attic, world } = bench()
    await home.apply([fake.thing('web', { on: tower, name: 'web' }), fake.thing('db', { on: attic, name: 'db' })])
    world.machine('attic').up = false
    const result = await home.apply(tower)
    expect(result).toMatchObject({ failed: 0 })
    expect(result.unreachable).toBeGreaterThan(0)
    expect(Object.keys((await home.state()).resources).sort()).toEqual(['attic', 'db', 'tower'])
    world.heal()
    await home.apply(tower)
    expect(world.text()).toBe('')
  })

  it('is found when it comes up between plan and apply of what waits for it', async () => {
    const { home, fake, tower } = bench()
    const config = (power: 'on' | 'off') => {
      const guest = fake.guest('guest', { on: tower, name: 'guest', power })
      return [guest, fake.thing('web', { on: guest, name: 'web' })]
    }
    const off = await home.apply(config('off'))
    expect(off).toMatchObject({ done: 2, failed: 0, unreachable: 1 })
    expect(codes(off)).toEqual(['unreachable'])
    expect(await home.planTextOf(config('on'))).toMatchInlineSnapshot(`
      "update guest; live; because changed; after tower
        power: "off" -> "on" (live, changed)
      create web; because new; or none; decided after guest; after guest"
    `)
    expect(await home.apply(config('on'))).toMatchObject({ failed: 0, skipped: 0, unreachable: 0 })
    expect(await home.planTextOf(config('on'))).toBe('')
    expect(await home.planTextOf(config('off'))).toMatchInlineSnapshot(`
      "update guest; live; because changed; after tower
        power: "on" -> "off" (live, changed)"
    `)
  })
})

describe('another machine behind the same address', () => {
  it('stops the run', async () => {
    const { home, fake, tower, world } = bench()
    const web = fake.thing('web', { on: tower, name: 'web' })
    await home.apply(web)
    world.machine('tower').id = 'somebody-else'
    world.machine('tower').objects = []
    expect(await refusal(home.plan(web))).toMatchObject([{ code: 'machine_changed', address: 'tower' }])
    expect(world.text()).toBe('')
  })

  it('is no matter when the same machine has another address', async () => {
    const { home, fake, tower, world } = bench()
    await home.apply(fake.thing('web', { on: tower, name: 'web' }))
    world.machines.set('new', { ...world.machine('tower'), address: 'new' })
    const moved = fake.machine('tower', { address: 'new' })
    const { plan, failed } = await home.apply(fake.thing('web', { on: moved, name: 'web' }))
    expect(failed).toBe(0)
    expect(plan.nodes.find(({ id }) => id === 'web')?.action).toBe('none')
    expect(world.takeChanges()).toEqual(['create thing web'])
  })
})

describe('a guest that was moved, with its former self still to be deleted', () => {
  it('is no stranger to what is recorded on it', async () => {
    const { home, fake, tower, attic, world } = bench()
    const before = fake.guest('vm', { on: tower, name: 'vm' })
    await home.apply([
      before,
      fake.thing('web', { on: before, name: 'web' }),
      fake.thing('db', { on: before, name: 'db' }),
    ])
    const vm = fake.guest('vm', { on: attic, name: 'vm' })
    const config = [vm, fake.thing('web', { on: vm, name: 'web' })]
    world.inject({ does: 'fail', verb: 'create', type: 'thing' })
    expect((await home.apply(config)).failed).toBeGreaterThan(0)
    world.heal()
    expect(await home.apply(config)).toMatchObject({ failed: 0, skipped: 0, diagnostics: [] })
    expect(await home.planTextOf(config)).toBe('')
    expect(
      world
        .text()
        .split('\n')
        .map((line) => line.split(' of ')[0]),
    ).toEqual(['attic: guest vm', 'vm: thing web'])
  })
})

describe('what has no config any more', () => {
  it('is deleted with the plugin that is loaded for it', async () => {
    const made = bench()
    const { home, fake, tower, world } = made
    await home.apply(fake.thing('web', { on: tower, name: 'web' }))
    const loaded: string[] = []
    const { testEngine } = await import('../src/testing/index.ts')
    const later = testEngine(world, {
      store: home.store,
      loadPlugin: async (name) => {
        loaded.push(name)
        return pluginOf(fake)
      },
    })
    expect(await later.planTextOf([])).toMatchInlineSnapshot(`
      "delete web; because removed
      forget tower; because removed; after web"
    `)
    await later.apply([])
    expect(loaded).toContain('@lares/plugin-fake')
    expect(world.text()).toBe('')
    expect((await later.state()).resources).toEqual({})
  })

  it('stays where the plugin is missing, until it is forgotten', async () => {
    const { home, fake, tower, world } = bench()
    await home.apply(fake.thing('web', { on: tower, name: 'web' }))
    const result = await home.apply([])
    expect(result.plan.diagnostics).toMatchObject([
      { code: 'plugin_missing', advice: expect.stringContaining('lares state forget') },
      { code: 'plugin_missing' },
    ])
    expect(Object.keys((await home.state()).resources)).toEqual(['tower', 'web'])
    expect(await home.engine.forget(['web', 'tower', 'nobody'])).toEqual(['web', 'tower'])
    expect(await home.planTextOf([])).toBe('')
    expect(world.find('thing', 'web')).toBeDefined()
  })

  it('is not forgotten because its host was', async () => {
    const { home, fake, tower, attic, world } = bench()
    await home.apply([tower, fake.thing('web', { on: attic, name: 'web' })])
    await home.engine.forget(['attic'])
    const result = await home.apply(tower)
    expect(codes(result.plan)).toEqual(['connection_unknown'])
    expect(Object.keys((await home.state()).resources).sort()).toEqual(['tower', 'web'])
    expect(world.find('thing', 'web')).toBeDefined()
  })
})

describe('machines that change places', () => {
  it('are moved with nothing left behind, though each was to be on the other', async () => {
    const { home, fake, tower, world } = bench()
    const config = (outer: string, inner: string) => {
      const host = fake.guest(outer, { on: tower, name: outer })
      const guest = fake.guest(inner, { on: host, name: inner })
      return [host, guest]
    }
    await home.apply([...config('a', 'b')])
    const swapped = config('b', 'a')
    for (let run = 0; run < 2; run++) await home.apply(swapped)
    expect(await home.planTextOf(swapped)).toBe('')
    expect(
      world
        .text()
        .split('\n')
        .map((line) => line.split(' of ')[0]),
    ).toEqual(['b: guest a', 'tower: guest b'])
  })

  it('take along the former place of what has moved out of them', async () => {
    const { home, fake, tower, attic, world } = bench()
    const outer = fake.guest('outer', { on: tower, name: 'outer' })
    await home.apply([outer, fake.guest('inner', { on: outer, name: 'inner' })])
    const options = { allowDataLoss: ['outer', 'inner'] }
    const config = [
      fake.guest('inner', { on: tower, name: 'inner' }),
      fake.guest('outer', { on: attic, name: 'outer' }),
    ]
    expect(await home.planTextOf(config, options)).toContain('delete inner#old; because changed; gone with outer#old')
    expect(await home.apply(config, options)).toMatchObject({ failed: 0, skipped: 0, diagnostics: [] })
    expect([world.machine('tower'), world.machine('attic')].map(({ objects }) => objects.length)).toEqual([1, 1])
    expect(await home.planTextOf(config, options)).toBe('')
  })

  it('take along the former place of what moves out of them, also when the run was interrupted', async () => {
    const { home, fake, tower, attic, world } = bench()
    const guest = fake.guest('guest', { on: tower, name: 'guest' })
    await home.apply([guest, fake.thing('web', { on: guest, name: 'web' })])
    const config = [fake.guest('guest', { on: attic, name: 'guest' }), fake.pair('web', { on: tower, name: 'web' })]
    world.inject({ does: 'crash', verb: 'create', type: 'guest', when: 'before' })
    await home.applyAndCrash(config)
    world.heal()
    expect(await home.planTextOf(config)).toContain('delete web#old; because new; gone with guest#old')
    expect(await home.apply(config)).toMatchObject({ failed: 0, skipped: 0, diagnostics: [] })
    expect([world.machine('tower'), world.machine('attic')].map(({ objects }) => objects.length)).toEqual([1, 1])
    expect(await home.planTextOf(config)).toBe('')
  })

  it('are left by what moves to another one, whenever that is ready', async () => {
    const { home, fake, tower, attic, world } = bench()
    const old = fake.guest('old', { on: tower, name: 'old' })
    await home.apply([old, fake.swap('app', { on: old, name: 'app' })])
    const young = fake.guest('young', { on: tower, name: 'young' })
    const config = [young, fake.swap('app', { on: young, name: 'app' }), fake.guest('old', { on: attic, name: 'old' })]
    expect(await home.planTextOf(config)).toMatchInlineSnapshot(`
      "create young; because new; after tower
      replace app; replace; delete-first; because changed; or update or none; decided after young; after young
      adopt attic; because new
      replace old; replace; create-first; because changed; after attic
      delete old#old; because changed; after old, app"
    `)
    // While the new one gets ready, the former one has gone from where it was known, and its successor is not there yet.
    world.inject({ does: 'fail', verb: 'create', identity: 'young', retryable: true })
    world.inject({ does: 'fail', verb: 'create', identity: 'old', retryable: true, times: 2 })
    expect(await home.apply(config)).toMatchObject({ failed: 0, skipped: 0, diagnostics: [] })
    expect(world.machine('tower').objects.map(({ identity }) => identity)).toEqual(['young'])
    expect(await home.planTextOf(config)).toBe('')
  })

  it('take along what is on them and no longer wanted', async () => {
    const { home, fake, tower, world } = bench()
    const old = fake.guest('vm', { on: tower, name: 'vm' })
    await home.apply([old, fake.thing('web', { on: old, name: 'web' })])
    const host = fake.guest('host', { on: tower, name: 'host' })
    const config = [host, fake.guest('vm', { on: host, name: 'vm' })]
    expect(await home.planTextOf(config)).toMatchInlineSnapshot(`
      "create host; because new; after tower
      delete web; because removed
      replace vm; replace; delete-first; because changed; or update or none; decided after host; after host, web"
    `)
    expect(await home.apply(config)).toMatchObject({ failed: 0, skipped: 0 })
    expect(world.find('thing', 'web')).toBeUndefined()
    expect(await home.planTextOf(config)).toBe('')
  })
})

describe('a machine whose name is taken by another type', () => {
  it('goes with what was on it, even where its namesake moves onto what was inside', async () => {
    const { home, fake, tower, world } = bench()
    const host = fake.guest('host', { on: tower, name: 'host' })
    await home.apply([host, fake.guest('vm', { on: host, name: 'vm' })])
    const vm = fake.guest('vm', { on: tower, name: 'vm' })
    const config = [vm, fake.pair('host', { on: vm, name: 'pair' })]
    expect(await home.apply(config)).toMatchObject({ failed: 0, skipped: 0, diagnostics: [] })
    expect(
      world
        .text()
        .split('\n')
        .map((line) => line.split(' of ')[0]),
    ).toEqual(['tower: guest vm', 'vm: pair pair'])
    expect(await home.planTextOf(config)).toBe('')
  })

  it('goes with the one that it was in, and what was on it is not waited for when that fails at first', async () => {
    const { home, fake, tower, world } = bench()
    const outer = fake.guest('outer', { on: tower, name: 'outer' })
    const inner = fake.guest('inner', { on: outer, name: 'inner' })
    await home.apply([outer, inner, fake.thing('web', { on: inner, name: 'web' })])
    const taker = fake.thing('inner', { on: tower, name: 'inner' })
    const last = fake.thing('outer', { on: tower, name: 'outer', dependsOn: [taker] })
    const config = [taker, last, fake.thing('web', { on: tower, name: 'web', dependsOn: [last] })]
    world.inject({ does: 'fail', verb: 'delete', identity: 'outer' })
    expect(await home.apply(config)).toMatchObject({ failed: 1 })
    expect(await home.apply(config)).toMatchObject({ failed: 0, skipped: 0, diagnostics: [] })
    expect(
      world
        .machine('tower')
        .objects.map(({ identity }) => identity)
        .sort(),
    ).toEqual(['inner', 'outer', 'web'])
    expect(await home.planTextOf(config)).toBe('')
  })

  it('goes with what was on a machine inside, though that could not be made elsewhere at first', async () => {
    const { home, fake, tower, world } = bench()
    const outer = fake.guest('outer', { on: tower, name: 'outer' })
    const inner = fake.guest('inner', { on: outer, name: 'inner' })
    await home.apply([outer, inner, fake.thing('web', { on: inner, name: 'web' })])
    const moved = fake.guest('inner', { on: tower, name: 'inner' })
    const config = [
      fake.thing('outer', { on: tower, name: 'outer' }),
      moved,
      fake.pair('web', { on: moved, name: 'web' }),
    ]
    world.inject({ does: 'fail', verb: 'create', identity: 'inner' })
    expect(await home.apply(config)).toMatchObject({ failed: 1 })
    expect(await home.apply(config)).toMatchObject({ failed: 0, skipped: 0, diagnostics: [] })
    expect(world.find('thing', 'web')).toBeUndefined()
    expect(await home.planTextOf(config)).toBe('')
  })
})

describe('what moves onto a machine that is made anew', () => {
  it('is not made there while nobody can tell whether it is still where it was', async () => {
    const { home, fake, tower, attic, world } = bench()
    const config = (on: typeof tower, move: boolean) => {
      const vm = fake.guest('vm', { on, name: 'vm' })
      return [vm, fake.swap('app', { on: move ? vm : tower, name: 'app' })]
    }
    await home.apply(config(tower, false))
    world.inject({ does: 'fail', verb: 'read', type: 'swap', machine: 'tower' })
    expect((await home.plan(config(attic, true))).nodes.find(({ id }) => id === 'app')).toMatchObject({
      blocked: 'failed',
    })
    expect(await home.apply(config(attic, true))).toMatchObject({ failed: 0, skipped: 0 })
    expect(world.machine('tower').objects).toEqual([])
    expect(await home.planTextOf(config(attic, true))).toBe('')
  })
})

import { describe, expect, it } from 'vitest'
import { planText } from '../src/index.ts'
import { bench, codes, refusal } from './bench.ts'

function powered() {
  const made = bench()
  const { fake, world, home, attic } = made
  const power = fake.power('power', { on: attic, name: 'power', machine: 'tower', state: 'on' })
  const tower = fake.machine('tower', { address: 'tower', power: power.state })
  const config = ({ image = 'base', size = 1, note = 'a', app = ['app'], disk = false, withGuest = true } = {}) => {
    const machines = [attic, power, tower, fake.thing('far', { on: attic, name: 'far', note })]
    if (!withGuest) return machines
    const guest = fake.guest('guest', { on: tower, name: 'guest', image })
    const web = fake.thing('web', { on: guest, name: 'web', size })
    const database = fake.app('database', { on: guest, name: 'database' })
    const apps = app.map((address) => fake.app(address, { on: guest, name: 'app', dependsOn: [database] }))
    return [
      ...machines,
      guest,
      web,
      database,
      ...apps,
      ...(disk ? [fake.disk('disk', { on: guest, name: 'disk' })] : []),
    ]
  }
  const listing = config()
  const stop = (targets: string[] = [], more = {}) => home.apply(listing, { mode: 'stop', targets, ...more })
  const start = (targets: string[] = []) => home.apply(listing, { mode: 'start', targets })
  const stopped = async () => Object.keys((await home.state()).stopped).sort()
  return { ...made, tower, config, listing, stop, start, stopped, isUp: () => world.machine('tower').up }
}

const EVERYTHING = ['app', 'database', 'guest', 'power', 'tower']
const STOPS = ['stop app app', 'stop app database', 'stop guest guest', 'stop machine tower', 'stop power power']
const STARTS = ['start power power', 'start guest guest', 'start app database', 'start app app']

describe('a lab that is stopped', () => {
  it('is stopped in the reverse of its dependencies, and started in order', async () => {
    const { home, listing, world, stop, start, stopped, isUp } = powered()
    await home.apply(listing)
    world.takeChanges()
    expect(planText(await home.plan(listing, { mode: 'stop' }))).toMatchInlineSnapshot(`
      "stop app; because asked
      stop database; because asked; after app
      stop guest; because asked; after app, database
      stop tower; because asked; after guest
      stop power; because asked; after tower"
    `)
    expect(world.takeChanges()).toEqual([])
    expect(await stop()).toMatchObject({ done: 5, failed: 0, skipped: 0, unreachable: 0, diagnostics: [] })
    expect(world.takeChanges()).toEqual(STOPS)
    expect(await stopped()).toEqual(EVERYTHING)
    expect(isUp()).toBe(false)
    expect(planText(await home.plan(listing, { mode: 'start' }))).toMatchInlineSnapshot(`
      "none attic
      start power; because asked; after attic
      start tower; because asked; or none; decided after power; after power
      start guest; because asked; or none; decided after tower; after tower
      start database; because asked; or none; decided after guest; after guest
      start app; because asked; or none; decided after guest; after guest, database"
    `)
    expect(await start()).toMatchObject({ failed: 0, skipped: 0, unreachable: 0, diagnostics: [] })
    expect(world.takeChanges()).toEqual(STARTS)
    expect(await stopped()).toEqual([])
    expect(await home.planTextOf(listing)).toBe('')
    expect(await home.planTextOf(listing, { mode: 'start' })).toBe('')
  })

  it('is left so by apply, which goes on elsewhere, and does not read as broken', async () => {
    const { home, listing, config, world, stop, stopped } = powered()
    await home.apply(listing)
    await stop()
    world.takeChanges()
    const { plan, ...result } = await home.apply(config({ size: 5, note: 'b' }))
    expect(result).toMatchObject({ done: 1, failed: 0, skipped: 0, unreachable: 0, diagnostics: [] })
    expect(plan.diagnostics).toEqual([])
    expect(world.takeChanges()).toEqual(['update thing far'])
    const status = await home.engine.status(home.lab(listing))
    const off = status.resources.filter(({ stopped }) => stopped !== undefined).map(({ address }) => address)
    expect(off.sort()).toEqual(['app', 'database', 'guest', 'power', 'tower', 'web'])
    expect(status.diagnostics).toEqual([])
    expect(await stopped()).toEqual(EVERYTHING)
  })

  it('has nothing left to stop', async () => {
    const { home, listing, world, stop } = powered()
    await home.apply(listing)
    await stop()
    world.takeChanges()
    expect(await home.planTextOf(listing, { mode: 'stop' })).toBe('')
    expect(await stop()).toMatchObject({ done: 0, failed: 0, diagnostics: [] })
    expect(world.takeChanges()).toEqual([])
  })

  it('forgets that what was deleted meanwhile is meant to be off', async () => {
    const { home, config, listing, stop, stopped } = powered()
    await home.apply(listing)
    await stop(['app'])
    expect(await stopped()).toEqual(['app'])
    await home.apply(config({ app: [] }))
    expect(await stopped()).toEqual([])
    expect((await home.apply(listing)).diagnostics).toEqual([])
    expect(await home.planTextOf(listing)).toBe('')
  })
})

describe('what has another name since then', () => {
  it('is stopped and started under it, and off under it', async () => {
    const { home, config, listing, world, stopped } = powered()
    await home.apply(listing)
    world.takeChanges()
    const renamed = config({ app: ['shop'] })
    await home.apply(renamed, { mode: 'stop', targets: ['shop'] })
    expect(world.takeChanges()).toEqual(['stop app app'])
    await home.apply(renamed)
    expect(world.takeChanges()).toEqual([])
    await home.apply(renamed, { mode: 'start' })
    expect(world.takeChanges()).toEqual(['start app app'])
    expect(await stopped()).toEqual([])
    await home.apply(renamed)
    expect(await home.planTextOf(renamed)).toBe('')
  })
})

describe('what is merely kept', () => {
  const kept = async () => {
    const made = powered()
    const { home, config, world } = made
    await home.apply(config({ disk: true }))
    const rest = config({ withGuest: false })
    await home.apply(rest)
    expect(Object.keys((await home.state()).kept).sort()).toEqual(['disk', 'guest'])
    world.takeChanges()
    return { ...made, rest }
  }

  it('is stopped before its machine, and started after it', async () => {
    const { home, rest, world, stopped } = await kept()
    await home.apply(rest, { mode: 'stop' })
    expect(world.takeChanges()).toEqual(['stop guest guest', 'stop machine tower', 'stop power power'])
    expect(await home.planTextOf(rest)).toBe('')
    await home.apply(rest, { mode: 'start' })
    expect(world.takeChanges()).toEqual(['start power power', 'start guest guest'])
    expect(await stopped()).toEqual([])
    expect(await home.planTextOf(rest)).toBe('')
  })

  it('stays off when it was off', async () => {
    const { home, rest, world } = await kept()
    world.find('guest', 'guest')!.data['power'] = 'off'
    await home.apply(rest, { mode: 'stop' })
    await home.apply(rest, { mode: 'start' })
    expect(world.takeChanges()).toEqual(['stop machine tower', 'stop power power', 'start power power'])
  })
})

describe('a part of a lab', () => {
  it('is stopped with what needs it, and with what powers it', async () => {
    const { home, listing, world, stop, start } = powered()
    await home.apply(listing)
    world.takeChanges()
    await stop(['database'])
    expect(world.takeChanges()).toEqual(['stop app app', 'stop app database'])
    expect(await home.planTextOf(listing)).toBe('')
    await start(['database'])
    expect(world.takeChanges()).toEqual(['start app database', 'start app app'])
    await stop(['tower'])
    expect(world.takeChanges()).toEqual(STOPS)
    await start(['guest'])
    expect(world.takeChanges()).toEqual(STARTS)
  })

  it('leaves on what powers something else, too', async () => {
    const { home, fake, world, attic } = powered()
    const power = fake.power('power', { on: attic, name: 'power', machine: 'tower', state: 'on' })
    const tower = fake.machine('tower', { address: 'tower', power: power.state })
    const listing = [attic, power, tower]
    const other = fake.machine('other', { address: 'other', power: power.state })
    world.machines.set('other', { id: 'other', address: 'other', up: true, objects: [] })
    await home.apply([...listing, other])
    world.takeChanges()
    await home.apply([...listing, other], { mode: 'stop', targets: ['other'] })
    expect(world.takeChanges()).toEqual(['stop machine other'])
    expect(await home.planTextOf([...listing, other])).toBe('')
  })

  it('stays on with what it needs when it is excluded', async () => {
    const { home, listing, world, stop } = powered()
    await home.apply(listing)
    world.takeChanges()
    await stop([], { exclude: ['database'] })
    expect(world.takeChanges()).toEqual(['stop app app'])
  })

  it('is not known under any name', async () => {
    const { home, listing } = powered()
    await home.apply(listing)
    expect(await refusal(home.plan(listing, { mode: 'stop', targets: ['gest'] }))).toMatchObject([
      { code: 'unknown_address', advice: expect.stringContaining('guest') },
    ])
  })
})

describe('what cannot be stopped', () => {
  it('is not what an apply may force', async () => {
    const { home, listing, world } = powered()
    world.inject({ verb: 'create', type: 'app', identity: 'database', does: 'fail' })
    expect(await home.apply(listing, { force: true })).toMatchObject({ failed: 1, skipped: 1 })
  })

  it('is refused before anything is done when data would be lost', async () => {
    const { home, config, world } = powered()
    const listing = config({ image: 'ram' })
    await home.apply(listing)
    world.takeChanges()
    expect(await refusal(home.apply(listing, { mode: 'stop' }))).toMatchObject([
      { code: 'data_loss', address: 'guest', summary: expect.stringContaining('what is only in its memory') },
    ])
    expect(world.takeChanges()).toEqual([])
    await home.apply(listing, { mode: 'stop', allowDataLoss: ['guest'] })
    expect(world.takeChanges()).toEqual(STOPS)
  })

  it('is left running where nothing could start it again', async () => {
    const { home, fake, tower, world } = bench()
    const guest = fake.guest('guest', { on: tower, name: 'guest' })
    const listing = [tower, guest]
    await home.apply(listing)
    world.takeChanges()
    const { plan } = await home.apply(listing, { mode: 'stop' })
    expect(world.takeChanges()).toEqual(['stop guest guest'])
    expect(plan.diagnostics).toMatchObject([{ code: 'left_running', severity: 'warning', address: 'tower' }])
  })

  it('keeps what it is on running, unless that is forced', async () => {
    const { home, listing, world, stop, start } = powered()
    await home.apply(listing)
    world.takeChanges()
    world.inject({ verb: 'stop', type: 'app', identity: 'database', does: 'fail', times: 2 })
    expect(await stop()).toMatchObject({ done: 1, failed: 1, skipped: 3 })
    expect(world.takeChanges()).toEqual(['stop app app', 'stop app database'])
    expect(await stop([], { force: true })).toMatchObject({ done: 3, failed: 1, skipped: 0 })
    expect(world.takeChanges()).toEqual(['stop app database', ...STOPS.slice(2)])
    await start()
    expect(await home.planTextOf(listing)).toBe('')
  })

  it('does not answer: its machine is not switched off blindly', async () => {
    const { home, listing, world, stop } = powered()
    await home.apply(listing)
    world.machine('tower').up = false
    world.takeChanges()
    expect(await stop()).toMatchObject({ done: 0, unreachable: 4, skipped: 1 })
    expect(world.takeChanges()).toEqual([])
    expect(await stop([], { force: true })).toMatchObject({ done: 1, unreachable: 4, skipped: 0 })
    expect(world.takeChanges()).toEqual(['stop power power'])
  })
})

describe('another machine behind the same address', () => {
  it('is not shut down', async () => {
    const { home, listing, world } = powered()
    await home.apply(listing)
    world.machine('tower').id = 'another'
    world.takeChanges()
    expect(await refusal(home.apply(listing, { mode: 'stop' }))).toMatchObject([{ code: 'machine_changed' }])
    expect(world.takeChanges()).toEqual([])
  })
})

describe('a machine that is off', () => {
  it('is switched on by an apply that needs it, and the plan says so', async () => {
    const { home, listing, config, world } = powered()
    await home.apply(listing)
    world.find('power', 'power')!.data['state'] = 'off'
    world.machine('tower').up = false
    world.takeChanges()
    expect(await home.planTextOf(config({ size: 2 }))).toMatchInlineSnapshot(`
      "update power; live; because drifted; after attic
        state: "off" -> "on" (live, drifted)
      create tower; because missing; or update or none; decided after power; after power
      create guest; because missing; or update or none; decided after tower; after tower
      create web; because missing; or update or none; decided after guest; after guest
      create database; because missing; or update or none; decided after guest; after guest
      create app; because missing; or update or none; decided after guest; after database, guest"
    `)
    const result = await home.apply(config({ size: 2 }))
    expect(result).toMatchObject({ failed: 0, skipped: 0, unreachable: 0 })
    expect(codes(result)).toEqual([])
    expect(world.takeChanges()).toEqual(['update power power', 'update thing web'])
    expect(await home.planTextOf(config({ size: 2 }))).toBe('')
  })

  it('is waited for until it answers', async () => {
    const { home, listing, world, stop, start } = powered()
    await home.apply(listing)
    await stop()
    world.inject({ verb: 'connect', machine: 'tower', does: 'fail', code: 'unreachable', times: 3 })
    expect(await start()).toMatchObject({ failed: 0, unreachable: 0 })
    expect(await home.planTextOf(listing)).toBe('')
  })
})

describe('a run that is killed', () => {
  it('goes on from there, wherever it was: a stop, and a start', async () => {
    const { home, listing } = powered()
    await home.apply(listing)
    const before = home.store.journal.length
    await home.apply(listing, { mode: 'stop' })
    const appends = home.store.journal.length - before
    expect(appends).toBeGreaterThanOrEqual(EVERYTHING.length)
    for (const mode of ['stop', 'start'] as const)
      for (let append = 0; append < appends; append++)
        for (const recorded of [false, true]) {
          const { home, listing, start, stop, stopped, isUp, world } = powered()
          await home.apply(listing)
          if (mode === 'start') await stop()
          world.takeChanges()
          await home.applyAndCrash(listing, { mode }, { append, recorded })
          const begun = world.takeChanges()
          if (mode === 'stop') {
            expect(await stop()).toMatchObject({ failed: 0, skipped: 0, unreachable: 0 })
            expect(await stopped()).toEqual(EVERYTHING)
            expect(isUp()).toBe(false)
            expect([...begun, ...world.takeChanges()]).toEqual(STOPS)
          }
          expect(await start()).toMatchObject({ failed: 0, skipped: 0, unreachable: 0 })
          if (mode === 'start') expect([...begun, ...world.takeChanges()]).toEqual(STARTS)
          expect(await stopped()).toEqual([])
          expect(await home.planTextOf(listing)).toBe('')
        }
  })

  it('has stopped half of it: what still runs reads as running, what is off as stopped', async () => {
    const { home, listing, world } = powered()
    await home.apply(listing)
    world.inject({ verb: 'stop', type: 'guest', does: 'crash' })
    expect(await home.applyAndCrash(listing, { mode: 'stop' })).toBeUndefined()
    expect(await home.planTextOf(listing)).toBe('')
    const { resources } = await home.engine.status(home.lab(listing))
    expect(resources.filter(({ stopped }) => stopped).map(({ address }) => address)).toEqual(['database', 'app'])
  })
})

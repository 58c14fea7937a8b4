import { describe, expect, it } from 'vitest'
import { defineLab, pluginOf } from '../src/index.ts'
import { testEngine } from '../src/testing/index.ts'
import { bench, codes, refusal } from './bench.ts'

describe('an object that the lab does not own', () => {
  it('is refused with the command that adopts it, whoever made it', async () => {
    const { home, fake, tower, world } = bench()
    world.plant('tower', { type: 'thing', identity: 'foreign', data: { name: 'foreign' } })
    world.plant('tower', {
      type: 'thing',
      identity: 'theirs',
      mark: { lab: 'other', address: 'web' },
      data: { name: 'theirs' },
    })
    world.plant('tower', { type: 'plain', identity: '/etc/motd', data: { path: '/etc/motd', text: 'x' } })
    const config = [
      fake.thing('a', { on: tower, name: 'foreign', size: 2 }),
      fake.thing('b', { on: tower, name: 'theirs', size: 2 }),
      fake.plain('c', { on: tower, path: '/etc/motd', text: 'y' }),
    ]
    const before = world.text()
    const { plan } = await home.apply(config)
    expect(
      plan.diagnostics.map(({ code, summary, advice }) => `${code}: ${summary}. ${advice}`),
    ).toMatchInlineSnapshot(`
      [
        "already_exists: fake.thing "foreign" already exists, and this lab did not make it. To take it over: lares import a. Otherwise give this resource another name, or remove the object by hand.",
        "already_exists: fake.thing "theirs" already exists, and it belongs to "web" of the lab "other". To take it over: lares import b. Otherwise give this resource another name, or remove the object by hand.",
        "already_exists: fake.plain "/etc/motd" already exists, and this lab did not make it. To take it over: lares import c. Otherwise give this resource another name, or remove the object by hand.",
      ]
    `)
    expect(world.text()).toBe(before)
    expect(world.takeChanges()).toEqual([])
    await home.apply([])
    expect(world.text()).toBe(before)
  })

  it('is taken over when asked, changed to what is wanted, and ours from then on', async () => {
    const { home, fake, tower, world } = bench()
    world.plant('tower', { type: 'thing', identity: 'web', data: { name: 'web', size: 9 } })
    world.plant('tower', { type: 'plain', identity: '/a', data: { path: '/a', text: 'x', mode: '644' } })
    const config = [fake.thing('web', { on: tower, name: 'web', size: 2 }), fake.plain('a', { on: tower, path: '/a' })]
    expect(await home.planTextOf(config, { adopt: ['web', 'a'] })).toMatchInlineSnapshot(`
      "adopt tower; because new
      update web; live; because asked; after tower
        size: 9 -> 2 (live, changed)
      adopt a; because asked; after tower"
    `)
    expect(await home.apply(config, { adopt: ['web', 'a'] })).toMatchObject({ failed: 0 })
    expect(await home.planTextOf(config)).toBe('')
    await home.apply(tower)
    expect(world.text()).toBe('')
  })

  it('in place of ours, which was removed, is not ours', async () => {
    const { home, fake, tower, world } = bench()
    const web = fake.thing('web', { on: tower, name: 'web' })
    await home.apply(web)
    world.remove('tower', world.find('thing', 'web')!)
    world.plant('tower', { type: 'thing', identity: 'web', data: { name: 'web' } })
    expect(codes(await home.plan(web))).toEqual(['already_exists'])
    expect(await home.planTextOf(tower)).toBe('forget web; because removed')
    await home.apply(tower)
    expect(world.find('thing', 'web')).toBeDefined()
  })

  it('where a creation of ours was refused, is not ours, though nothing marks it', async () => {
    const { home, fake, tower, world } = bench()
    const motd = fake.plain('motd', { on: tower, path: '/etc/motd', text: 'ours' })
    world.inject({ does: 'fail', verb: 'create', type: 'plain', code: 'no' })
    expect(await home.apply(motd)).toMatchObject({ failed: 1 })
    expect((await home.state()).resources).not.toHaveProperty('motd')
    world.plant('tower', { type: 'plain', identity: '/etc/motd', data: { path: '/etc/motd', text: 'theirs' } })
    expect(codes(await home.plan(motd))).toEqual(['already_exists'])
    await home.apply(tower)
    expect(world.find('plain', '/etc/motd')).toBeDefined()
  })

  it('is ours when a creation got no answer, or had made it before it failed', async () => {
    const { home, fake, tower, world } = bench()
    const motd = fake.plain('motd', { on: tower, path: '/etc/motd', text: 'ours' })
    world.inject({ does: 'fail', when: 'after', verb: 'create', type: 'plain', code: 'no' })
    expect(await home.apply(motd)).toMatchObject({ failed: 1 })
    expect((await home.state()).resources['motd']).toMatchObject({ pending: 'create', absent: true })
    expect(await home.apply(motd)).toMatchObject({ failed: 0 })
    await home.apply(tower)
    expect(world.find('plain', '/etc/motd')).toBeUndefined()
  })

  it('is not deleted by a replacement either', async () => {
    const { home, fake, tower, world } = bench()
    await home.apply(fake.thing('one', { on: tower, name: 'one' }))
    world.remove('tower', world.find('thing', 'one')!)
    world.plant('tower', {
      type: 'thing',
      identity: 'one',
      mark: { lab: 'other', address: 'one' },
      data: { name: 'one' },
    })
    await home.apply(fake.swap('one', { on: tower, name: 'one' }))
    expect(world.find('thing', 'one')).toBeDefined()
  })

  it('belongs to one lab, though another has the same names', async () => {
    const { home, fake, tower, world } = bench()
    const other = testEngine(world, { lab: 'other' })
    const web = fake.thing('web', { on: tower, name: 'web' })
    await home.apply(web)
    expect(codes(await other.plan(web))).toEqual(['already_exists'])
    await other.apply(web)
    await other.apply(web, { mode: 'destroy' })
    expect(world.text()).toContain('of home/web')
  })

  it('that is asserted was there before, and stays when its resource goes', async () => {
    const { home, fake, tower } = bench()
    expect(await home.planTextOf(tower)).toBe('adopt tower; because new')
    await home.apply(tower)
    const rest = defineLab({ name: 'home', resources: [] })
    expect(await home.planTextOf({ ...rest, plugins: [pluginOf(fake)!] })).toBe('forget tower; because removed')
  })
})

describe('a rename', () => {
  it('changes nothing out there, by movedFrom or by identity', async () => {
    const { home, fake, tower, world } = bench()
    await home.apply([fake.thing('a', { on: tower, name: 'one' }), fake.thing('b', { on: tower, name: 'two' })])
    world.takeChanges()
    const config = [
      fake.thing('x', { on: tower, name: 'one', movedFrom: 'a' }),
      fake.thing('y', { on: tower, name: 'two' }),
    ]
    expect(await home.planTextOf(config, {}, true)).toMatchInlineSnapshot(`
      "none tower
      none x; because renamed; was a; after tower
      none y; because renamed; was b; after tower"
    `)
    await home.apply(config)
    expect(world.takeChanges()).toEqual([])
    expect(Object.keys((await home.state()).resources).sort()).toEqual(['tower', 'x', 'y'])
    expect(await home.planTextOf(config, {}, true)).toBe('none tower\nnone x; after tower\nnone y; after tower')
    await home.apply(tower)
    expect(world.text()).toBe('')
  })
})

describe('data that is no longer wanted', () => {
  it('is kept, survives destroy, and is taken up again when it is declared again', async () => {
    const { home, fake, tower, world } = bench()
    const disk = fake.disk('disk', { on: tower, name: 'disk' })
    await home.apply(disk)
    expect(await home.planTextOf(tower)).toMatchInlineSnapshot(`"keep disk; because removed"`)
    await home.apply(tower)
    expect(await home.planTextOf(tower)).toBe('')
    const { id } = world.find('disk', 'disk')!
    await home.apply(tower, { mode: 'destroy' })
    expect(world.find('disk', 'disk')?.id).toBe(id)
    await home.apply(disk)
    expect(Object.keys((await home.state()).kept)).toEqual([])
    expect(world.find('disk', 'disk')?.id).toBe(id)
    expect(await home.planTextOf(disk)).toBe('')
  })

  it('goes with consent, later too', async () => {
    const { home, fake, tower, world } = bench()
    await home.apply(fake.disk('disk', { on: tower, name: 'disk' }))
    await home.apply(tower)
    expect(await home.planTextOf(tower, { allowDataLoss: ['disk'] })).toContain('delete disk')
    await home.apply(tower, { allowDataLoss: ['disk'] })
    expect(world.text()).toBe('')
    expect((await home.state()).kept).toEqual({})
  })

  it('in parts stays while the rest goes, and goes with consent to each', async () => {
    const { home, fake, tower, world } = bench()
    await home.apply(fake.vault('vault', { on: tower, name: 'vault', parts: ['a', 'b'] }))
    expect(await home.planTextOf(tower, { allowDataLoss: ['vault/parts/a'] })).toMatchInlineSnapshot(
      `"delete vault; because removed; keeps parts/b"`,
    )
    await home.apply(tower, { allowDataLoss: ['vault/parts/a'] })
    expect(world.text()).toBe('tower: part vault/parts/b {}')
    await home.apply(tower, { allowDataLoss: ['vault/parts/b'] })
    expect(world.text()).toBe('')
    expect((await home.state()).kept).toEqual({})
  })

  it('keeps its name', async () => {
    const { home, fake, tower } = bench()
    await home.apply(fake.disk('disk', { on: tower, name: 'disk' }))
    await home.apply(tower)
    const other = fake.thing('disk', { on: tower, name: 'other' })
    expect(await refusal(home.plan(other))).toMatchObject([{ code: 'name_is_kept', address: 'disk' }])
  })
})

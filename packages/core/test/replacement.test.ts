import { describe, expect, it } from 'vitest'
import { bench, codes } from './bench.ts'

describe('an input that is removed from the config', () => {
  it('goes back to its default, or is taken away', async () => {
    const { fake, home, tower, world } = bench()
    await home.apply(fake.thing('web', { on: tower, name: 'web', size: 5, note: 'hello', password: 'open' }))
    const bare = fake.thing('web', { on: tower, name: 'web' })
    expect(await home.planTextOf(bare)).toMatchInlineSnapshot(`
      "update web; live; because changed; after tower
        size: 5 -> 1 (live, unset)
        note: "hello" -> (none) (live, unset)
        password: "open" -> (none) (live, unset)"
    `)
    await home.apply(bare)
    expect(world.find('thing', 'web')?.data).toMatchObject({ size: 1 })
    expect(world.find('thing', 'web')?.data['note']).toBeUndefined()
    expect(world.find('thing', 'web')?.data['password']).toBeUndefined()
    expect(await home.planTextOf(bare)).toBe('')
  })

  it('is let go where the type says so, and the plan tells', async () => {
    const { fake, home, tower, world } = bench()
    await home.apply(fake.plain('motd', { on: tower, path: '/etc/motd', text: 'hello', mode: '600' }))
    const bare = fake.plain('motd', { on: tower, path: '/etc/motd', mode: '600' })
    expect(await home.planTextOf(bare, {}, true)).toMatchInlineSnapshot(`
      "none tower
      none motd; lets go text; after tower"
    `)
    await home.apply(bare)
    expect(world.find('plain', '/etc/motd')?.data).toMatchObject({ text: 'hello', mode: '600' })
    expect(await home.planTextOf(bare, {}, true)).not.toContain('lets go')
  })

  it('is not taken away when somebody else had set it meanwhile', async () => {
    const { fake, home, tower, world } = bench()
    await home.apply(fake.thing('web', { on: tower, name: 'web', note: 'ours' }))
    world.find('thing', 'web')!.data['note'] = 'theirs'
    expect(await home.planTextOf(fake.thing('web', { on: tower, name: 'web' }))).toBe('')
  })
})

describe('defaults', () => {
  it('are no wish: what the user did not set is not compared', async () => {
    const { fake, home, tower, world } = bench()
    const web = fake.thing('web', { on: tower, name: 'web' })
    await home.apply(web)
    world.find('thing', 'web')!.data['color'] = 'blue'
    expect(await home.planTextOf(web)).toBe('')
    expect(await home.planTextOf(fake.thing('web', { on: tower, name: 'web', color: 'grey' }))).toMatchInlineSnapshot(`
      "update web; restart; because changed; after tower
        color: "blue" -> "grey" (restart, changed)"
    `)
  })

  it('are told apart from drift and from change', async () => {
    const { fake, home, tower, world } = bench()
    const web = (size: number) => fake.thing('web', { on: tower, name: 'web', size, color: 'red' })
    await home.apply(web(1))
    world.find('thing', 'web')!.data['color'] = 'blue'
    expect(await home.planTextOf(web(2))).toMatchInlineSnapshot(`
      "update web; restart; because changed, drifted; after tower
        size: 1 -> 2 (live, changed)
        color: "blue" -> "red" (restart, drifted)"
    `)
    await home.apply(web(2))
    expect(await home.planTextOf(web(2))).toBe('')
  })

  it('are not looked at where changes are ignored', async () => {
    const { fake, home, tower, world } = bench()
    const web = fake.thing('web', {
      on: tower,
      name: 'web',
      size: 2,
      tags: { a: '1', b: '2' },
      ignoreChanges: ['size', 'tags.a'],
    })
    await home.apply(web)
    const { data } = world.find('thing', 'web')!
    Object.assign(data, { size: 9, tags: { a: 'x', b: '2' } })
    expect(await home.planTextOf(web)).toBe('')
    data['tags'] = { a: 'x', b: 'x' }
    expect(await home.planTextOf(web)).toMatchInlineSnapshot(`
      "update web; live; because drifted; after tower
        tags.b: "x" -> "2" (live, drifted)"
    `)
  })
})

describe('a replacement', () => {
  const versions = (version: number) => {
    const { fake, tower } = world
    const pair = fake.pair('pair', { on: tower, name: 'pair', version })
    const swap = fake.swap('swap', { on: tower, name: 'swap', version })
    const web = fake.thing('web', { on: tower, name: 'web', kind: `k${version}` })
    return [pair, swap, web, fake.plain('user', { on: tower, path: '/etc/user', text: pair.id })]
  }
  let world = bench()

  it('is done in the order that its type allows, and dependents move over before the old one goes', async () => {
    world = bench()
    const { home } = world
    await home.apply(versions(1))
    world.world.takeChanges()
    expect(await home.planTextOf(versions(2))).toMatchInlineSnapshot(`
      "replace pair; replace; create-first; because changed; after tower
        version: 1 -> 2 (replace, changed)
      replace swap; replace; swap; because changed; after tower
        version: 1 -> 2 (replace, changed)
      delete web#old; because changed
      replace web; replace; delete-first; because changed; after tower, web#old
        kind: "k1" -> "k2" (replace, changed)
      update user; live; because changed; or none; after pair, tower
        text: "#3" -> (known after apply) (live, changed)
      delete pair#old; because changed; after pair, user"
    `)
    expect(await home.apply(versions(2))).toMatchObject({ failed: 0, skipped: 0 })
    const changes = world.world.takeChanges()
    expect(changes.indexOf('create pair pair')).toBeLessThan(changes.indexOf('update plain /etc/user'))
    expect(changes.indexOf('update plain /etc/user')).toBeLessThan(changes.indexOf('delete pair pair'))
    expect(changes.indexOf('delete thing web')).toBeLessThan(changes.indexOf('create thing web'))
    expect(changes).toContain('replace swap swap')
    expect(await home.planTextOf(versions(2))).toBe('')
  })

  it('takes along a dependent that cannot let go, when the old one goes first', async () => {
    const { fake, home, tower, world } = bench()
    const config = (kind: string) => {
      const net = fake.thing('net', { on: tower, name: 'net', kind })
      return [
        net,
        fake.swap('box', { on: tower, name: 'box' }),
        fake.thing('web', { on: tower, name: 'web', kind: net.id }),
      ]
    }
    await home.apply(config('a'))
    world.takeChanges()
    expect(await home.planTextOf(config('b'))).toMatchInlineSnapshot(`
      "delete web#old; because dependency replaced, changed
      delete net#old; because changed; after web#old
      replace net; replace; delete-first; because changed; after tower, net#old
        kind: "a" -> "b" (replace, changed)
      replace web; replace; delete-first; because dependency replaced, changed; after net, tower, web#old
        kind: "#2" -> (known after apply) (replace, changed)"
    `)
    expect(await home.apply(config('b'))).toMatchObject({ failed: 0, skipped: 0 })
    expect(world.takeChanges()).toEqual([
      'delete thing web',
      'delete thing net',
      'create thing net',
      'create thing web',
    ])
    expect(await home.planTextOf(config('b'))).toBe('')
  })

  it('drops its old dependency without waiting for it in a circle', async () => {
    const { fake, home, tower } = bench()
    const old = fake.thing('old', { on: tower, name: 'old' })
    await home.apply([old, fake.thing('web', { on: tower, name: 'web', kind: 'a', dependsOn: [old] })])
    const young = fake.thing('young', { on: tower, name: 'young' })
    const config = [fake.thing('web', { on: tower, name: 'web', kind: 'b', dependsOn: [young] })]
    expect(await home.planTextOf(config)).toMatchInlineSnapshot(`
      "create young; because new; after tower
      delete web#old; because changed
      replace web; replace; delete-first; because changed; after young, tower, web#old
        kind: "a" -> "b" (replace, changed)
      delete old; because removed; after web, web#old"
    `)
    expect(await home.apply(config)).toMatchObject({ failed: 0, skipped: 0 })
    expect(await home.planTextOf(config)).toBe('')
  })

  it('can be asked for', async () => {
    const { fake, home, tower, world } = bench()
    const web = fake.thing('web', { on: tower, name: 'web' })
    await home.apply(web)
    const { id } = world.find('thing', 'web')!
    expect(await home.planTextOf(web, { replace: ['web'] })).toMatchInlineSnapshot(`
      "delete web#old; because asked
      replace web; replace; delete-first; because asked; after tower, web#old"
    `)
    await home.apply(web, { replace: ['web'] })
    expect(world.find('thing', 'web')!.id).not.toBe(id)
  })

  it('of data is refused until the user names it, whole or in parts', async () => {
    const { fake, home, tower, world } = bench()
    const config = (format: string, grade: number) => [
      fake.disk('disk', { on: tower, name: 'disk', format }),
      fake.vault('vault', { on: tower, name: 'vault', parts: ['a', 'b'], grade }),
    ]
    await home.apply(config('ext4', 1))
    const before = world.text()
    const refused = await home.apply(config('xfs', 2))
    expect(codes(refused.plan)).toEqual(['data_loss', 'data_loss'])
    expect(refused.plan.diagnostics.map(({ advice }) => advice)).toMatchInlineSnapshot(`
      [
        "Undo the change, or agree to the loss with: --allow-data-loss disk",
        "Undo the change, or agree to the loss with: --allow-data-loss vault/parts/a --allow-data-loss vault/parts/b",
      ]
    `)
    expect(world.text()).toBe(before)
    const allowDataLoss = ['disk', 'vault/parts/a']
    expect(codes((await home.apply(config('xfs', 2), { allowDataLoss })).plan)).toEqual(['data_loss'])
    await home.apply(config('xfs', 2), { allowDataLoss: [...allowDataLoss, 'vault/parts/b'] })
    expect(await home.planTextOf(config('xfs', 2))).toBe('')
  })

  it('by another type under one name deletes the former, but not its data', async () => {
    const { fake, home, tower, world } = bench()
    await home.apply([fake.thing('a', { on: tower, name: 'a' }), fake.disk('b', { on: tower, name: 'b' })])
    const config = [fake.swap('a', { on: tower, name: 'a' }), fake.thing('b', { on: tower, name: 'b' })]
    expect(await home.planTextOf(config)).toMatchInlineSnapshot(`
      "delete a#old; because new
      create a; delete-first; because new; after tower, a#old
      create b; because new; blocked: refused; after tower"
    `)
    const { plan } = await home.apply(config)
    expect(codes(plan)).toEqual(['data_loss'])
    expect(world.find('disk', 'b')).toBeDefined()
    expect(world.find('thing', 'a')).toBeUndefined()
    await home.apply(config, { allowDataLoss: ['b'] })
    expect(world.find('disk', 'b')).toBeUndefined()
    expect(await home.planTextOf(config)).toBe('')
  })
})

describe('an identity that changes', () => {
  it.each([
    ['thing', 'delete-first'],
    ['pair', 'create-first'],
    ['swap', 'swap'],
  ] as const)('of a %s: %s', async (type, order) => {
    const { fake, home, tower, world } = bench()
    await home.apply(fake[type]('one', { on: tower, name: 'old' }))
    const config = fake[type]('one', { on: tower, name: 'new' })
    expect(await home.planTextOf(config)).toContain(`replace one; replace; ${order}`)
    world.takeChanges()
    expect(await home.apply(config)).toMatchObject({ failed: 0 })
    expect(world.takeChanges()).toEqual(
      order === 'swap'
        ? ['replace swap new']
        : order === 'create-first'
          ? [`create ${type} new`, `delete ${type} old`]
          : [`delete ${type} old`, `create ${type} new`],
    )
    expect(world.machine('tower').objects.map(({ identity }) => identity)).toEqual(['new'])
    expect(await home.planTextOf(config)).toBe('')
  })

  it('to another machine: made there before it is deleted here', async () => {
    const { fake, home, tower, attic, world } = bench()
    await home.apply(fake.thing('web', { on: tower, name: 'web' }))
    const config = fake.thing('web', { on: attic, name: 'web' })
    expect(await home.planTextOf(config)).toMatchInlineSnapshot(`
      "adopt attic; because new
      replace web; replace; create-first; because changed; after attic
      delete web#old; because changed; after web
      forget tower; because removed; after web, web#old"
    `)
    await home.apply(config)
    expect(world.machine('tower').objects).toEqual([])
    expect(world.machine('attic').objects).toHaveLength(1)
    expect(await home.planTextOf(config)).toBe('')
  })

  it('and is removed while the former object is still there: no crash loses either of them', async () => {
    for (const skip of [0, 1]) {
      const { fake, home, tower, attic, world } = bench()
      await home.apply(fake.thing('web', { on: tower, name: 'web' }))
      world.inject({ does: 'fail', verb: 'delete' })
      expect(await home.apply([tower, fake.thing('web', { on: attic, name: 'web' })])).toMatchObject({ failed: 1 })
      world.heal()
      expect(await home.planTextOf([tower, attic])).toMatchInlineSnapshot(`
        "delete web#old; because removed
        delete web; because removed; after web#old"
      `)
      world.inject({ does: 'crash', verb: 'delete', when: 'before', skip })
      await home.applyAndCrash([tower, attic])
      world.heal()
      expect(await home.apply([tower, attic])).toMatchObject({ failed: 0, skipped: 0 })
      expect(world.text()).toBe('')
      expect(await home.planTextOf([tower, attic])).toBe('')
    }
  })

  it('that is not known yet is decided when it is', async () => {
    const { fake, home, tower, world } = bench()
    const config = (kind: string, version: number) => {
      const net = fake.thing('net', { on: tower, name: 'net', kind })
      const pair = fake.pair('pair', { on: tower, name: 'pair', version })
      return [
        net,
        pair,
        fake.plain('a', { on: tower, path: net.id }),
        fake.plain('b', { on: tower, path: pair.mark.address }),
      ]
    }
    await home.apply(config('a', 1))
    const [a, b] = [world.find('plain', world.find('thing', 'net')!.id), world.find('plain', 'pair')]
    expect(await home.planTextOf(config('b', 2))).toMatchInlineSnapshot(`
      "delete a#old; because dependency replaced, changed
      delete net#old; because changed; after a#old
      replace net; replace; delete-first; because changed; after tower, net#old
        kind: "a" -> "b" (replace, changed)
      replace pair; replace; create-first; because changed; after tower
        version: 1 -> 2 (replace, changed)
      replace a; replace; delete-first; because dependency replaced, changed; after net, tower, a#old
        path: "#2" -> (known after apply) (replace, changed)
      replace b; replace; delete-first; because changed; or update or none; after pair, tower
        path: "pair" -> (known after apply) (replace, changed)
      delete pair#old; because changed; after pair, b"
    `)
    expect(await home.apply(config('b', 2))).toMatchObject({ failed: 0, skipped: 0, diagnostics: [] })
    const plains = world.machine('tower').objects.filter(({ type }) => type === 'plain')
    expect(plains.map(({ identity }) => identity)).toEqual(['pair', world.find('thing', 'net')!.id])
    expect(plains).not.toContain(a)
    expect(plains).toContain(b)
    expect(await home.planTextOf(config('b', 2))).toBe('')
  })
})

describe('a name or port that changes hands', () => {
  it('is given up before it is taken', async () => {
    const { fake, home, tower, world } = bench()
    await home.apply(fake.thing('old', { on: tower, name: 'old', ports: [80] }))
    world.takeChanges()
    await home.apply(fake.thing('young', { on: tower, name: 'young', ports: [80] }))
    expect(world.takeChanges()).toEqual(['delete thing old', 'create thing young'])
  })
})

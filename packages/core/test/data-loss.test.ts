import { beforeEach, describe, expect, it } from 'vitest'
import { type AnyResource, type EnginePlanOptions, pluginOf } from '../src/index.ts'
import { type Fake, fakePlugin, fakeWorld, type TestEngine, testEngine, type World } from '../src/testing/index.ts'

let world: World
let fake: Fake
let home: TestEngine
let tower: ReturnType<Fake['machine']>
beforeEach(() => {
  world = fakeWorld('tower')
  fake = fakePlugin(world)
  home = testEngine(world, { loadPlugin: async () => pluginOf(fake) })
  tower = fake.machine('tower', { address: 'tower' })
})

const guest = (image = 'base', address = 'guest') => fake.guest(address, { on: tower, name: 'guest', image })
const diskOn = (on: ReturnType<typeof guest> | typeof tower) => fake.disk('data', { on, name: 'data' })

describe('a disk inside a guest stays', () => {
  beforeEach(async () => {
    const host = guest()
    await home.apply([tower, host, diskOn(host)])
  })
  const cases: [name: string, config: () => AnyResource[], options?: EnginePlanOptions][] = [
    ['when the config moves it and the guest is removed', () => [tower, diskOn(tower)]],
    ['when only the removal of the guest is asked for', () => [tower, diskOn(tower)], { targets: ['guest'] }],
    ['when all but the disk is asked for', () => [tower, diskOn(tower)], { exclude: ['data'] }],
    ['when the config moves it and the guest is replaced', () => [tower, guest('new'), diskOn(tower)]],
    [
      'when the config moves it and the guest is destroyed',
      () => [tower, guest(), diskOn(tower)],
      { mode: 'destroy', targets: ['guest'] },
    ],
    [
      'when the config moves it and everything is destroyed',
      () => [tower, guest(), diskOn(tower)],
      { mode: 'destroy' },
    ],
    [
      'when something else gets its name and the guest is removed',
      () => [tower, fake.thing('data', { on: tower, name: 'x' })],
    ],
    [
      'when something else gets its name and the guest is replaced',
      () => [tower, guest('new'), fake.thing('data', { on: tower, name: 'x' })],
    ],
    [
      'when something else gets its name and everything is destroyed',
      () => [tower, guest(), fake.thing('data', { on: tower, name: 'x' })],
      { mode: 'destroy' },
    ],
    ['when it is removed and the guest is renamed and replaced', () => [tower, guest('new', 'vm')]],
  ]
  it.each(cases)('%s', async (_, config, options) => {
    await home.apply(config(), options)
    expect(world.find('disk', 'data')).toBeDefined()
  })

  it('as a part of what goes with the guest, and then the guest stays with it', async () => {
    const host = guest()
    const vault = fake.vault('vault', { on: host, name: 'vault', parts: ['db', 'files'] })
    await home.apply([tower, host, vault, fake.thing('web', { on: host, name: 'web' })])
    const destroy = { mode: 'destroy', allowDataLoss: ['data', 'vault/parts/files'] } as const
    await home.apply([tower, host, vault], destroy)
    expect(world.text()).toBe(
      'guest: part vault/parts/db {}\ntower: guest guest of home/guest {"image":"base","name":"guest","power":"on","size":1}',
    )
    expect(Object.keys((await home.state()).kept).sort()).toEqual(['guest', 'tower', 'vault'])
    await home.apply([], { allowDataLoss: ['vault/parts/db'] })
    expect(world.text()).toBe('')
    expect((await home.state()).kept).toEqual({})
  })

  it('when it was kept before the guest is renamed and replaced', async () => {
    await home.apply([tower, guest()])
    const { diagnostics } = await home.plan([tower, guest('new', 'vm')])
    expect(diagnostics).toMatchObject([{ code: 'data_loss', address: 'data' }])
    await home.apply([tower, guest('new', 'vm')])
    expect(world.find('disk', 'data')).toBeDefined()
  })

  it('when the state was lost and the guest is to be replaced', async () => {
    const again = testEngine(world)
    const host = guest('new')
    expect(await again.apply([tower, host, diskOn(host)])).toMatchObject({ skipped: 1 })
    expect(world.find('disk', 'data')).toBeDefined()
  })

  it('recorded, when it is not known yet what becomes of its guest', async () => {
    const namer = fake.thing('namer', { on: tower, name: 'namer' })
    await home.apply([tower, namer, fake.guest('guest', { on: tower, name: namer.id })])
    expect(world.find('disk', 'data')).toBeDefined()
    expect(Object.keys((await home.state()).kept)).toEqual(['data'])
  })

  it('until its loss is agreed to, and then goes with its guest', async () => {
    const options = { mode: 'destroy', allowDataLoss: ['data'] } as const
    expect(await home.apply([tower, guest(), diskOn(tower)], options)).toMatchObject({ failed: 0, skipped: 0 })
    expect(world.text()).toBe('')
    expect((await home.state()).resources).toEqual({})
  })
})

describe('an object', () => {
  it('that was kept and then taken over by another resource is not deleted under its former name', async () => {
    await home.apply([tower, diskOn(tower)])
    await home.apply([tower])
    const files = fake.disk('files', { on: tower, name: 'data' })
    await home.apply([tower, files], { adopt: ['files'] })
    await home.apply([tower, files], { allowDataLoss: ['data'] })
    expect(world.find('disk', 'data')).toBeDefined()
    expect((await home.state()).kept).toEqual({})
    expect(await home.planTextOf([tower, files])).toBe('')
  })

  it('that was taken over is not mistaken for one that another lab made in its place', async () => {
    const plant = (mark?: { lab: string; address: string }) =>
      world.plant('tower', {
        type: 'thing',
        identity: 'web',
        data: { kind: 'a', size: 1, color: 'grey', ports: [] },
        ...(mark ? { mark } : {}),
      })
    const ours = plant()
    await home.apply([tower, fake.thing('web', { on: tower, name: 'web' })], { adopt: ['web'] })
    world.remove('tower', ours)
    plant({ lab: 'other', address: 'web' })
    expect(await home.planTextOf([tower])).toBe('forget web; because removed')
    await home.apply([tower])
    expect(world.find('thing', 'web')).toBeDefined()
  })

  it('that was renamed together with its host is not deleted', async () => {
    const host = guest()
    await home.apply([tower, host, fake.thing('web', { on: host, name: 'web' })])
    const renamed = guest('base', 'vm')
    const config = [tower, renamed, fake.thing('site', { on: renamed, name: 'web' })]
    world.takeChanges()
    expect(await home.apply(config)).toMatchObject({ failed: 0, skipped: 0 })
    expect(world.takeChanges()).toEqual([])
    expect(Object.keys((await home.state()).resources)).toEqual(['tower', 'vm', 'site'])
  })

  it('that is found after the state was lost is replaced as any other', async () => {
    const config = (kind: string, version: number) => [
      tower,
      fake.thing('web', { on: tower, name: 'web', kind }),
      fake.pair('pair', { on: tower, name: 'pair', version }),
      fake.swap('swap', { on: tower, name: 'swap', version }),
    ]
    await home.apply(config('a', 1))
    const again = testEngine(world)
    expect(await again.apply(config('b', 2))).toMatchObject({ failed: 0, skipped: 0 })
    expect(await again.planTextOf(config('b', 2))).toBe('')
    expect(world.text().split('\n')).toHaveLength(3)
  })
})

import { describe, expect, it } from 'vitest'
import { type EnginePlanOptions, pluginOf } from '../src/index.ts'
import { type Bench, codes, bench as plainBench, refusal } from './bench.ts'

function bench(): Bench & { photos: ReturnType<Bench['fake']['site']> } {
  const made = plainBench({ loadPlugin: async () => pluginOf(made.fake) })
  return { ...made, photos: made.fake.site('photos', { on: made.tower, name: 'pics', disk: true }) }
}

describe('the name of a composite stands for its parts', () => {
  it('in what is chosen, left out and made anew', async () => {
    const { fake, home, tower, photos } = bench()
    const web = fake.thing('web', { on: tower, name: 'web', note: photos.url })
    const mail = fake.thing('mail', { on: tower, name: 'mail' })
    const addressesOf = async (options: EnginePlanOptions) =>
      (await home.plan([photos, web, mail], options)).nodes.map(({ action, address }) => `${action} ${address}`)
    const parts = ['create photos/data', 'create photos/backend', 'create photos/route', 'create photos/file']
    expect(await addressesOf({ targets: ['photos'] })).toEqual(['adopt tower', ...parts])
    expect(await addressesOf({ exclude: ['photos'] })).toEqual(['adopt tower', 'create mail'])
    expect(await addressesOf({ targets: ['photos/route'] })).toEqual(['adopt tower', ...parts.slice(0, 3)])
    await home.apply([photos, web, mail])
    expect(await addressesOf({ targets: ['photos'], replace: ['photos'], allowDataLoss: ['photos'] })).toEqual(
      expect.arrayContaining(['replace photos/data', 'replace photos/backend', 'replace photos/file']),
    )
    expect(codes(await home.plan(photos, { replace: ['photos'] }))).toContain('data_loss')
  })

  it('in what is taken over', async () => {
    const { home, photos, world } = bench()
    world.plant('tower', { type: 'thing', identity: 'pics', data: { name: 'pics', size: 1 } })
    world.plant('tower', { type: 'plain', identity: '/sites/pics', data: { path: '/sites/pics', mode: '600' } })
    expect(codes(await home.plan(photos))).toEqual(['already_exists', 'already_exists'])
    expect(await home.planTextOf(photos, { adopt: ['photos'] })).toMatchInlineSnapshot(`
      "adopt tower; because new
      create photos/data; because new; after tower
      adopt photos/backend; because asked; after photos/data, tower
      create photos/route; because new; after photos/backend, tower
      update photos/file; live; because asked; after photos/route, tower
        text: (none) -> (known after apply) (live, changed)"
    `)
  })

  it('when only the state knows them, data and all', async () => {
    const { home, tower, photos, world } = bench()
    await home.apply(photos)
    const gone = { targets: ['photos'] }
    expect(await home.planTextOf(tower, gone)).toMatchInlineSnapshot(`
      "delete photos/file; because removed
      delete photos/route; because removed; after photos/file
      delete photos/backend; because removed; after photos/route
      keep photos/data; because removed; after photos/backend"
    `)
    await home.apply(tower, gone)
    expect(Object.keys((await home.state()).kept)).toEqual(['photos/data'])
    const losing = { mode: 'destroy', targets: ['photos'], allowDataLoss: ['photos'] } as const
    expect(await home.planTextOf(tower, losing)).toMatchInlineSnapshot(`"delete photos/data; because asked"`)
    await home.apply(tower, losing)
    expect(world.find('disk', 'pics')).toBeUndefined()
  })

  it('in what is forgotten', async () => {
    const { fake, home, tower, photos } = bench()
    await home.apply([photos, fake.thing('photos2', { on: tower, name: 'x' })])
    expect((await home.engine.forget(['photos'])).sort()).toEqual(
      ['photos/backend', 'photos/data', 'photos/file', 'photos/route'].sort(),
    )
    expect(Object.keys((await home.state()).resources)).toEqual(['tower', 'photos2'])
  })

  it('and is what was meant, when it is nearly said', async () => {
    const { home, photos } = bench()
    const advice = async (options: EnginePlanOptions) => (await refusal(home.plan(photos, options)))[0]!.advice
    expect(await advice({ targets: ['photso'] })).toBe('Did you mean "photos"?')
    expect(await advice({ replace: ['photos/fiel'] })).toBe('Did you mean "photos/file"?')
    const { diagnostics } = await home.plan(photos, {
      allowDataLoss: ['photos', 'photos/data', 'photos/data/x', 'pic/x'],
    })
    expect(diagnostics).toMatchObject([{ severity: 'warning', summary: expect.stringContaining('"pic/x"') }])
  })

  it('and is refused where one resource is asked for', async () => {
    const { home, photos } = bench()
    const write = () => {}
    const asked = home.engine.run(home.lab(photos), { address: 'photos', action: 'restart', write })
    expect(await refusal(asked)).toMatchObject([
      {
        code: 'several_addresses',
        address: 'photos',
        advice: 'Name one of them: photos/data, photos/backend, photos/route, photos/file.',
      },
    ])
    const part = home.engine.run(home.lab(photos), { address: 'photos/file', action: 'restart', write })
    expect(await refusal(part)).toMatchObject([{ code: 'unknown_action', address: 'photos/file' }])
    const listed = home.engine.list(home.lab(photos), 'fake.thing', 'photos')
    expect(await refusal(listed)).toMatchObject([{ code: 'several_addresses' }])
    expect(await refusal(home.engine.list(home.lab(photos), 'fake.site', 'tower'))).toMatchObject([
      { code: 'cannot_list', advice: 'List the types of its parts.' },
    ])
  })
})

describe('a plan that was saved', () => {
  it('for a composite by its name is carried out as it is', async () => {
    const { home, photos } = bench()
    const expected = await home.plan(photos, { targets: ['photos'] })
    expect(await home.apply(photos, { targets: ['photos'], expect: expected })).toMatchObject({ done: 5, failed: 0 })
  })

  it('is refused when the composite means something else by now', async () => {
    const { fake, home, tower, photos } = bench()
    const expected = await home.plan(photos)
    const larger = fake.site('photos', { on: tower, name: 'pics', disk: true, size: 2 })
    expect(await refusal(home.plan(larger, { expect: expected }))).toMatchObject([{ code: 'plan_stale' }])
  })
})

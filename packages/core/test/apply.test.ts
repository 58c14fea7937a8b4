import { beforeEach, describe, expect, it } from 'vitest'
import { type Fake, fakePlugin, fakeWorld, type TestEngine, testEngine, type World } from '../src/testing/index.ts'

let world: World
let fake: Fake
let home: TestEngine
beforeEach(() => {
  world = fakeWorld('tower', 'attic')
  fake = fakePlugin(world)
  home = testEngine(world)
})

describe('a lab', () => {
  const config = (size: number) => {
    const tower = fake.machine('tower', { address: 'tower' })
    const guest = fake.guest('guest', { on: tower, name: 'guest' })
    const web = fake.thing('web', { on: guest, name: 'web', size })
    const disk = fake.disk('disk', { on: tower, name: 'disk' })
    const app = fake.app('app', { on: guest, name: 'app', dependsOn: [disk] })
    const proxy = fake.thing('proxy', { on: tower, name: 'proxy', note: web.url })
    return [tower, guest, web, disk, app, proxy]
  }

  it('is built from nothing, and then nothing is left to do', async () => {
    expect(await home.planTextOf(config(1))).toMatchInlineSnapshot(`
      "adopt tower; because new
      create guest; because new; after tower
      create web; because new; or none; decided after guest; after guest
      create disk; because new; after tower
      create app; because new; or none; decided after guest; after disk, guest
      create proxy; because new; after web, tower"
    `)
    const result = await home.apply(config(1))
    expect(result).toMatchObject({ failed: 0, skipped: 0, done: 6, diagnostics: [] })
    expect(world.takeChanges()).toMatchInlineSnapshot(`
      [
        "create disk disk",
        "create guest guest",
        "create app app",
        "create thing web",
        "create thing proxy",
      ]
    `)
    expect(await home.planTextOf(config(1))).toBe('')
    expect(world.text()).toMatchInlineSnapshot(`
      "guest: app app of home/app {"name":"app","size":1,"version":1}
      guest: thing web of home/web {"color":"grey","kind":"a","name":"web","ports":[],"size":1}
      tower: disk disk of home/disk {"format":"ext4","name":"disk","size":1}
      tower: guest guest of home/guest {"image":"base","name":"guest","power":"on","size":1}
      tower: thing proxy of home/proxy {"color":"grey","kind":"a","name":"proxy","note":"thing://web","ports":[],"size":1}"
    `)
    expect(await home.planTextOf(config(2))).toMatchInlineSnapshot(`
      "update web; live; because changed; after guest
        size: 1 -> 2 (live, changed)"
    `)
    await home.apply(config(2))
    expect(await home.planTextOf(config(2))).toBe('')
    const gone = await home.apply(config(2), { mode: 'destroy', allowDataLoss: ['disk'] })
    expect(gone).toMatchObject({ failed: 0, skipped: 0 })
    expect(world.text()).toBe('')
    expect((await home.state()).resources).toEqual({})
  })
})

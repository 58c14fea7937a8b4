import { describe, expect, it } from 'vitest'
import { interpolate, pluginOf, secret } from '../src/index.ts'
import { fakePlugin, fakeWorld, testEngine } from '../src/testing/index.ts'

const words = ['admin', 'create', 'error', 'tower', 'home', 'true', '8080', 'fake', 'apply.finished']

describe.each(words)('a secret that is an ordinary word: %s', (word) => {
  const build = () => {
    const world = fakeWorld('tower')
    const fake = fakePlugin(world)
    const home = testEngine(world, { secrets: { PASSWORD: word }, loadPlugin: async () => pluginOf(fake) })
    const tower = fake.machine('tower', { address: 'tower' })
    const config = [
      tower,
      fake.thing('web', { on: tower, name: 'web', password: word, note: `note ${word}`, link: { url: word } }),
      fake.thing('db', {
        on: tower,
        name: 'db',
        token: secret.env('PASSWORD'),
        password: interpolate`x${secret.env('PASSWORD')}`,
      }),
    ]
    return { world, home, config }
  }

  it('leaves what the user wrote in plain comparable and usable', async () => {
    const { world, home, config } = build()
    await home.apply(config)
    expect(await home.planTextOf(config)).toBe('')
    // What is long is taken for the secret, wherever it stands.
    const plain = word.length < 8 ? word : { $lares: 'secret' }
    expect((await home.state()).resources['web']!.inputs).toMatchObject({ password: plain, link: { url: plain } })
    expect((await home.state()).resources['db']!.inputs).toMatchObject({
      token: { $lares: 'secret' },
      password: { $lares: 'secret' },
    })
    expect(await home.apply([])).toMatchObject({ failed: 0, skipped: 0, unreachable: 0 })
    expect(world.text()).toBe('')
  })

  it('changes no code, address or action', async () => {
    const { world, home, config } = build()
    world.inject({ does: 'fail', verb: 'create', message: `no ${word}`, code: word })
    await home.apply(config)
    const structure = home.events.map((event) => [
      event.type,
      'id' in event ? [event.id, event.address] : '',
      'action' in event ? event.action : '',
      'diagnostics' in event ? event.diagnostics.map(({ severity, code, address }) => [severity, code, address]) : '',
    ])
    expect(JSON.stringify(structure)).not.toContain('(secret)')
    const failed = home.events.find((event) => event.type === 'action.failed')
    expect(failed?.diagnostics).toMatchObject([{ code: word, summary: expect.stringMatching(/no \(secret\)$/) }])
  })
})

describe('a secret that is no ordinary word', () => {
  it('is not recorded where it was written in plain, and is compared all the same', async () => {
    const world = fakeWorld('tower')
    const fake = fakePlugin(world)
    const home = testEngine(world, { secrets: { PASSWORD: 'hunter2-hunter2' } })
    const tower = fake.machine('tower', { address: 'tower' })
    const config = (password: string) => [
      tower,
      fake.thing('web', { on: tower, name: 'web', password: `my ${password}` }),
      fake.thing('db', { on: tower, name: 'db', token: secret.env('PASSWORD') }),
    ]
    await home.apply(config('hunter2-hunter2'))
    expect(JSON.stringify(await home.state())).not.toContain('hunter2')
    expect(await home.planTextOf(config('hunter2-hunter2'))).toBe('')
    expect(await home.planTextOf(config('other'))).toContain('password: (none) -> (secret) (live, changed)')
  })
})

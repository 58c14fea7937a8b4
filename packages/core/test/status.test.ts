import { describe, expect, it } from 'vitest'
import { createEngine, defineLab, type Health, type LabStatus, labKey, secret } from '../src/index.ts'
import { memoryStore } from '../src/testing/index.ts'
import { bench, refusal } from './bench.ts'

/** `address: presence, state summary`, and the alerts below. */
const told = ({ resources }: LabStatus): string[] =>
  resources.flatMap(({ address, on, status, health }) => [
    `${address}${on === undefined ? '' : ` on ${on}`}: ${[status, health?.state, health?.summary].filter(Boolean).join(', ')}`,
    ...(health?.alerts ?? []).map(({ severity, name, summary }) => `  ${severity} ${name}: ${summary}`),
  ])

const said = ({ diagnostics }: LabStatus): string[] =>
  diagnostics.map(({ severity, code, address }) => `${severity} ${code} at ${address}`)

const thingIn = ({ world }: ReturnType<typeof bench>, name: string) => world.find('thing', name)!

describe('what is there', () => {
  it('is told with its health, in the order of the lab, and nothing is written', async () => {
    const all = bench()
    const { world, fake, home, tower } = all
    const resources = ['web', 'db', 'cache'].map((name) => fake.thing(name, { on: tower, name }))
    const disk = fake.disk('data', { on: tower, name: 'data' })
    const gone = fake.thing('gone', { on: tower, name: 'gone' })
    const old = fake.thing('old', { on: tower, name: 'old' })
    await home.apply([tower, ...resources, disk, gone, old])
    await home.apply([tower, ...resources, gone, old])
    world.remove('tower', thingIn(all, 'gone'))
    thingIn(all, 'db').data['health'] = { state: 'down', summary: 'exited' } satisfies Health
    thingIn(all, 'cache').data['health'] = {
      state: 'degraded',
      summary: 'slow',
      since: '2026-11-23T10:00:00Z',
      alerts: [
        { name: 'ram', severity: 'warning', summary: '81 %' },
        { name: 'disk', severity: 'critical', summary: '97 %', source: 'sda', host: 'pi' },
      ],
    } satisfies Health
    world.plant('tower', { type: 'thing', identity: 'theirs', data: { name: 'theirs' } })
    const wanted = [fake.thing('new', { on: tower, name: 'new' }), fake.thing('theirs', { on: tower, name: 'theirs' })]
    const guest = fake.guest('vm', { on: tower, name: 'vm' })
    const inside = fake.thing('inside', { on: guest, name: 'inside' })
    const before = [await home.state(), world.text(), home.store.journal.length]
    world.takeChanges()
    const status = await home.engine.status(home.lab([tower, ...resources, gone, ...wanted, guest, inside]))
    expect(told(status)).toMatchInlineSnapshot(`
      [
        "tower: present",
        "web on tower: present, healthy, of size 1",
        "db on tower: present, down, exited",
        "cache on tower: present, degraded, slow",
        "  critical disk: 97 %",
        "  warning ram: 81 %",
        "gone on tower: missing",
        "new on tower: absent",
        "theirs on tower: foreign",
        "vm on tower: absent",
        "inside on vm: unknown",
        "data on tower: present",
        "old on tower: present",
      ]
    `)
    expect(status.diagnostics).toEqual([])
    expect(status.resources.find(({ address }) => address === 'cache')).toEqual({
      address: 'cache',
      type: 'fake.thing',
      on: 'tower',
      declared: true,
      status: 'present',
      health: {
        state: 'degraded',
        summary: 'slow',
        since: '2026-11-23T10:00:00Z',
        alerts: [
          { name: 'disk', severity: 'critical', summary: '97 %', source: 'sda', host: 'pi' },
          { name: 'ram', severity: 'warning', summary: '81 %' },
        ],
      },
    })
    expect(status.resources.filter(({ declared }) => !declared)).toEqual([
      { address: 'data', type: 'fake.disk', on: 'tower', declared: false, kept: true, status: 'present' },
      { address: 'old', type: 'fake.thing', on: 'tower', declared: false, status: 'present' },
    ])
    expect([await home.state(), world.text(), home.store.journal.length]).toEqual(before)
    expect(world.takeChanges()).toEqual([])
  })

  it('is read many at a time, while another run holds the lock', async () => {
    const { world, fake, home, tower } = bench()
    const lab = home.lab([tower, ...['a', 'b', 'c'].map((name) => fake.thing(name, { on: tower, name }))])
    await home.apply(lab)
    world.calls.length = 0
    const running = await home.engine.plan(lab)
    world.calls.length = 0
    await home.engine.status(lab)
    await running.close()
    expect(world.calls.filter(({ verb, type }) => verb === 'read' && type === 'thing')).toMatchObject([
      { identity: 'a,b,c' },
    ])
  })

  it('is chosen by name: of a resource, of a composite, of what only the state knows', async () => {
    const { fake, home, tower } = bench()
    const site = fake.site('blog', { on: tower, name: 'blog' })
    const old = fake.thing('old', { on: tower, name: 'old' })
    await home.apply([tower, site, old])
    const lab = home.lab([tower, site])
    expect(told(await home.engine.status(lab, ['blog']))).toMatchInlineSnapshot(`
      [
        "blog/backend on tower: present, healthy, of size 1",
        "blog/route on tower: present",
        "blog/file on tower: present",
      ]
    `)
    expect(told(await home.engine.status(lab, ['old']))).toMatchInlineSnapshot(`
      [
        "old on tower: present",
      ]
    `)
    expect(await refusal(home.engine.status(lab, ['blogg']))).toMatchObject([
      { code: 'unknown_address', advice: 'Did you mean "blog"?' },
    ])
  })

  it('says nothing that is secret', async () => {
    const all = bench({ secrets: { TOKEN: 'hunter2-hunter2' } })
    const { fake, home, tower } = all
    const resources = [tower, fake.thing('web', { on: tower, name: 'web', token: secret.env('TOKEN') })]
    await home.apply(resources)
    thingIn(all, 'web').data['health'] = {
      state: 'degraded',
      summary: 'logged in with hunter2-hunter2',
      alerts: [{ name: 'login', severity: 'warning', summary: 'wrong: hunter2-hunter2' }],
    } satisfies Health
    expect(told(await home.engine.status(home.lab(resources)))).toMatchInlineSnapshot(`
      [
        "tower: present",
        "web on tower: present, degraded, logged in with (secret)",
        "  warning login: wrong: (secret)",
      ]
    `)
    // Without the secret it is known by what is observed.
    const engine = createEngine({
      store: home.store,
      key: labKey('key-of-the-tests'),
      readSecret: async () => Promise.reject(new Error('not set')),
    })
    expect(JSON.stringify(await engine.status(home.lab(resources)))).not.toContain('hunter2')
  })
})

describe('what cannot be looked at', () => {
  it('a host that does not answer is told once, and the others as they are', async () => {
    const { world, fake, home, tower, attic } = bench()
    const onAttic = ['a', 'b'].map((name) => fake.thing(name, { on: attic, name }))
    const app = fake.app('app', { on: attic, name: 'app' })
    const lab = home.lab([tower, attic, fake.thing('web', { on: tower, name: 'web' }), ...onAttic, app])
    await home.apply(lab)
    world.machine('attic').up = false
    const status = await home.engine.status(lab)
    expect(told(status)).toMatchInlineSnapshot(`
      [
        "tower: present",
        "attic: unreachable",
        "web on tower: present, healthy, of size 1",
        "a on attic: unreachable",
        "b on attic: unreachable",
        "app on attic: unreachable",
      ]
    `)
    expect(said(status)).toEqual(['warning unreachable at attic'])
  })

  it('one that goes silent while it is read is told once, too', async () => {
    const { world, fake, home, tower } = bench()
    const things = ['a', 'b'].map((name) => fake.thing(name, { on: tower, name }))
    const lab = home.lab([tower, ...things, fake.disk('data', { on: tower, name: 'data' })])
    await home.apply(lab)
    world.inject({ verb: 'read', type: 'thing', does: 'fail', code: 'connection_lost', message: 'lost', times: 9 })
    const status = await home.engine.status(lab)
    expect(told(status)).toMatchInlineSnapshot(`
      [
        "tower: present",
        "a on tower: unreachable",
        "b on tower: unreachable",
        "data on tower: present",
      ]
    `)
    expect(said(status)).toEqual(['warning unreachable at tower'])
  })

  it('one that hangs, at its read or when it is asked, holds nobody else up', async () => {
    const { world, fake, home, tower, attic } = bench()
    const slow = { timeouts: { read: '500ms' } } as const
    const lab = home.lab([
      tower,
      attic,
      fake.thing('web', { on: tower, name: 'web' }),
      fake.thing('shy', { on: tower, name: 'shy', ...slow }),
      fake.disk('stuck', { on: attic, name: 'stuck', ...slow }),
    ])
    await home.apply(lab)
    world.inject({ verb: 'health', identity: 'shy', does: 'hang' })
    world.inject({ verb: 'read', type: 'disk', does: 'hang' })
    const status = await home.engine.status(lab)
    expect(told(status)).toMatchInlineSnapshot(`
      [
        "tower: present",
        "attic: present",
        "web on tower: present, healthy, of size 1",
        "shy on tower: present, unknown, could not be asked",
        "stuck on attic: unreachable",
      ]
    `)
    expect(said(status)).toEqual(['warning timeout at shy', 'warning unreachable at stuck'])
  })

  it('one that cannot say how it is doing is there all the same', async () => {
    const { world, fake, home, tower } = bench()
    const lab = home.lab([tower, fake.thing('web', { on: tower, name: 'web' })])
    await home.apply(lab)
    world.inject({ verb: 'health', does: 'fail', code: 'command_failed', message: 'no bell' })
    const status = await home.engine.status(lab)
    expect(told(status)[1]).toBe('web on tower: present, unknown, could not be asked')
    expect(status.diagnostics).toMatchObject([
      { severity: 'error', code: 'command_failed', address: 'web', summary: 'Cannot tell how it is doing: no bell' },
    ])
  })

  it('a record whose plugin is gone is told', async () => {
    const { fake, home, tower } = bench()
    await home.apply([tower, fake.thing('web', { on: tower, name: 'web' })])
    const engine = createEngine({ store: home.store, key: labKey('key-of-the-tests'), readSecret: async () => '' })
    const status = await engine.status(defineLab({ name: 'home', resources: [] }))
    expect(told(status)).toEqual(['tower: failed', 'web on tower: failed'])
    expect(status.diagnostics.map(({ code }) => code)).toEqual(['plugin_missing', 'plugin_missing'])
  })

  it('a run that is stopped gives no half answer', async () => {
    const control = new AbortController()
    const { fake, home, tower } = bench({ store: memoryStore('home'), abort: control.signal })
    const asked = home.engine.status(home.lab([tower, fake.thing('web', { on: tower, name: 'web' })]))
    control.abort(new Error('stopped'))
    await expect(asked).rejects.toThrow('stopped')
  })
})

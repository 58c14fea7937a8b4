import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { definePlugin, defineResource, type Plan } from '../src/index.ts'
import { testEngine } from '../src/testing/index.ts'
import { bench, codes, refusal } from './bench.ts'

describe('a creation that timed out', () => {
  it('but happened is found, not repeated', async () => {
    const { home, fake, tower, world } = bench()
    for (const [type, code] of [
      ['thing', 'timeout'],
      ['plain', 'connection_lost'],
      ['pair', 'ECONNRESET'],
    ] as const)
      world.inject({ does: 'fail', when: 'after', verb: 'create', type, code })
    const config = [
      fake.thing('thing', { on: tower, name: 'thing' }),
      fake.plain('plain', { on: tower, path: '/plain' }),
      fake.pair('pair', { on: tower, name: 'pair' }),
    ]
    expect(await home.apply(config)).toMatchObject({ done: 4, failed: 0 })
    expect(world.takeChanges().sort()).toEqual(['create pair pair', 'create plain /plain', 'create thing thing'])
    expect(await home.planTextOf(config)).toBe('')
  })

  it('and did not happen is repeated, as often as it may be', async () => {
    const { home, fake, tower, world } = bench()
    world.inject({ does: 'hang', verb: 'create' })
    const web = (retries: number) =>
      fake.thing('web', { on: tower, name: 'web', timeouts: { create: '30ms' }, retries })
    expect(await home.apply(web(0))).toMatchObject({ failed: 1, diagnostics: [{ code: 'timeout', address: 'web' }] })
    world.inject({ does: 'hang', verb: 'create' })
    expect(await home.apply(web(1))).toMatchObject({ failed: 0 })
    expect(home.events.filter(({ type }) => type === 'action.retried')).toHaveLength(1)
  })
})

describe('a failure', () => {
  it('is repeated only where its error says that it may be', async () => {
    const { home, fake, tower, world } = bench()
    const config = (size: number) => [
      fake.thing('a', { on: tower, name: 'a', size }),
      fake.plain('b', { on: tower, path: '/b' }),
    ]
    world.inject({ does: 'fail', verb: 'create', type: 'plain', code: 'no' })
    world.inject({ does: 'fail', verb: 'create', type: 'thing', code: 'busy', retryable: true })
    expect(await home.apply(config(1))).toMatchObject({ failed: 1, diagnostics: [{ code: 'no', address: 'b' }] })
    expect(world.takeChanges().sort()).toEqual(['create plain /b', 'create thing a', 'create thing a'])
    world.inject({ does: 'fail', verb: 'read', type: 'plain', code: 'busy', retryable: true })
    expect(await home.apply(config(1))).toMatchObject({ failed: 0 })
  })

  it('skips what depends on it, and nothing else', async () => {
    const { home, fake, tower, world } = bench()
    world.inject({ does: 'fail', identity: 'a', verb: 'create' })
    const a = fake.thing('a', { on: tower, name: 'a' })
    const b = fake.thing('b', { on: tower, name: 'b', note: a.id })
    const config = [
      a,
      b,
      fake.thing('c', { on: tower, name: 'c', dependsOn: [b] }),
      fake.thing('d', { on: tower, name: 'd' }),
    ]
    const result = await home.apply(config)
    expect(result).toMatchObject({ done: 2, failed: 1, skipped: 2 })
    expect(
      home.events.flatMap((e) => (e.type === 'action.skipped' ? [`${e.id}: ${e.reason}`] : [])),
    ).toMatchInlineSnapshot(`
      [
        "b: "a" was not done",
        "c: "b" was not done",
      ]
    `)
    expect(await home.apply(config)).toMatchObject({ done: 3, failed: 0, skipped: 0 })
  })

  it('of many with one cause is told once', async () => {
    const { home, fake, attic, world } = bench()
    world.machine('attic').up = false
    const config = Array.from({ length: 20 }, (_, i) => fake.thing(`t${i}`, { on: attic, name: `t${i}` }))
    expect((await home.plan(config)).diagnostics).toHaveLength(1)
    expect(world.calls.filter(({ verb }) => verb === 'connect')).toHaveLength(1)
  })
})

describe('readiness', () => {
  it('is waited for before dependents begin, by an unchanged resource too, and not without need', async () => {
    const { home, fake, tower, world } = bench()
    const guest = fake.guest('guest', { on: tower, name: 'guest' })
    await home.apply(guest)
    expect(world.calls.filter(({ verb }) => verb === 'ready')).toHaveLength(1)
    await home.apply(guest)
    expect(world.calls.filter(({ verb }) => verb === 'ready')).toHaveLength(1)
    const config = [guest, fake.thing('web', { on: tower, name: 'web', note: guest.id })]
    world.inject({ does: 'fail', verb: 'ready', code: 'timeout' })
    expect(await home.apply(config)).toMatchObject({
      failed: 1,
      skipped: 1,
      diagnostics: [{ code: 'not_ready', address: 'guest' }],
    })
    expect(await home.apply(config)).toMatchObject({ done: 1, failed: 0, skipped: 0 })
  })

  it('is asked of what was there already only where something that depends on it changes', async () => {
    const { home, fake, tower } = bench()
    let asked = 0
    let isOpen = false
    const { gate } = definePlugin({
      name: 'gates',
      package: 'gates',
      version: '0',
      resources: {
        gate: defineResource({
          type: 'gates.gate',
          ownership: 'asserted',
          inputs: z.object({ name: z.string() }),
          attributes: z.object({ name: z.string() }),
          identity: ({ name }) => name,
          read: async ({ identity }) => ({ name: identity }),
          create: async ({ inputs }) => inputs,
          delete: async () => {},
          async ready() {
            asked++
            if (!isOpen) throw new Error('shut')
          },
        }),
      },
    })
    const north = gate('north', { name: 'north' })
    const behind = (note: string) => [north, fake.thing('web', { on: tower, name: 'web', note, dependsOn: [north] })]
    expect(await home.apply(north)).toMatchObject({ failed: 0 })
    expect(asked).toBe(0)
    expect(await home.apply(behind('one'))).toMatchObject({ failed: 1, skipped: 1 })
    isOpen = true
    expect(await home.apply(behind('one'))).toMatchObject({ failed: 0, skipped: 0 })
    isOpen = false
    expect(await home.apply(behind('one'))).toMatchObject({ failed: 0, skipped: 0 })
    expect(asked).toBe(2)
    expect(await home.apply(behind('two'))).toMatchObject({ failed: 1, skipped: 1 })
    const east = gate('east', { name: 'east' })
    expect(
      await home.apply([...behind('one'), east, fake.thing('db', { on: tower, name: 'db', dependsOn: [east] })]),
    ).toMatchObject({
      failed: 1,
      skipped: 1,
      diagnostics: [{ address: 'east' }],
    })
    expect(asked).toBe(4)
  })

  it('is waited for until the host answers', async () => {
    const { home, fake, tower, world } = bench()
    const guest = fake.guest('guest', { on: tower, name: 'guest' })
    world.inject({ does: 'fail', verb: 'connect', machine: '10.0.0.2', code: 'ECONNREFUSED', times: 2 })
    expect(await home.apply([guest, fake.thing('web', { on: guest, name: 'web' })])).toMatchObject({
      failed: 0,
      skipped: 0,
    })
  })
})

describe('cancellation', () => {
  it('starts nothing more, finishes what is under way and saves; the second time it aborts', async () => {
    const stop = new AbortController()
    const kill = new AbortController()
    const made = bench({ signal: stop.signal, abort: kill.signal, parallelism: 1 })
    const { home, fake, tower, world } = made
    world.latency = 20
    const config = Array.from({ length: 5 }, (_, i) => fake.thing(`t${i}`, { on: tower, name: `t${i}` }))
    const cancelling = testEngine(world, {
      parallelism: 1,
      signal: stop.signal,
      abort: kill.signal,
      store: home.store,
      onEvent: (event) => {
        if (event.type === 'action.started' && event.address === 't1') stop.abort()
      },
    })
    const result = await cancelling.apply(config)
    expect(result).toMatchObject({ cancelled: true, failed: 0 })
    expect(codes(result)).toEqual(['cancelled'])
    const made1 = world.machine('tower').objects.length
    expect(made1).toBeLessThan(5)
    expect(Object.values((await home.state()).resources).filter(({ pending }) => pending)).toEqual([])
    expect(await testEngine(world, { store: home.store }).apply(config)).toMatchObject({ failed: 0, cancelled: false })

    world.inject({ does: 'hang', verb: 'delete' })
    const killing = testEngine(world, {
      store: home.store,
      abort: kill.signal,
      onEvent: (event) => {
        if (event.type === 'action.started') setTimeout(() => kill.abort(), 5)
      },
    })
    expect((await killing.apply(config, { mode: 'destroy' })).failed).toBeGreaterThan(0)
    const last = testEngine(world, { store: home.store })
    expect(await last.apply(config, { mode: 'destroy' })).toMatchObject({ failed: 0 })
    expect(world.text()).toBe('')
  })
})

describe('limits', () => {
  const peak = (calls: readonly { began: number; ended?: number; verb: string }[]) => {
    const changing = calls.filter(({ verb }) => verb === 'create')
    return Math.max(
      ...changing.map(
        (one) => changing.filter((other) => other.began <= one.began && (other.ended ?? Infinity) > one.began).length,
      ),
    )
  }
  it.each([
    [10, 4],
    [3, 3],
    [1, 1],
  ])('of %i for the run and 4 for a connection are kept: at most %i at once', async (parallelism, most) => {
    const { home, fake, tower, world } = bench({ parallelism })
    world.latency = 5
    await home.apply(Array.from({ length: 12 }, (_, i) => fake.thing(`t${i}`, { on: tower, name: `t${i}` })))
    expect(peak(world.calls)).toBe(most)
  })

  it('do not keep the machines from working side by side', async () => {
    const { home, fake, tower, attic, world } = bench({ parallelism: 10 })
    world.latency = 5
    const on = [tower, attic]
    await home.apply(Array.from({ length: 16 }, (_, i) => fake.thing(`t${i}`, { on: on[i % 2]!, name: `t${i}` })))
    expect(peak(world.calls)).toBe(8)
    expect(world.calls.filter(({ verb }) => verb === 'connect')).toHaveLength(2)
  })

  it('let what can be read or written together be so', async () => {
    const { home, fake, tower, world } = bench()
    const config = Array.from({ length: 9 }, (_, i) => [
      fake.thing(`t${i}`, { on: tower, name: `t${i}` }),
      fake.entry(`e${i}`, { on: tower, key: `e${i}` }),
    ])
    await home.apply(config)
    expect(world.calls.filter(({ type }) => type === 'document')).toHaveLength(1)
    world.calls.splice(0)
    await home.plan(config)
    expect(world.calls.filter(({ verb, type }) => verb === 'read' && type === 'thing')).toHaveLength(1)
  })
})

describe('a saved plan', () => {
  const saved = async () => {
    const made = bench()
    const { home, fake, tower } = made
    const config = (size: number) => [fake.thing('web', { on: tower, name: 'web', size })]
    await home.apply(config(1))
    const plan = JSON.parse(JSON.stringify(await home.plan(config(2)))) as Plan
    return { ...made, config, plan }
  }

  it('is carried out exactly', async () => {
    const { home, config, plan } = await saved()
    expect(await home.apply(config(2), { expect: plan })).toMatchObject({ done: 1, failed: 0 })
  })

  it('is refused when the config, the state or the lab has moved on', async () => {
    const { home, config, plan, world, fake, tower } = await saved()
    const refused = async (config: Parameters<typeof home.apply>[0]) =>
      (await refusal(home.apply(config, { expect: plan }))).map(({ code, summary }) => `${code}: ${summary}`)
    expect(await refused(config(3))).toEqual(['plan_stale: The config has changed since the plan was saved'])
    world.find('thing', 'web')!.data['size'] = 7
    expect(await refused(config(2))).toEqual(['plan_stale: The lab has changed since the plan was saved'])
    world.find('thing', 'web')!.data['size'] = 1
    await home.apply([...config(1), fake.thing('other', { on: tower, name: 'other' })])
    expect(await refused(config(2))).toEqual(['plan_stale: The state has changed since the plan was saved'])
  })
})

describe('targets and exclusions', () => {
  const chain = () => {
    const made = bench()
    const { fake, tower } = made
    const a = fake.thing('a', { on: tower, name: 'a' })
    const b = fake.thing('b', { on: tower, name: 'b', note: a.url })
    const c = fake.thing('c', { on: tower, name: 'c', note: b.url })
    return { ...made, config: [a, b, c, fake.thing('d', { on: tower, name: 'd' })], a }
  }

  it('bring what they need, and leave out what needs them', async () => {
    const { home, config, a, tower } = chain()
    const text = async (options: Parameters<typeof home.plan>[1]) =>
      (await home.plan(config, options)).nodes.map(({ action, id }) => `${action} ${id}`)
    expect(await text({ targets: ['b'] })).toEqual(['adopt tower', 'create a', 'create b'])
    expect(await text({ exclude: ['b'] })).toEqual(['adopt tower', 'create a', 'create d'])
    expect(await text({ targets: ['c'], exclude: ['c'] })).toEqual(['adopt tower', 'create a', 'create b'])
    await home.apply(config)
    expect((await home.plan([a, tower], { targets: ['b'] })).nodes.map(({ action, id }) => `${action} ${id}`)).toEqual([
      'delete c',
      'delete b',
    ])
    expect((await home.plan(config, { mode: 'destroy', targets: ['c'] })).nodes.map(({ id }) => id)).toEqual(['c'])
    expect(await refusal(home.plan(config, { targets: ['nobody'] }))).toMatchObject([{ code: 'unknown_address' }])
  })
})

describe('a plan', () => {
  it('of nothing is empty', async () => {
    const { home } = bench()
    expect(await home.planTextOf([])).toBe('')
    expect(await home.apply([])).toMatchObject({ done: 0, failed: 0 })
  })

  it('tells its events in order', async () => {
    const { home, fake, tower } = bench()
    await home.apply(fake.thing('web', { on: tower, name: 'web' }))
    expect(
      home.events.map((event) => ('id' in event ? `${event.type} ${event.id}` : event.type)),
    ).toMatchInlineSnapshot(`
      [
        "observe.started",
        "connection.opened",
        "observe.finished",
        "plan.finished",
        "action.started tower",
        "action.finished tower",
        "action.started web",
        "action.finished web",
        "apply.finished",
      ]
    `)
    expect(home.events.every((event, i) => i === 0 || event.at >= home.events[i - 1]!.at)).toBe(true)
  })
})

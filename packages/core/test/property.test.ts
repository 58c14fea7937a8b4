import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnyResource } from '../src/index.ts'
import {
  changesText,
  type Fake,
  type Fault,
  fakePlugin,
  fakeWorld,
  testEngine,
  type World,
} from '../src/testing/index.ts'

const kinds = ['thing', 'plain', 'pair', 'swap', 'entry', 'app', 'disk', 'guest', 'site'] as const

/** One resource of a random lab. Numbers choose among what was declared before it. */
interface Wish {
  name: number
  kind: (typeof kinds)[number]
  on: number
  ref: number
  dependsOn: number
  size: number
  version: number
}

const wish: fc.Arbitrary<Wish> = fc.record({
  name: fc.nat(7),
  kind: fc.constantFrom(...kinds),
  on: fc.nat(5),
  ref: fc.nat(8),
  dependsOn: fc.nat(8),
  size: fc.integer({ min: 1, max: 3 }),
  version: fc.integer({ min: 1, max: 2 }),
})
const wishes = fc.uniqueArray(wish, { maxLength: 8, selector: ({ name }) => name })

const fault: fc.Arbitrary<Fault> = fc.record({
  does: fc.constantFrom('fail' as const, 'crash' as const),
  when: fc.constantFrom('before' as const, 'after' as const),
  skip: fc.nat(25),
  code: fc.constant('broken'),
})

interface Wished {
  resources: AnyResource[]
  /** By identity: what each object must come after. */
  needs: Map<string, string[]>
  addresses: string[]
}

/** The lab that is wished for. */
function labOf(fake: Fake, list: readonly Wish[]): Wished {
  const hosts: { address: string; resource: ReturnType<Fake['machine']> }[] = [
    { address: 'tower', resource: fake.machine('tower', { address: 'tower' }) },
    { address: 'attic', resource: fake.machine('attic', { address: 'attic' }) },
  ]
  const made: { address: string; resource: AnyResource; id: never }[] = []
  const needs = new Map<string, string[]>()
  const addresses = hosts.map(({ address }) => address)
  for (const { name: n, kind, on: host, ref, dependsOn, size, version } of list) {
    const name = `r${n}`
    const on = hosts[host % hosts.length]!
    const referred = made[ref]
    const needed = made[dependsOn]
    const common = { on: on.resource, ...(needed ? { dependsOn: [needed.resource] } : {}) }
    const note = referred ? { note: referred.id } : {}
    const resource = {
      thing: () => fake.thing(name, { ...common, name, size, kind: `k${version}`, ...note }),
      plain: () => fake.plain(name, { ...common, path: name, ...(referred ? { text: referred.id } : {}) }),
      pair: () => fake.pair(name, { ...common, name, size, version }),
      swap: () => fake.swap(name, { ...common, name, size, version }),
      entry: () => fake.entry(name, { ...common, key: name, value: referred ? referred.id : String(size) }),
      app: () => fake.app(name, { ...common, name, size, version }),
      disk: () => fake.disk(name, { ...common, name, size }),
      guest: () => fake.guest(name, { ...common, name, size }),
      site: () => fake.site(name, { ...common, name, size, ...note }),
    }[kind]()
    if (kind === 'guest') hosts.push({ address: name, resource: resource as never })
    const usesRef = referred && ['thing', 'plain', 'entry', 'site'].includes(kind)
    needs.set(name, [
      on.address,
      ...(needed ? [needed.address, `/sites/${needed.address}`] : []),
      ...(usesRef ? [referred.address] : []),
    ])
    if (kind === 'site') needs.set(`/sites/${name}`, [name])
    addresses.push(...(kind === 'site' ? ['backend', 'route', 'file'].map((part) => `${name}/${part}`) : [name]))
    const attribute = {
      thing: 'id',
      plain: 'path',
      entry: 'key',
      disk: 'name',
      guest: 'ip',
      pair: 'id',
      swap: 'name',
      app: 'name',
      site: 'id',
    }[kind]
    made.push({ address: name, resource, id: (resource as never)[attribute] })
  }
  return {
    resources: [hosts[0]!.resource, hosts[1]!.resource, ...made.map(({ resource }) => resource)],
    needs,
    addresses,
  }
}

/** What exists, by identity: who has it, on which machine. */
const found = (world: World): string[] =>
  [...world.machines.values()]
    .flatMap(({ objects, guest }) =>
      objects.map(({ type, identity }) => `${guest === undefined ? 'machine' : 'guest'} ${type} ${identity}`),
    )
    .sort()

const wanted = (list: readonly Wish[], needs: ReadonlyMap<string, string[]>): string[] =>
  list
    .flatMap(({ name, kind }) => {
      const where = needs.get(`r${name}`)![0]!.startsWith('r') ? 'guest' : 'machine'
      const objects =
        kind === 'site' ? [`thing r${name}`, `entry r${name}`, `plain /sites/r${name}`] : [`${kind} r${name}`]
      return objects.map((object) => `${where} ${object}`)
    })
    .sort()

/** How many labs are tried; without the variable, as many as a few seconds allow. */
const thorough = process.env['LARES_PROPERTY_RUNS'] ? Number(process.env['LARES_PROPERTY_RUNS']) : undefined

const everything = Array.from({ length: 8 }, (_, i) => `r${i}`)

describe('any lab', () => {
  it(
    'is reached from any other, whatever fails on the way: in order, with nothing lost and nothing left to do',
    async () => {
      let runs = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(wishes, { minLength: 1, maxLength: 3 }),
          fc.array(fault, { maxLength: 2 }),
          async (labs, faults) => {
            runs++
            const world = fakeWorld('tower', 'attic')
            const fake = fakePlugin(world)
            const home = testEngine(world)
            const options = { allowDataLoss: everything }
            for (const list of labs) {
              const { resources, needs, addresses } = labOf(fake, list)
              for (const one of faults) {
                world.inject(one)
                await home.applyAndCrash(resources, options).catch(() => {})
                world.heal()
              }
              world.calls.splice(0)
              const result = await home.apply(resources, options)
              expect(result.diagnostics).toEqual([])
              expect(result).toMatchObject({ failed: 0, skipped: 0, unreachable: 0 })
              expect(found(world)).toEqual(wanted(list, needs))
              expectOrder(world, needs)
              expect(changesText(await home.plan(resources, options))).toBe('')
              const { resources: records, kept } = await home.state()
              expect(Object.keys(kept)).toEqual([])
              expect(Object.keys(records).sort()).toEqual(addresses.sort())
              expect(Object.values(records).filter(({ pending, deposed }) => pending || deposed)).toEqual([])
            }
          },
        ),
        {
          numRuns: thorough ?? 150,
          ...(thorough ? {} : { interruptAfterTimeLimit: 6_000 }),
        },
      )
      expect(runs).toBeGreaterThan(5)
    },
    thorough ? 3_600_000 : 60_000,
  )
})

/** Every creation began after the last change of what it needs had ended. */
function expectOrder(world: World, needs: ReadonlyMap<string, string[]>): void {
  const changes = world.calls.filter(({ verb }) => verb === 'create' || verb === 'replace')
  for (const { identity, began } of changes) {
    for (const other of needs.get(identity) ?? []) {
      const later = changes.filter((change) => change.identity === other && change.ended! > began)
      expect(later, `${identity} needs ${other}`).toEqual([])
    }
  }
}

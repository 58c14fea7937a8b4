import { expect, it } from 'vitest'
import * as z from 'zod'
import { definePlugin, defineProvider, defineResource, pluginOf } from '../src/index.ts'
import type { Box } from '../src/testing/index.ts'
import { bench, codes } from './bench.ts'

/** Machines run an engine once a thing called `engine` is there; it answers the third time that it is asked. */
function withEngine() {
  const made = bench()
  const box = pluginOf(made.fake)!.types.get('fake.machine')!.provides!.provider
  let asked = 0
  const engine = defineProvider({
    name: 'engine',
    over: box,
    async connect({ via }): Promise<Box> {
      const over = (await via()) as Box
      const installed = over.machine.objects.some(({ identity }) => identity === 'engine')
      if (installed && ++asked > 2) return over
      throw Object.assign(new Error('no engine answers'), { code: 'unreachable' })
    },
  })
  const pod = defineResource({
    type: 'late.pod',
    description: 'What runs on an engine.',
    provider: engine,
    inputs: z.object({ name: z.string() }),
    attributes: z.object({ name: z.string() }),
    identity: ({ name }) => name,
    read: async ({ connection, identity }) =>
      connection.machine.objects.some((object) => object.identity === identity) ? { name: identity } : null,
    create: async ({ connection, inputs }) => {
      made.world.plant(connection.machine.address, { type: 'pod', identity: inputs.name, data: inputs })
      return inputs
    },
    update: async ({ inputs }) => inputs,
    delete: async () => {},
  })
  const plugin = definePlugin({ name: 'late', package: 'late', version: '0', resources: { pod } })
  const { fake, tower } = made
  const package_ = fake.thing('package', { on: tower, name: 'engine' })
  return { ...made, package: package_, pod: plugin.pod('pod', { on: tower, name: 'pod', dependsOn: [package_] }) }
}

it('what does not answer yet is decided after what brings it, and waited for', async () => {
  const { home, tower, package: engine, pod } = withEngine()
  const config = [tower, engine, pod]
  expect(await home.planTextOf(config)).toMatchInlineSnapshot(`
    "adopt tower; because new
    create package; because new; after tower
    create pod; because new; or none; decided after package; after package, tower"
  `)
  expect(await home.apply(config)).toMatchObject({ done: 3, failed: 0, unreachable: 0 })
  expect(home.events.filter(({ type }) => type === 'action.log')).toMatchObject([
    { address: 'pod', message: 'waiting until tower answers' },
  ])
  expect(await home.planTextOf(config)).toBe('')
})

it('what does not answer is unreachable where nothing new on its machine comes before it', async () => {
  const { home, tower, package: engine, pod } = withEngine()
  await home.apply([tower, engine])
  const { plan } = await home.apply([tower, engine, pod])
  expect(codes(plan)).toEqual(['unreachable'])
})

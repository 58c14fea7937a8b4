import { expect, it } from 'vitest'
import { z } from 'zod'
import { createEngine, defineLab, definePlugin, defineProvider, defineResource, labKey, secret } from '../src/index.ts'
import { memoryStore } from '../src/testing/index.ts'

/** Shops in streets; what stands before their doors is none of theirs. */
function town() {
  const connected: string[] = []
  const closed = new Set<string>()
  const street = defineProvider({
    name: 'street',
    endpoint: z.object({ name: z.string() }),
    connect: async ({ endpoint: { name } }) => {
      connected.push(name)
      if (closed.has(name)) throw Object.assign(new Error('closed'), { code: 'unreachable' })
      return name
    },
  })
  const open = new Set<string>()
  const road = defineResource({
    type: 'town.road',
    inputs: z.object({ name: z.string() }),
    attributes: z.object({ name: z.string() }),
    identity: ({ name }) => name,
    ownership: 'asserted',
    read: async ({ identity }) => ({ name: identity }),
    create: async ({ inputs }) => inputs,
    delete: async () => {},
    provides: { provider: street, endpoint: ({ inputs }) => inputs },
  })
  const shop = defineResource({
    type: 'town.shop',
    provider: street,
    inputs: z.object({ name: z.string(), near: z.string().default('nothing'), pin: z.string().optional() }),
    attributes: z.object({ name: z.string(), door: z.number() }),
    identity: ({ name }) => name,
    ownership: 'asserted',
    read: async ({ identity }) => (open.has(identity) ? { name: identity, door: 7 } : null),
    create: async ({ inputs: { name } }) => {
      open.add(name)
      return { name, door: 7 }
    },
    delete: async () => {},
    async check({ connection, inputs: { name, near, pin }, signal, warn }) {
      signal.throwIfAborted()
      if (name === 'silent') throw Object.assign(new Error('nobody answers the bell'), { code: 'timeout' })
      if (name === 'broken') throw Object.assign(new Error('no bell'), { code: 'command_failed' })
      if (name === 'fine') return
      warn({ code: 'fence', summary: `a fence on ${connection} near ${near}`, path: 'name', advice: `use ${pin}` })
      warn({ code: 'dog', summary: 'a dog' })
    },
  })
  const plugin = definePlugin({
    name: 'town',
    package: 'lares-plugin-town',
    version: '1.0.0',
    resources: { road, shop },
  })
  const control = new AbortController()
  const engine = createEngine({
    store: memoryStore('home'),
    key: labKey('key'),
    readSecret: async () => 'hunter2',
    abort: control.signal,
  })
  return { plugin, engine, closed, connected, control }
}

it('what resources find in their way, whether they are there or not, over connections that are opened once', async () => {
  const { plugin, engine, connected } = town()
  const on = plugin.road('main', { name: 'main' })
  const names = ['fine', 'fenced', 'silent', 'broken']
  const shops = names.map((name) => plugin.shop(name, { on, name, pin: secret.env('PIN') }))
  const { connections, resources } = await engine.probe(defineLab({ name: 'home', resources: [on, ...shops] }))
  expect(connections).toMatchObject([{ provider: 'street', on: 'main', ok: true }])
  const at = { address: 'fenced', severity: 'warning' }
  expect(resources).toEqual([
    { address: 'fine', status: 'done', diagnostics: [] },
    {
      address: 'fenced',
      status: 'done',
      diagnostics: [
        { ...at, code: 'fence', summary: 'a fence on main near nothing', path: 'name', advice: 'use (secret)' },
        { ...at, code: 'dog', summary: 'a dog' },
      ],
    },
    {
      address: 'silent',
      status: 'failed',
      diagnostics: [expect.objectContaining({ severity: 'warning', code: 'timeout' })],
    },
    {
      address: 'broken',
      status: 'failed',
      diagnostics: [
        expect.objectContaining({ severity: 'error', summary: expect.stringContaining('Cannot be checked: no bell') }),
      ],
    },
  ])
  expect(connected).toEqual(['main'])
})

it('one whose inputs or connection are not there yet says nothing, and the connection says it once', async () => {
  const { plugin, engine, closed, connected } = town()
  closed.add('dark')
  const dark = plugin.road('dark', { name: 'dark' })
  const main = plugin.road('main', { name: 'main' })
  const far = plugin.shop('far', { on: dark, name: 'far' })
  const base = plugin.shop('base', { on: main, name: 'base' })
  const near = plugin.shop('near', { on: main, name: 'near', near: base.name })
  const lab = defineLab({ name: 'home', resources: [dark, main, far, base, near] })
  const before = await engine.probe(lab)
  expect(before.connections.map(({ on, ok }) => [on, ok])).toEqual([
    ['dark', false],
    ['main', true],
  ])
  expect(before.resources.map(({ address, status, diagnostics }) => [address, status, diagnostics.length])).toEqual([
    ['far', 'unknown', 0],
    ['base', 'done', 2],
    ['near', 'unknown', 0],
  ])
  expect(connected.sort()).toEqual(['dark', 'main'])
  const planned = await engine.plan(lab)
  await planned.apply()
  await planned.close()
  const { resources } = await engine.probe(lab)
  expect(resources[2]!.diagnostics[0]!.summary).toBe('a fence on main near base')
})

it('a run that is stopped gives no half answer', async () => {
  const { plugin, engine, control } = town()
  const on = plugin.road('main', { name: 'main' })
  const probed = engine.probe(defineLab({ name: 'home', resources: [on, plugin.shop('fine', { on, name: 'fine' })] }))
  control.abort(new Error('stopped'))
  await expect(probed).rejects.toThrow('stopped')
})

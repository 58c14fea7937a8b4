import { describe, expect, it } from 'vitest'
import { secret } from '../secret.ts'
import { resourceContract } from './contract.ts'
import { fakePlugin } from './fake-plugin.ts'
import { fakeWorld } from './fake-world.ts'

const world = fakeWorld('tower')
const fake = fakePlugin(world)
const tower = fake.machine('tower', { address: 'tower' })
/** Hands that reach into the world. */
const outside = (type: string, identity: string, data: Record<string, unknown>) => ({
  snapshot: async () => world.text(),
  plant: async () => void world.plant('tower', { type, identity, data }),
  remove: async () => {
    const object = world.find(type, identity)
    if (object) world.remove('tower', object)
  },
})
const api = { describe, it, expect }
const killAfter = [0, 1]

resourceContract(api, {
  type: 'fake.thing',
  factory: fake.thing,
  base: { on: tower, name: 'web' },
  options: {
    size: { size: 7 },
    color: { color: 'red' },
    ports: { ports: [80, 81] },
    tags: { tags: { a: '1', b: '2' } },
    note: { note: 'hello' },
    link: { link: { url: 'http://web' } },
    'a secret that can be read': { token: secret.env('TOKEN') },
    'a secret that cannot be read': { password: secret.env('PASSWORD') },
  },
  replacement: { kind: 'b' },
  secrets: { TOKEN: 'token-0123456789', PASSWORD: 'pass word/+0123456789' },
  outside: outside('thing', 'web', { name: 'web', size: 3 }),
  killAfter,
})

resourceContract(api, {
  type: 'fake.guest',
  factory: fake.guest,
  base: { on: tower, name: 'guest' },
  options: { size: { size: 2 }, power: { power: 'off' } },
  replacement: { image: 'other' },
  outside: outside('guest', 'guest', { name: 'guest', power: 'on' }),
  killAfter,
})

resourceContract(api, {
  type: 'fake.plain',
  factory: fake.plain,
  base: { on: tower, path: '/etc/motd' },
  options: { text: { text: 'hello' }, mode: { mode: '600' } },
  outside: outside('plain', '/etc/motd', { path: '/etc/motd', mode: '600' }),
  killAfter,
})

for (const name of ['pair', 'swap', 'app'] as const) {
  resourceContract(api, {
    type: `fake.${name}`,
    factory: fake[name],
    base: { on: tower, name },
    options: { size: { size: 2 } },
    replacement: { version: 2 },
    outside: outside(name, name, { name, size: 1, version: 1 }),
    killAfter,
  })
}

resourceContract(api, {
  type: 'fake.disk',
  factory: fake.disk,
  base: { on: tower, name: 'disk' },
  options: { size: { size: 2 } },
  replacement: { format: 'xfs' },
  outside: outside('disk', 'disk', { name: 'disk', size: 1, format: 'ext4' }),
  killAfter,
})

resourceContract(api, {
  type: 'fake.vault',
  factory: fake.vault,
  base: { on: tower, name: 'vault' },
  options: { parts: { parts: ['a', 'b'] } },
  outside: outside('vault', 'vault', { name: 'vault', parts: [] }),
  killAfter,
})

resourceContract(api, {
  type: 'fake.entry',
  factory: fake.entry,
  base: { on: tower, key: 'a' },
  options: { value: { value: '1' } },
  outside: outside('entry', 'a', { key: 'a', value: '' }),
  killAfter,
})

import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isLab, isLaresError } from '../src/index.ts'
import { fakeWorld, testEngine } from '../src/testing/index.ts'
import { codes } from './bench.ts'

let directory: string
let other: { core: typeof import('../src/index.ts'); testing: typeof import('../src/testing/index.ts') }

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lares-copy-'))
  await cp(join(import.meta.dirname, '../src'), join(directory, 'src'), { recursive: true })
  await symlink(join(import.meta.dirname, '../../../node_modules'), join(directory, 'node_modules'))
  const load = (path: string) => import(/* @vite-ignore */ pathToFileURL(join(directory, 'src', path)).href)
  other = { core: await load('index.ts'), testing: await load('testing/index.ts') }
})
afterAll(() => rm(directory, { recursive: true }))

describe('a plugin that brought its own copy of core', () => {
  it('works with the engine of another copy: resources, refs, secrets, connections and errors', async () => {
    expect(other.core.LaresError).not.toBe((await import('../src/index.ts')).LaresError)
    const world = fakeWorld('tower')
    const fake = other.testing.fakePlugin(world as never)
    const home = testEngine(world, { secrets: { TOKEN: 'token-0123456789' } })
    const tower = fake.machine('tower', { address: 'tower' })
    const config = (size: number) => {
      const web = fake.thing('web', { on: tower, name: 'web', size, token: other.core.secret.env('TOKEN') })
      const guest = fake.guest('guest', { on: tower, name: 'guest' })
      const app = fake.app('app', { on: guest, name: 'app' })
      const user = fake.plain('user', {
        on: guest,
        path: '/user',
        text: other.core.interpolate`${web.url}:${web.token}`,
      })
      return other.core.defineLab({ name: 'home', resources: [app, user], outputs: { url: web.url } })
    }
    expect(isLab(config(1))).toBe(true)
    const result = await home.apply(config(1) as never)
    expect(result).toMatchObject({ failed: 0, skipped: 0, outputs: { url: 'thing://web' } })
    expect(world.find('plain', '/user')!.data['text']).toBe('thing://web:token-0123456789')
    expect(JSON.stringify([home.store.journal, home.events])).not.toContain('token-0123456789')
    expect(await home.planTextOf(config(1) as never)).toBe('')
    await home.apply(config(2) as never, { mode: 'destroy' })
    expect(world.text()).toBe('')
  })

  it('is told its errors apart from bugs, though their class is another one', async () => {
    const world = fakeWorld('tower')
    const fake = other.testing.fakePlugin(world as never)
    const home = testEngine(world)
    const tower = fake.machine('tower', { address: 'tower' })
    try {
      other.core.fail({ code: 'of_another_copy', summary: 'It said no' })
    } catch (error) {
      expect(isLaresError(error)).toBe(true)
    }
    world.plant('tower', { type: 'thing', identity: 'web', data: { name: 'web' } })
    const { plan } = await home.apply([fake.thing('web', { on: tower, name: 'web' })] as never)
    expect(codes(plan)).toEqual(['already_exists'])
  })
})

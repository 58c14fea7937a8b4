import { expect, it } from 'vitest'
import { z } from 'zod'
import { definePlugin, defineResource, type Owner } from '../src/index.ts'
import { fakeWorld, memoryStore, testEngine } from '../src/testing/index.ts'

/** Signs on a wall: a swap hangs the same one up under another name, and what is engraved on it stays. */
function signs(wall: Map<string, { text: string; mark?: Owner }>, interrupt: () => boolean = () => false) {
  const present = (name: string) => {
    const found = wall.get(name)
    return found ? { name, ...found } : null
  }
  const sign = defineResource({
    type: 'wall.sign',
    inputs: z.object({ name: z.string(), text: z.string().default('') }),
    attributes: z.object({
      name: z.string(),
      text: z.string(),
      mark: z.object({ lab: z.string(), address: z.string() }).optional(),
    }),
    identity: ({ name }) => name,
    owner: ({ mark }) => mark,
    replaceOn: ['name'],
    read: async ({ identity }) => present(identity),
    async create({ inputs: { name, text }, owner }) {
      wall.set(name, { text, mark: owner })
      return present(name)!
    },
    async update({ inputs: { name, text } }) {
      wall.set(name, { ...wall.get(name)!, text })
      return present(name)!
    },
    async replace({ inputs: { name }, observed }) {
      if (interrupt()) throw new Error('interrupted')
      wall.set(name, wall.get(observed.name)!)
      wall.delete(observed.name)
      return present(name)!
    },
    async delete({ observed: { name } }) {
      wall.delete(name)
    },
  })
  return definePlugin({ name: 'wall', package: '@lares/plugin-wall', version: '1.0.0', resources: { sign } })
}

it('lets a swap under another address and name keep the object, which stays ours', async () => {
  const wall = new Map()
  const { sign } = signs(wall)
  const home = testEngine(fakeWorld(), { store: memoryStore('home') })
  await home.apply([sign('backup', { name: 'backup' })])
  const renamed = [sign('archive', { name: 'archive', movedFrom: 'backup' })]
  expect(await home.apply(renamed)).toMatchObject({ failed: 0 })
  expect([...wall]).toEqual([['archive', { text: '', mark: { lab: 'home', address: 'backup' } }]])
  expect(await home.planTextOf(renamed)).toBe('')
  expect(await home.apply([sign('archive', { name: 'archive', text: 'old' })])).toMatchObject({ failed: 0 })
  expect(await home.apply([sign('archive', { name: 'archive' })], { mode: 'destroy' })).toMatchObject({ failed: 0 })
  expect(wall.size).toBe(0)
})

it('knows an adopted object as ours when its swap was interrupted', async () => {
  const wall = new Map([['found', { text: '' }]])
  let strikes = 1
  const { sign } = signs(wall, () => strikes-- > 0)
  const home = testEngine(fakeWorld(), { store: memoryStore('home') })
  await home.apply([sign('plate', { name: 'found' })], { adopt: ['plate'] })
  const swapped = [sign('plate', { name: 'other' })]
  expect(await home.apply(swapped)).toMatchObject({ failed: 1 })
  expect(await home.apply(swapped)).toMatchObject({ failed: 0 })
  expect(await home.planTextOf(swapped)).toBe('')
  expect([...wall.keys()]).toEqual(['other'])
})

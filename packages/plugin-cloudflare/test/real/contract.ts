import { randomBytes } from 'node:crypto'
import { afterAll } from 'vitest'
import { cloudflareContract } from '../contract.ts'
import { sweep } from '../contract-world.ts'
import { accountOf } from './account.ts'

const world = await accountOf(process.env, `lares-${randomBytes(4).toString('hex')}`)
console.log(`Everything is called ${world.prefix}. If this is killed, "sweep.ts ${world.prefix}" removes it`)

afterAll(async () => {
  for (const swept of await sweep(world)) console.log(`removed ${swept}`)
})

await cloudflareContract(world).catch(async (error: unknown) => {
  await sweep(world)
  throw error
})

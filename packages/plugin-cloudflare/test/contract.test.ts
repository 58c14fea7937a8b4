import { afterAll, expect } from 'vitest'
import { startCloudflare } from '../../../e2e/cloudflare/stand-in.ts'
import { cloudflareContract } from './contract.ts'

const standIn = await startCloudflare({ zone: 'example.org', rateLimit: { requests: 1e6, seconds: 300 } })
afterAll(async () => {
  // Empty without the vendor's description, see e2e/cloudflare.
  expect(standIn.violations).toEqual([])
  await standIn.close()
})

const { account, token, url, zone } = standIn
await cloudflareContract({ account: account.id, token: token.value, url, zone, prefix: 'lares-contract' })

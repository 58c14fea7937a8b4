import { defineProvider } from '@lares/core'
import * as z from 'zod'
import { type Cloudflare, connectCloudflare } from './client/index.ts'

const endpoint = z.object({ accountId: z.string(), token: z.string(), url: z.string().optional() })

/** The connection `cloudflare`: what a `cloudflare.account` gives. */
export const cloudflareProvider = defineProvider({
  name: 'cloudflare',
  endpoint,
  concurrency: 8,
  connect: async ({ endpoint }): Promise<Cloudflare> => await connectCloudflare(endpoint),
  scope: async ({ accountId }) => accountId,
})

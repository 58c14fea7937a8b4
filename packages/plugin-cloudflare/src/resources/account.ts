import { defineResource, sensitive } from '@lares/core'
import * as z from 'zod'
import { type Cloudflare, CloudflareError, DEFAULT_URL, missingPermissions } from '../client/index.ts'
import { cloudflareProvider } from '../provider.ts'
import { timeouts } from './objects.ts'

type Context = { self(): Promise<Cloudflare>; signal: AbortSignal; log(message: string): void }

async function describe({ self, signal, log }: Context) {
  const account = await self()
  const token = await account.token({ signal, log })
  if (token.status !== 'active')
    throw new CloudflareError('unauthorized', `The token ${token.id} is ${token.status}`, {
      detail: token.expiresOn ? `It expired, or will, on ${token.expiresOn}` : '',
      advice: 'Make another one, or roll this one: https://dash.cloudflare.com/profile/api-tokens',
    })
  const missing = missingPermissions(token)
  return {
    accountId: account.accountId,
    tokenId: token.id,
    tokenStatus: token.status,
    ...(token.expiresOn ? { tokenExpires: token.expiresOn } : {}),
    ...(token.permissions ? { permissions: [...token.permissions] } : {}),
    ...(missing ? { missing } : {}),
  }
}

/** An account of Cloudflare that is there already, and the token by which the lab acts in it. */
export const account = defineResource({
  type: 'cloudflare.account',
  description: 'An account of Cloudflare that is there already, and the token by which the lab acts in it.',
  proof: 'recorded',
  ownership: 'asserted',
  inputs: z.object({
    accountId: z
      .string()
      .regex(/^[0-9a-f]{32}$/, 'Expected 32 digits of 0-9 and a-f, as the dashboard shows them in its address')
      .describe('Which account'),
    token: sensitive(z.string().min(1)).describe(
      'An API token of a user or of the account: `secret.env("CLOUDFLARE_API_TOKEN")`',
    ),
    url: z.url().default(DEFAULT_URL).describe('Where the API is; another one for tests'),
  }),
  attributes: z.object({
    accountId: z.string(),
    tokenId: z.string(),
    tokenStatus: z.string(),
    tokenExpires: z.string().optional(),
    permissions: z
      .array(z.string())
      .optional()
      .describe('What the token may do; absent when it may not look at itself'),
    missing: z.array(z.string()).optional().describe('What it may not do, of all that this plugin can make use of'),
  }),
  // Another token for the same account is no other account.
  identity: ({ accountId }) => accountId,
  readsInputs: true,
  provides: { provider: cloudflareProvider, endpoint: ({ inputs }) => inputs },
  timeouts,
  read: describe,
  create: describe,
  update: describe,
  delete: async () => {},
  diff: () => [],
})

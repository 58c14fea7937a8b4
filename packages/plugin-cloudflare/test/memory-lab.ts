import type { LaresEvent } from '@lares/core'
import { onTestFinished } from 'vitest'
import { type CloudflareOptions, type CloudflareStandIn, startCloudflare } from '../../../e2e/cloudflare/stand-in.ts'
import { type TestLab, testLab } from '../../../e2e/test-lab.ts'
import cloudflare from '../src/index.ts'
import { type Hands, handsOf } from './hands.ts'

/** A stand-in for one test, a lab in memory on it, and somebody else's hands. */
export interface Opened {
  standIn: CloudflareStandIn
  lab: TestLab
  hands: Hands
  cf: ReturnType<typeof cloudflare.account>
  /** All that the lab said while it went, a line each. */
  said: string[]
  /** The same account for another lab, or another token. */
  account(token?: string): ReturnType<typeof cloudflare.account>
}

export async function opened(options: CloudflareOptions = {}): Promise<Opened> {
  const standIn = await startCloudflare({ zone: 'example.org', ...options })
  onTestFinished(() => standIn.close())
  const said: string[] = []
  const listen = (event: LaresEvent) => {
    if ('message' in event) said.push(`${event.type} ${event.address}: ${event.message}`)
  }
  const account = (token = standIn.token.value) =>
    cloudflare.account('cf', { accountId: standIn.account.id, token, url: standIn.url })
  return { standIn, lab: testLab('home', {}, listen), hands: handsOf(standIn), cf: account(), said, account }
}

/** Requests that were sent since then, by method. */
export const sentSince = ({ calls }: CloudflareStandIn, from: number, method?: string) =>
  calls.slice(from).filter((call) => method === undefined || call.method === method)

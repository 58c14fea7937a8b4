import Cloudflare from 'cloudflare'
import { afterAll, expect, onTestFinished } from 'vitest'
import { type CloudflareOptions, type CloudflareStandIn, startCloudflare } from './stand-in.ts'

const checked = { requests: 0, answers: 0 }
if (process.env.LARES_CLOUDFLARE_OPENAPI) afterAll(() => console.log('checked against the description:', checked))

/** The SDK as it is, without retries, so that a test sees every answer. */
export const sdkOf = ({ url, token }: CloudflareStandIn, apiToken = token.value) =>
  new Cloudflare({ apiToken, baseURL: url, maxRetries: 0 })

/** A stand-in for one test. Closed afterwards, when nothing may have gone in or out that the description doesn't allow. */
export async function opened(options: CloudflareOptions = {}) {
  const cloudflare = await startCloudflare(options)
  onTestFinished(async () => {
    await cloudflare.close()
    checked.requests += cloudflare.checked.requests
    checked.answers += cloudflare.checked.answers
    expect(cloudflare.violations).toEqual([])
  })
  const account = { account_id: cloudflare.account.id }
  const zone = { zone_id: cloudflare.zone.id }
  return { cloudflare, sdk: sdkOf(cloudflare), account, zone }
}

/** What a refused call was answered: status, code, message. */
export async function refusal(call: PromiseLike<unknown>): Promise<[number, number, string]> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof Cloudflare.APIError) || error.status === undefined) throw error
    const [first] = error.errors
    return [error.status, first?.code ?? 0, first?.message ?? '']
  }
  throw new Error('The call was not refused')
}

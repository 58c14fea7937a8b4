import { describe, expect, test } from 'vitest'
import { createCalls } from './calls.ts'

/** As the SDK throws it. */
const refused = (status: number, headers: Record<string, string> = {}) =>
  Object.assign(new Error('refused'), { status, headers: new Headers(headers), errors: [] })

/** A clock that passes when somebody waits. */
function clocked(limits?: { requests: number; window: number }) {
  let time = 0
  const waits: number[] = []
  const calls = createCalls({
    now: () => time,
    async pause(ms) {
      waits.push(ms)
      const until = time + ms
      await new Promise((resolve) => setImmediate(resolve))
      time = Math.max(time, until)
    },
    ...(limits ? { limits } : {}),
  })
  return { calls, waits, now: () => time }
}

const reading = { what: 'list things', repeatable: true }

describe('when Cloudflare allows no more', () => {
  test('one goes ahead when the time is up, and the others follow when it was let through', async () => {
    const { calls, now } = clocked()
    const knocks: number[] = []
    const send = async () => {
      knocks.push(now())
      if (now() < 15_000) throw refused(429, { 'retry-after': '5' })
      return 'done'
    }
    await expect(calls.call(reading, {}, send)).resolves.toBe('done')
    expect(knocks).toEqual([0, 5000, 10_000, 15_000])
    knocks.length = 0
    const again = clocked()
    const all = Array.from({ length: 8 }, () =>
      again.calls.call(reading, {}, async () => {
        knocks.push(again.now())
        await new Promise((resolve) => setImmediate(resolve))
        if (again.now() < 9000) throw refused(429, { 'retry-after': '5' })
        return 'done'
      }),
    )
    await Promise.all(all)
    expect(knocks.filter((at) => at === 0)).toHaveLength(8)
    expect(knocks.filter((at) => at === 5000)).toHaveLength(1)
    expect(knocks.filter((at) => at === 10_000)).toHaveLength(8)
  })

  test('its own count holds back before Cloudflare does, and says why', async () => {
    const { calls, waits } = clocked({ requests: 3, window: 60_000 })
    const said: string[] = []
    for (let i = 0; i < 4; i++) await calls.call(reading, { log: (line) => said.push(line) }, async () => i)
    expect(waits).toEqual([60_000])
    expect(said).toEqual(['3 requests in 60 s, Cloudflare allows 1,200; goes on in 60 s'])
  })

  test('whoever is aborted while it waits sends nothing', async () => {
    const control = new AbortController()
    const { calls } = clocked()
    let sent = 0
    const send = async () => {
      sent++
      control.abort(new Error('enough'))
      throw refused(429, { 'retry-after': '5' })
    }
    await expect(calls.call(reading, { signal: control.signal }, send)).rejects.toThrow('enough')
    expect(sent).toBe(1)
  })
})

describe('without a good answer', () => {
  const failing = (times: number, error: Error) => {
    let sent = 0
    return async () => {
      if (sent++ < times) throw error
      return sent
    }
  }

  test('what may be repeated is, a few times', async () => {
    const { calls, waits } = clocked()
    await expect(calls.call(reading, {}, failing(3, refused(502)))).resolves.toBe(4)
    expect(waits).toEqual([1000, 2000, 4000])
    await expect(calls.call(reading, {}, failing(9, refused(502)))).rejects.toMatchObject({
      code: 'server_error',
      message: 'list things: HTTP 502',
    })
  })

  test('what may not is not', async () => {
    const { calls } = clocked()
    const creating = { what: 'create a thing', repeatable: false }
    await expect(calls.call(creating, {}, failing(1, refused(502)))).rejects.toMatchObject({ code: 'server_error' })
    expect(calls.sent).toBe(1)
  })
})

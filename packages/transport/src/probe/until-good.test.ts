import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Finding } from './expectation.ts'
import { type AskingOptions, type Failure, type Probe, untilGood } from './until-good.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const good: Finding = { good: true, words: 'up' }
const bad: Finding = { good: false, words: 'down' }

/** A probe whose answers depend on how many seconds have gone by. */
function probe(name: string, isGood: (second: number) => boolean, more: Partial<Probe['patience']> = {}) {
  const begun = performance.now()
  const asked: number[] = []
  const patience = { every: 1000, within: 10_000, for: 0, timeout: 500, ...more }
  const ask = async () => {
    const second = (performance.now() - begun) / 1000
    asked.push(second)
    return [isGood(second) ? good : bad]
  }
  return { name, patience, ask, asked }
}

type Outcome = { failures?: readonly Failure[]; error?: unknown; seconds: number }

async function outcome(probes: readonly Probe[], options: Partial<AskingOptions> = {}): Promise<Outcome> {
  const begun = performance.now()
  const outcome = untilGood(probes, { signal: new AbortController().signal, ...options }).then(
    (failures): Outcome => ({ failures, seconds: (performance.now() - begun) / 1000 }),
    (error): Outcome => ({ error, seconds: (performance.now() - begun) / 1000 }),
  )
  await vi.advanceTimersByTimeAsync(60_000)
  return await outcome
}

test('nothing to ask is good', async () => {
  expect(await outcome([])).toEqual({ failures: [], seconds: 0 })
})

test('one that becomes good is told to be bad once', async () => {
  const told: string[] = []
  const web = probe('web', (second) => second >= 3)
  const onBad: AskingOptions['onBad'] = ({ name }, [finding]) => told.push(`${name}: ${finding!.words}`)
  expect(await outcome([web], { onBad })).toEqual({ failures: [], seconds: 3 })
  expect(web.asked).toEqual([0, 1, 2, 3])
  expect(told).toEqual(['web: down'])
  expect(vi.getTimerCount()).toBe(0)
})

test('one that is never good is given up when its time is over, and all that are bad are told', async () => {
  const [web, db, cache] = [
    probe('web', () => false, { within: 2500 }),
    probe('db', () => false),
    probe('cache', () => true),
  ]
  const { failures } = await outcome([web, db, cache])
  expect(failures).toEqual([
    { name: 'web', findings: [bad], waitedMs: 2500 },
    { name: 'db', findings: [bad], waitedMs: 2500 },
  ])
  expect(web.asked).toEqual([0, 1, 2, 2.5])
})

test('one that turns bad before its time is over is not good', async () => {
  const web = probe('web', (second) => second < 2, { for: 5000, within: 4000 })
  expect((await outcome([web])).failures).toEqual([{ name: 'web', findings: [bad], waitedMs: 4000, wasGoodMs: 2000 }])
})

test('all have to be good at one time', async () => {
  const early = probe('early', (second) => second < 2)
  const late = probe('late', (second) => second >= 4)
  expect((await outcome([early, late])).failures).toMatchObject([{ name: 'early', waitedMs: 10_000 }])
  const back = probe('back', (second) => second < 2 || second >= 6)
  expect(await outcome([back, probe('late', (second) => second >= 4)])).toEqual({ failures: [], seconds: 6 })
})

test('an answer that does not come in time, and an error, are bad', async () => {
  const hanging = {
    ...probe('hanging', () => true, { within: 1000 }),
    ask: (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  }
  const { failures } = await outcome([hanging])
  expect(failures).toMatchObject([{ findings: [{ good: false, words: 'no answer within 0.5 s' }], waitedMs: 1500 }])
  const refusing = {
    ...probe('refusing', () => true, { within: 1000 }),
    ask: () => Promise.reject(Object.assign(new Error('no connection'), { detail: 'ECONNREFUSED' })),
  }
  expect((await outcome([refusing])).failures?.[0]?.findings).toEqual([
    { good: false, words: 'no connection: ECONNREFUSED' },
  ])
})

test('what makes waiting useless ends it, and so does the signal', async () => {
  let looks = 0
  const hopeful = async () => {
    if (++looks === 3) throw new Error('it exited')
  }
  const web = probe('web', () => false)
  expect(await outcome([web], { hopeful })).toMatchObject({ error: { message: 'it exited' }, seconds: 2 })
  expect(web.asked).toEqual([0, 1, 2])

  const control = new AbortController()
  setTimeout(() => control.abort(new Error('enough')), 1500)
  const other = probe('other', () => false)
  expect(await outcome([other], { signal: control.signal })).toMatchObject({
    error: { message: 'enough' },
    seconds: 1.5,
  })
  expect(other.asked).toEqual([0, 1])
  expect(vi.getTimerCount()).toBe(0)
})

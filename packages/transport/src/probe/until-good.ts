import { within } from '../deadline.ts'
import { HostError } from '../host-error.ts'
import { after, type Course, isLate, isSteady, type Patience, pauseIn } from './course.ts'
import type { Finding } from './expectation.ts'

/** Something to be asked until the answer is good. */
export interface Probe {
  /** For messages. */
  readonly name: string
  readonly patience: Patience
  /** What it found; what it rejects with is found to be bad. Ends with its signal. */
  ask(signal: AbortSignal): Promise<readonly Finding[]>
}

/** One that is not good, and how long it was waited for. */
export interface Failure {
  readonly name: string
  readonly findings: readonly Finding[]
  readonly waitedMs: number
  /** How long it had been good in between; absent when it never was. */
  readonly wasGoodMs?: number
}

export interface AskingOptions {
  readonly signal: AbortSignal
  /** Told when an answer is bad for the first time. */
  readonly onBad?: ((probe: Probe, findings: readonly Finding[]) => void) | undefined
  /** Asked after each bad answer: rejects when waiting is of no use any more. */
  readonly hopeful?: ((signal: AbortSignal) => Promise<void>) | undefined
}

/**
 * Asks until all are good at one time, each for as long as it has to be. Answers with those that are not when the time of one
 * of them is over: none when all are good. Rejects with the reason of the signal, or with what `hopeful` rejects with.
 */
export async function untilGood(
  probes: readonly Probe[],
  { signal, onBad, hopeful }: AskingOptions,
): Promise<readonly Failure[]> {
  const over = new AbortController()
  const ended = AbortSignal.any([signal, over.signal])
  const begun = performance.now()
  const runs = probes.map((probe) => ({
    probe,
    course: { begun } as Course,
    findings: [] as readonly Finding[],
    wasGoodMs: undefined as number | undefined,
  }))
  let isLost = false

  const pursue = async (run: (typeof runs)[number]): Promise<void> => {
    const { probe } = run
    while (!ended.aborted) {
      const findings = await answerOf(probe, ended)
      if (ended.aborted) return
      const now = performance.now()
      const isGood = findings.every(({ good }) => good)
      if (!isGood && run.findings.length === 0) onBad?.(probe, findings)
      if (!isGood && run.course.goodSince !== undefined) run.wasGoodMs = now - run.course.goodSince
      if (!isGood) run.findings = findings
      run.course = after(run.course, isGood, now)
      isLost = isLate(run.course, probe.patience, now)
      if (isLost || runs.every(({ course, probe: { patience } }) => isSteady(course, patience, now)))
        return over.abort()
      if (!isGood)
        await hopeful?.(ended).catch((error: unknown) => {
          if (!ended.aborted) throw error
        })
      await pause(pauseIn(run.course, probe.patience, performance.now()), ended)
    }
  }

  try {
    await Promise.all(runs.map(pursue))
  } finally {
    over.abort()
  }
  signal.throwIfAborted()
  if (!isLost) return []
  const waitedMs = performance.now() - begun
  return runs
    .filter(({ course, findings }) => course.goodSince === undefined && findings.length > 0)
    .map(({ probe: { name }, findings, wasGoodMs }) => ({
      name,
      findings,
      waitedMs,
      ...(wasGoodMs === undefined ? {} : { wasGoodMs }),
    }))
}

async function answerOf({ patience: { timeout }, ask }: Probe, signal: AbortSignal): Promise<readonly Finding[]> {
  const late = () => new HostError('timeout', `no answer within ${timeout / 1000} s`)
  try {
    return await within(timeout, signal, late, ask)
  } catch (error) {
    const { message, detail } = error as Error & { detail?: string }
    return [{ good: false, words: detail ? `${message}: ${detail}` : message }]
  }
}

/** Resolves after the time, or at once when the signal is aborted. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })

/** At most `size` at once; the rest waits its turn, first come first served. */
export type Limiter = <T>(run: () => Promise<T>) => Promise<T>

export function limiter(size: number): Limiter {
  let free = size
  const waiting: (() => void)[] = []
  let head = 0
  return async (run) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await run()
    } finally {
      const next = waiting[head]
      if (next) {
        head++
        // Taking from the front of a long array one by one costs its length each time.
        if (head === 1000) waiting.splice(0, head)
        head %= 1000
        next()
      } else free++
    }
  }
}

/** Runs with a signal that is aborted when the time is up or `signal` is; rejects with the code `timeout` or `aborted`, whatever `run` does. */
export async function deadline<T>(
  ms: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const control = new AbortController()
  ends.set(control.signal, Math.min(Date.now() + ms, ends.get(signal) ?? Number.POSITIVE_INFINITY))
  let stop: ((error: Error) => void) | undefined
  const stopped = new Promise<never>((_, reject) => {
    stop = (error) => {
      control.abort(error)
      reject(error)
    }
  })
  const timer = setTimeout(() => stop?.(coded('timeout', `no answer within ${seconds(ms)}`)), Math.min(ms, LONGEST))
  const forget = onAbort(signal, () => stop?.(coded('aborted', 'aborted')))
  try {
    return await Promise.race([run(control.signal), stopped])
  } finally {
    clearTimeout(timer)
    forget()
  }
}

const ends = new WeakMap<AbortSignal, number>()

/** Milliseconds until the time of a call of the engine is up, by its signal; undefined for other signals. What waits can say why before that. */
export const timeLeft = (signal: AbortSignal): number | undefined => {
  const end = ends.get(signal)
  return end === undefined ? undefined : Math.max(0, end - Date.now())
}

const listening = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls it when the signal is aborted, until it is forgotten. One listener for all: a signal goes through those it has whenever one comes or goes. */
function onAbort(signal: AbortSignal, call: () => void): () => void {
  const calls = listening.get(signal) ?? new Set()
  if (!listening.has(signal)) {
    listening.set(signal, calls)
    signal.addEventListener('abort', () => calls.forEach((each) => each()), { once: true })
  }
  calls.add(call)
  return () => calls.delete(call)
}

/** A timer that is set to more milliseconds goes off at once. */
const LONGEST = 2 ** 31 - 1

/** Resolves after the time, or rejects at once when the signal is aborted. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const forget = onAbort(signal, () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    })
    const timer = setTimeout(() => {
      forget()
      resolve()
    }, ms)
  })

/** The run was cancelled before an action had begun. A class of its own: codes are also those of plugins' errors. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
}

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code })
const seconds = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`)

const SILENT = new Set([
  'unreachable',
  'timeout',
  'connection_lost',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
])
/** True when nobody answered, as opposed to an answer that says no. */
export const isSilence = (code: string | undefined): boolean => code !== undefined && SILENT.has(code)
/** True for an error that says of itself that what failed may be tried again. */
export const isRetryable = (error: unknown): boolean => (error as { retryable?: unknown } | null)?.retryable === true

/** Collects what comes in during one turn of the event loop and answers it with one call. */
export function batcher<Question, Answer>(
  ask: (questions: readonly Question[]) => Promise<readonly (Answer | Error)[]>,
): (question: Question) => Promise<Answer> {
  let waiting: { question: Question; resolve(answer: Answer): void; reject(error: unknown): void }[] = []
  const flush = (): void => {
    const asked = waiting
    waiting = []
    const refuse = (error: unknown) => asked.forEach(({ reject }) => reject(error))
    // What answers is a plugin's: it may throw at once, or answer with anything.
    const answered = (async () => ask(asked.map(({ question }) => question)))()
    answered.then((answers: unknown) => {
      if (!Array.isArray(answers)) return refuse(new TypeError('the answer is no list'))
      if (answers.length !== asked.length)
        return refuse(new TypeError(`${answers.length} answers to ${asked.length} questions`))
      asked.forEach(({ resolve, reject }, i) => {
        const answer = answers[i]
        if (answer instanceof Error) reject(answer)
        else resolve(answer as Answer)
      })
    }, refuse)
  }
  return (question) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush)
      waiting.push({ question, resolve, reject })
    })
}

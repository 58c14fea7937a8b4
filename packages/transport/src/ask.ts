import type { AskOptions, ExecResult } from './host.ts'
import { abortedError, HostError, throwIfAborted } from './host-error.ts'
import { newMark } from './launch.ts'
import type { Link } from './link.ts'
import { trip } from './trip.ts'

export type Ask = (text: string, options?: AskOptions) => Promise<ExecResult>

/** One question on its way. Settled once, by its answer, its time, its signal, or what became of its trip. */
export interface Question {
  readonly text: string
  readonly args: readonly string[]
  readonly maxOutput: number
  readonly settled: boolean
  /** Called when it is settled, whatever by. */
  onSettled: () => void
  answer(result: ExecResult): void
  fail(error: HostError): void
}

const defaultTimeout = 60_000
const defaultMaxOutput = 16 * 1024 * 1024
/** How many scripts may be under way. What is asked meanwhile goes with the next one. */
const tripsAtOnce = 2

/** Collects what is asked during one turn of the event loop, and the next, and sends it as one script. */
export function asker(link: Link): Ask {
  let waiting: Question[] = []
  let trips = 0
  let scheduled = false

  const schedule = (questions: readonly Question[]): void => {
    waiting.push(...questions)
    if (scheduled || waiting.length === 0) return
    scheduled = true
    // Whoever collects questions of its own asks one turn later.
    setImmediate(() =>
      setImmediate(() => {
        scheduled = false
        flush()
      }),
    )
  }

  const flush = (): void => {
    if (trips >= tripsAtOnce) return
    const asked = waiting.filter(({ settled }) => !settled)
    waiting = []
    if (asked.length === 0) return
    trips++
    void trip(link, asked, newMark(), schedule).finally(() => {
      trips--
      flush()
    })
  }

  return (text, options = {}) =>
    new Promise((resolve, reject) => {
      const { args = [], signal, timeout = defaultTimeout, maxOutput = defaultMaxOutput } = options
      const subject = `${link.description}: a question`
      throwIfAborted(signal, subject)
      let settled = false
      const settle = (tell: () => void): void => {
        if (settled) return
        settled = true
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        tell()
        question.onSettled()
      }
      const question: Question = {
        ...{ text, args, maxOutput, onSettled: () => {} },
        get settled() {
          return settled
        },
        answer: (result) => settle(() => resolve(result)),
        fail: (error) => settle(() => reject(error)),
      }
      const onAbort = () => question.fail(abortedError(subject, signal!))
      const late = () => question.fail(new HostError('timeout', `${subject} was not answered within ${timeout} ms`))
      const timer = timeout > 0 ? setTimeout(late, timeout) : undefined
      signal?.addEventListener('abort', onAbort, { once: true })
      schedule([question])
    })
}

import type { AskOptions, ExecResult } from './host.ts'
import { abortedError, HostError, throwIfAborted } from './host-error.ts'
import type { Link } from './link.ts'
import { openShell, type QuestionShell } from './question-shell.ts'
import { trip } from './trip.ts'

export interface Asker {
  ask(text: string, options?: AskOptions): Promise<ExecResult>
  /** Lets the shells that have nothing to do end. */
  close(): void
}

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
/** Milliseconds that a shell of a remote host waits for the next questions: less than a host of one session is asked for it. */
const shellStays = 1_000

/** Collects what is asked during one turn of the event loop, and the next, and sends it as one script. */
export function asker(link: Link): Asker {
  let waiting: Question[] = []
  let trips = 0
  const idle = new Map<QuestionShell, NodeJS.Timeout>()
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
    void trip(link, shell, asked, schedule).then((free) => {
      trips--
      if (free) rest(free)
      flush()
    })
  }

  const shell = async (signal: AbortSignal): Promise<QuestionShell> => {
    const [free] = idle.keys()
    if (free) {
      clearTimeout(idle.get(free))
      idle.delete(free)
      return free
    }
    const opened = await openShell(link, signal)
    const gone = () => void idle.delete(opened)
    opened.ended.then(gone, gone)
    return opened
  }

  /** On this machine one is started in no time, and it would keep this process alive. */
  const rest = (free: QuestionShell): void => {
    if (!link.local) idle.set(free, setTimeout(dismiss, shellStays, free).unref())
    else free.leave()
  }

  const dismiss = (free: QuestionShell): void => {
    clearTimeout(idle.get(free))
    idle.delete(free)
    free.leave()
  }

  const ask: Asker['ask'] = (text, options = {}) =>
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

  return {
    ask,
    close: () => [...idle.keys()].forEach(dismiss),
  }
}

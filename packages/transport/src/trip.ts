import type { Question } from './ask.ts'
import { type Frame, frames } from './frames.ts'
import type { HostProcess } from './host.ts'
import { HostError, isHostError } from './host-error.ts'
import type { Link } from './link.ts'
import { quote, quoteCommand } from './quote.ts'

/** Milliseconds that one question may keep the ones behind it waiting. */
const patience = 2_000

/**
 * Sends questions as one script and settles each as soon as its own answer is there. The script runs them one after
 * another, each in a subshell of its own. Those behind one that takes long, or whose shell is ended for its sake, are
 * given back with `again`.
 */
export async function trip(
  link: Link,
  questions: readonly Question[],
  mark: string,
  again: (questions: readonly Question[]) => void,
): Promise<void> {
  const control = new AbortController()
  const open = new Set(questions)
  const answers: { stdout?: Frame; stderr?: Frame }[] = questions.map(() => ({}))
  let current = 0
  let process: HostProcess | undefined
  let impatient: NodeJS.Timeout | undefined
  const stopped = Promise.withResolvers<void>()

  const handOver = () => {
    const behind = questions.slice(current + 1).filter((question) => open.delete(question) && !question.settled)
    if (behind.length > 0) again(behind)
  }
  const watch = () => {
    clearTimeout(impatient)
    if (open.size > 1) impatient = setTimeout(handOver, patience)
  }
  const stop = () => {
    clearTimeout(impatient)
    if (current === questions.length) return
    control.abort()
    // What can't be ended, as on a dead network file system, is left.
    void Promise.resolve(process?.kill()).finally(stopped.resolve)
  }
  const leave = (question: Question) => {
    open.delete(question)
    if (process && question === questions[current]) handOver()
    if (open.size === 0) stop()
  }
  for (const question of questions) question.onSettled = () => leave(question)

  const take = (from: 'stdout' | 'stderr') => {
    let next = 0
    return (frame: Frame) => {
      answers[next++]![from] = frame
      for (let done = answers[current]; done?.stdout && done.stderr; done = answers[current]) {
        const question = questions[current]!
        current++
        question.answer(resultOf(done.stdout, done.stderr))
        watch()
      }
    }
  }

  try {
    process = await link.start(['sh', '-s'], { signal: control.signal }, 'question')
    watch()
    const [stdout, stderr] = [frames(mark, take('stdout')), frames(mark, take('stderr'))]
    process.stdin.on('error', () => {}).end(scriptOf(questions, mark))
    const bounded = (stream: typeof stdout) => (chunk: Buffer) => {
      stream.push(chunk)
      const question = questions[current]
      if (question && stream.size() > question.maxOutput) question.fail(tooMuch(link, question))
    }
    const finished = Promise.all([
      process.exited,
      ended(process.stdout, bounded(stdout)),
      ended(process.stderr, bounded(stderr)),
    ])
    finished.catch(() => {})
    const [exitCode] = (await Promise.race([finished, stopped.promise])) ?? []
    if (exitCode !== undefined && open.size > 0)
      unanswered(exitCode, stdout.rest().toString(), stderr.rest().toString())
  } catch (error) {
    for (const question of [...open]) question.fail(lost(link, error))
  } finally {
    clearTimeout(impatient)
  }

  /** The shell ended before its time: through the question that it was at, or because it can't run at all. */
  function unanswered(exitCode: number, stdout: string, stderr: string): void {
    const refused = link.refusal?.({ exitCode, stdout, stderr, bytes: Buffer.from(stdout) })
    const detail = (refused ?? stderr).trim()
    const said = detail.split('\n').at(-1)
    const error =
      refused === undefined
        ? new HostError(
            'command_failed',
            `${link.description}: the shell ended with ${exitCode}${said && `: ${said}`}`,
            {
              ...{ detail, exitCode },
            },
          )
        : new HostError('sudo_refused', `${link.description}: a question was refused by sudo`, {
            ...{ detail, retryable: true },
            advice: 'Give sudo the password of the login, or allow the login NOPASSWD.',
          })
    const failed = current === 0 || refused !== undefined ? [...open] : [questions[current]!]
    for (const question of failed) question.fail(error)
  }
}

/** Nothing is changed by asking, so what was lost may be asked again. */
function lost(link: Link, error: unknown): HostError {
  if (isHostError(error, 'connection_lost'))
    return new HostError('connection_lost', error.message, { detail: error.detail, retryable: true, cause: error })
  return isHostError(error)
    ? error
    : new HostError('io_failed', `${link.description}: ${String(error)}`, { cause: error })
}

const tooMuch = (link: Link, { maxOutput }: Question) =>
  new HostError('output_too_large', `${link.description}: a question was answered with more than ${maxOutput} bytes`)

const resultOf = (stdout: Frame, stderr: Frame) => ({
  exitCode: Number(stdout.word),
  stdout: stdout.bytes.toString(),
  stderr: stderr.bytes.toString(),
  bytes: stdout.bytes,
})

/** Parsed as a whole before it starts. `eval` keeps a question that is no shell language from spoiling the others. */
function scriptOf(questions: readonly Question[], mark: string): string {
  const lines = questions.map(
    ({ text, args }) => `( eval ${quote(`set -- ${quoteCommand(args)}\n${text}`)} ) </dev/null; answered $?`,
  )
  return `{ :
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
answered() { printf '\\n%s %s\\n' ${mark} "$1"; printf '\\n%s .\\n' ${mark} >&2; }
${lines.join('\n')}
exit 0
}
`
}

function ended(stream: NodeJS.ReadableStream, onData: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve) => {
    stream.on('data', onData)
    for (const event of ['end', 'close', 'error']) stream.once(event, () => resolve())
  })
}

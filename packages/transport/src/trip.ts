import type { Question } from './ask.ts'
import type { ExecResult } from './host.ts'
import { HostError, isHostError } from './host-error.ts'
import type { Link } from './link.ts'
import type { QuestionShell, Said } from './question-shell.ts'
import { quote, quoteCommand } from './quote.ts'

/** Milliseconds that one question may keep the ones behind it waiting. */
const patience = 2_000

/**
 * Has a shell run questions as one script and settles each as soon as its own answer is there. The script runs them one
 * after another, each in a subshell of its own. Those behind one that takes long, or whose shell is ended for its sake, are
 * given back with `again`. Gives back the shell when it is good for more.
 */
export async function trip(
  link: Link,
  open: (signal: AbortSignal) => Promise<QuestionShell>,
  questions: readonly Question[],
  again: (questions: readonly Question[]) => void,
): Promise<QuestionShell | undefined> {
  const control = new AbortController()
  const unsettled = new Set(questions)
  const answers: Partial<Record<Said['from'], Said>>[] = questions.map(() => ({}))
  const next = { stdout: 0, stderr: 0 }
  let current = 0
  let shell: QuestionShell | undefined
  let impatient: NodeJS.Timeout | undefined
  const through = Promise.withResolvers<'answered' | 'stopped'>()

  const handOver = () => {
    const behind = questions.slice(current + 1).filter((question) => unsettled.delete(question) && !question.settled)
    if (behind.length > 0) again(behind)
  }
  const watch = () => {
    clearTimeout(impatient)
    if (unsettled.size > 1) impatient = setTimeout(handOver, patience)
  }
  const stop = () => {
    clearTimeout(impatient)
    if (current === questions.length) return through.resolve('answered')
    control.abort()
    // What can't be ended, as on a dead network file system, is left.
    void Promise.resolve(shell?.kill()).finally(() => through.resolve('stopped'))
  }
  const leave = (question: Question) => {
    unsettled.delete(question)
    if (shell && question === questions[current]) handOver()
    if (unsettled.size === 0) stop()
  }
  for (const question of questions) question.onSettled = () => leave(question)

  const said = (part: Said) => {
    answers[next[part.from]++]![part.from] = part
    for (let done = answers[current]; done?.stdout && done.stderr; done = answers[current]) {
      const question = questions[current]!
      current++
      question.answer(resultOf(done.stdout, done.stderr))
      watch()
    }
  }
  const saying = (size: number) => {
    const question = questions[current]
    if (question && size > question.maxOutput) question.fail(tooMuch(link, question))
  }

  try {
    shell = await open(control.signal)
    watch()
    shell.run(questions.map(lineOf).join('\n'), { said, saying })
    const end = await Promise.race([through.promise, shell.ended])
    if (end === 'answered') return shell
    if (end !== 'stopped') endedEarly(end)
  } catch (error) {
    for (const question of [...unsettled]) question.fail(lost(link, error))
  } finally {
    clearTimeout(impatient)
  }
  return undefined

  /** The shell ended before its time: through the question that it was at, or because it can't run at all. */
  function endedEarly({ exitCode, stdout, stderr }: Pick<ExecResult, 'exitCode' | 'stdout' | 'stderr'>): void {
    const refused = link.refusal?.({ exitCode, stdout, stderr, bytes: Buffer.from(stdout) })
    const detail = (refused ?? stderr).trim()
    const last = detail.split('\n').at(-1)
    const error =
      refused === undefined
        ? new HostError(
            'command_failed',
            `${link.description}: the shell ended with ${exitCode}${last && `: ${last}`}`,
            {
              ...{ detail, exitCode },
            },
          )
        : new HostError('sudo_refused', `${link.description}: a question was refused by sudo`, {
            ...{ detail, retryable: true },
            advice: 'Give sudo the password of the login, or allow the login NOPASSWD.',
          })
    const failed = current === 0 || refused !== undefined ? [...unsettled] : [questions[current]!]
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

const resultOf = (stdout: Said, stderr: Said): ExecResult => ({
  exitCode: Number(stdout.word),
  stdout: stdout.bytes.toString(),
  stderr: stderr.bytes.toString(),
  bytes: stdout.bytes,
})

/** `eval` keeps a question that is no shell language from spoiling the others. */
const lineOf = ({ text, args }: Question): string =>
  `( eval ${quote(`set -- ${quoteCommand(args)}\n${text}`)} ) </dev/null; answered $?`

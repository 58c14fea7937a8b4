import { setTimeout as sleep } from 'node:timers/promises'
import { BmcError } from '../error.ts'
import type { Answer } from './exchange.ts'
import { link, parts, text } from './values.ts'

const TASK_MS = 600_000
const INTERVAL_MS = 1_000
const LONGEST_INTERVAL_MS = 30_000
/** TaskState of Task, DSP2046. */
const OVER = ['Completed', 'Exception', 'Killed', 'Cancelled']

/** Waits for what was only begun (202), and gives what came of it: DSP0266 12.2. */
export async function finishTask(
  begun: Answer,
  read: (path: string) => Promise<Answer>,
  description: string,
  what: string,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const monitor = begun.headers.location ?? link(begun.body)
  // Without one it can only be taken at its word.
  if (monitor === undefined) return begun
  const until = Date.now() + TASK_MS
  let last = begun
  while (Date.now() < until) {
    const asked = 1000 * (Number(last.headers['retry-after']) || 0)
    await sleep(Math.min(Math.max(asked, INTERVAL_MS), LONGEST_INTERVAL_MS), undefined, signal ? { signal } : {})
    last = await read(monitor)
    const state = text(last.body.TaskState)
    if (state !== undefined && OVER.includes(state)) return judged(last, state, description, what)
    // What a task monitor gives at the end is the answer itself.
    if (last.status !== 202 && state === undefined) return last
  }
  throw new BmcError('timeout', `${description}: ${what} takes more than ${TASK_MS / 1000} s`)
}

function judged(answer: Answer, state: string, description: string, what: string): Answer {
  if (state === 'Completed' && text(answer.body.TaskStatus) !== 'Critical') return answer
  const says = parts(answer.body.Messages).flatMap((each) => text(each.Message) ?? [])
  throw new BmcError('refused', `${description}: ${what}: ${says[0] ?? `it ended as ${state}`}`, {
    detail: says.join('\n'),
  })
}

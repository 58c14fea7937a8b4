import { LaresError, problem } from '@lares/core'

export interface Interrupt {
  /** Aborted by the first Ctrl-C or SIGTERM: no new actions. */
  stop: AbortSignal
  /** Aborted by the second, or by the first while nothing is changed yet: what is in flight ends. */
  abort: AbortSignal
  /** From now on something may be changed. */
  begin(): void
  /** Gives signals back to Node. */
  close(): void
}

const STOPPING = 'Stopping: no new actions are started; Ctrl-C again aborts those in flight.'
const ABORTING = 'Aborting what is in flight; Ctrl-C again ends lares at once.'

const interrupted = () =>
  new LaresError([problem({ code: 'interrupted', summary: 'Interrupted before anything was changed' })])

/** Listens for Ctrl-C. After the one that aborts, Node has the signals again, so the next ends the process. */
export function onInterrupt(tell: (message: string) => void): Interrupt {
  const stop = new AbortController()
  const abort = new AbortController()
  let begun = false
  const listener = () => {
    const first = !stop.signal.aborted
    if (first) stop.abort(interrupted())
    if (first && begun) return tell(STOPPING)
    if (begun) tell(ABORTING)
    abort.abort(interrupted())
    close()
  }
  const close = () => {
    process.off('SIGINT', listener)
    process.off('SIGTERM', listener)
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  return {
    stop: stop.signal,
    abort: abort.signal,
    begin: () => {
      begun = true
    },
    close,
  }
}

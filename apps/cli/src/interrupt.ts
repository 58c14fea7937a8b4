export interface Interrupt {
  /** Aborted by the first Ctrl-C or SIGTERM: no new actions. */
  stop: AbortSignal
  /** Aborted by the second: those in flight end, too. */
  abort: AbortSignal
  /** Gives signals back to Node. */
  close(): void
}

const messages = [
  'Stopping: no new actions are started; Ctrl-C again aborts those in flight.',
  'Aborting what is in flight; Ctrl-C again ends lares at once.',
]

/** Listens for Ctrl-C. After the second one Node has the signals again, so the third ends the process. */
export function onInterrupt(tell: (message: string) => void): Interrupt {
  const controllers = [new AbortController(), new AbortController()] as const
  let times = 0
  const listener = () => {
    controllers[times]?.abort(new Error('Interrupted'))
    tell(messages[times]!)
    times++
    if (times === controllers.length) close()
  }
  const close = () => {
    process.off('SIGINT', listener)
    process.off('SIGTERM', listener)
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  return { stop: controllers[0].signal, abort: controllers[1].signal, close }
}

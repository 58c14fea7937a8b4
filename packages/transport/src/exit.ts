import { constants } from 'node:os'

/** An exit status as a shell counts it: 128 + n when signal n ended the process. */
export function exitStatus(code: number | null | undefined, signal: string | null | undefined): number {
  if (typeof code === 'number') return code
  const number = signal ? constants.signals[signal as NodeJS.Signals] : undefined
  return 128 + (number ?? 0)
}

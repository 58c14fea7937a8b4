import { errorCode, fail } from './diagnostics.ts'
import { formatPath, type Path } from './value.ts'

interface Damage {
  what: string
  path?: Path
  detail?: string
  line?: number
  column?: number
  cause?: unknown
}

/** Throws `state_broken`: the file, the position in it, and the way back. */
export function broken(file: string, { what, path, detail, line, column, cause }: Damage): never {
  fail(
    {
      code: 'state_broken',
      summary: `The state file ${file} is broken: ${what}`,
      ...(path === undefined ? {} : { path: formatPath(path) }),
      ...(detail === undefined ? {} : { detail }),
      advice:
        'Nothing was changed. `lares state history` lists the versions before it; `lares state restore N` brings one back and keeps the broken file aside.',
      source: { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) },
    },
    cause,
  )
}

const ADVICE: { [code: string]: string } = {
  ENOSPC: 'Make room on that disk and run the command again: it goes on from what is recorded.',
  EDQUOT: 'Make room within the quota and run the command again: it goes on from what is recorded.',
  EROFS: 'The file system is mounted read-only: look in the kernel log for its reason, then run the command again.',
  EIO: 'The disk reports errors: look in the kernel log, bring the directory to a sound disk, and run the command again.',
  EACCES: 'Give this user the right to write there, then run the command again.',
}

/** Throws `state_write_failed` for what a write threw; a diagnostic passes as it is. */
export function writeFailed(file: string, error: unknown): never {
  if (!isSystemError(error)) throw error
  fail(
    {
      code: 'state_write_failed',
      summary: 'The state could not be saved. What was saved before is safe.',
      detail: `${file}: ${error.message}`,
      advice:
        ADVICE[errorCode(error) ?? ''] ??
        'Run the command again once the cause is gone: it goes on from what is recorded.',
      source: { file },
    },
    error,
  )
}

/** Throws `state_unreadable` for what a read threw; a diagnostic passes as it is. */
export function readFailed(file: string, error: unknown): never {
  if (!isSystemError(error)) throw error
  fail({ code: 'state_unreadable', summary: `${file} cannot be read`, detail: error.message, source: { file } }, error)
}

const isSystemError = (error: unknown): error is Error =>
  error instanceof Error && /^E[A-Z]+$/.test(errorCode(error) ?? '')

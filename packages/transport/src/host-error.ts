/** Why a call to a host failed. Stable: callers may branch on it. */
export type HostErrorCode =
  | 'unreachable'
  | 'handshake_failed'
  | 'auth_failed'
  | 'host_key_unknown'
  | 'host_key_changed'
  | 'host_key_revoked'
  | 'config_invalid'
  | 'connection_lost'
  | 'channel_refused'
  | 'forward_refused'
  | 'closed'
  | 'timeout'
  | 'aborted'
  | 'command_failed'
  | 'output_too_large'
  | 'sudo_refused'
  | 'not_found'
  | 'permission_denied'
  | 'is_directory'
  | 'not_directory'
  | 'no_space'
  | 'read_only'
  | 'io_failed'

export interface HostErrorOptions {
  readonly detail?: string | undefined
  readonly advice?: string | undefined
  readonly retryable?: boolean
  readonly exitCode?: number | undefined
  readonly cause?: unknown
}

/**
 * The only error that a host throws.
 *
 * `message` is one line that names the host, `detail` is what the tool or the peer said (may have several lines, or
 * be empty), `retryable` is true only when nothing was done on the host, so that trying again is safe.
 */
export class HostError extends Error {
  override readonly name = 'HostError'
  readonly code: HostErrorCode
  readonly detail: string
  /** What to do next, often a command. */
  readonly advice: string | undefined
  readonly retryable: boolean
  /** Exit status of the command, for `command_failed`. */
  readonly exitCode: number | undefined

  constructor(code: HostErrorCode, message: string, options: HostErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.detail = options.detail ?? ''
    this.advice = options.advice
    this.retryable = options.retryable ?? false
    this.exitCode = options.exitCode
  }
}

/** True for a HostError, also one that another installed copy of this package made. */
export function isHostError(error: unknown, code?: HostErrorCode): error is HostError {
  return error instanceof Error && error.name === 'HostError' && 'code' in error && (!code || error.code === code)
}

/** Throws `aborted` when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined, description: string): void {
  if (signal?.aborted) throw abortedError(description, signal)
}

export function abortedError(description: string, signal: AbortSignal): HostError {
  return new HostError('aborted', `${description}: aborted`, { cause: signal.reason })
}

/** Stable codes of what can go wrong between this client and a BMC. */
export type BmcErrorCode =
  /** Nobody answers at this address. */
  | 'unreachable'
  /** It did not answer within the time of the call; what was asked of it may have happened. */
  | 'timeout'
  /** It does not take this user with this password. */
  | 'auth_failed'
  /** It proves by no certificate that it is the one. */
  | 'untrusted'
  /** It takes none of the cipher suites. */
  | 'no_cipher'
  /** The user may not do that. */
  | 'forbidden'
  /** All of its sessions are taken. */
  | 'too_many_sessions'
  /** It began to answer and did not go on. */
  | 'incomplete'
  /** It is there and takes no commands now, as in the middle of a reset. */
  | 'busy'
  /** This BMC, or this driver, cannot do that. */
  | 'unsupported'
  /** It refused what it was asked. */
  | 'refused'
  /** What it answered makes no sense. */
  | 'bad_answer'
  /** Its power did not get where it was to be. */
  | 'power_unchanged'
  /** What the driver runs is not there. */
  | 'not_installed'
  /** It was not even asked: a password that is empty or too long, a slot that is none. */
  | 'invalid'

export interface BmcErrorOptions {
  readonly detail?: string | undefined
  readonly advice?: string | undefined
  readonly cause?: unknown
}

/** Nothing was done, and the same may work in a moment. */
const transient: readonly BmcErrorCode[] = ['too_many_sessions', 'busy']

/**
 * The only error of this client, but for those of the host that it runs on. `message` is one line that names the BMC, `detail`
 * is what the tool said.
 */
export class BmcError extends Error {
  override readonly name = 'BmcError'
  readonly code: BmcErrorCode
  readonly detail: string
  readonly advice: string | undefined
  readonly retryable: boolean

  constructor(code: BmcErrorCode, message: string, { detail = '', advice, cause }: BmcErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.detail = detail
    this.advice = advice
    this.retryable = transient.includes(code)
  }
}

/** True for a BmcError, with one of the codes when any are given; also across two copies of this package. */
export function isBmcError(error: unknown, ...codes: readonly BmcErrorCode[]): error is BmcError {
  const isOne = error instanceof Error && error.name === 'BmcError' && 'code' in error
  return isOne && (codes.length === 0 || codes.includes(error.code as BmcErrorCode))
}

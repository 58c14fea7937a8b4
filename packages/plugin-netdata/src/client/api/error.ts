/** Stable codes of what can go wrong between this client and an agent. */
export type NetdataErrorCode =
  /** Nobody answers there. */
  | 'unreachable'
  /** Nobody answered in time. */
  | 'timeout'
  /** It answers that it is still starting. */
  | 'starting'
  /** It does not let us: its `allow ... from` lines, a wrong token, or a proxy before it. */
  | 'forbidden'
  | 'not_found'
  | 'unknown_chart'
  /** It keeps nothing of a node of this name. */
  | 'unknown_node'
  /** It refused the request, or failed at it. */
  | 'refused'
  /** The connection ended, or time ran out, in the middle of an answer. */
  | 'incomplete'
  | 'too_large'
  /** It is no answer of Netdata's. */
  | 'bad_answer'

/** A request that an agent refused, or that got no answer. The message names the request, `detail` is what was said. */
export class NetdataError extends Error {
  override readonly name = 'NetdataError'
  readonly code: NetdataErrorCode
  readonly detail: string
  readonly advice: string | undefined
  /** HTTP status of the answer, when there was one. */
  readonly status: number | undefined

  constructor(
    code: NetdataErrorCode,
    message: string,
    options: { detail?: string; advice?: string; status?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.detail = options.detail ?? ''
    this.advice = options.advice
    this.status = options.status
  }
}

/** True for a NetdataError, with one of the codes when any are given; also across two copies of this package. */
export function isNetdataError(error: unknown, ...codes: readonly NetdataErrorCode[]): error is NetdataError {
  const isOne = error instanceof Error && error.name === 'NetdataError' && 'code' in error
  return isOne && (codes.length === 0 || codes.includes(error.code as NetdataErrorCode))
}

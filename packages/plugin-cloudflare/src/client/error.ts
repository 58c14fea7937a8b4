/** Stable codes of what can go wrong between this client and Cloudflare. */
export type CloudflareErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'connection_lost'
  | 'rate_limited'
  | 'unauthorized'
  | 'permission_denied'
  | 'not_found'
  | 'already_exists'
  | 'in_use'
  | 'ambiguous'
  | 'invalid'
  | 'server_error'
  | 'cloudflare_error'

/** A request that Cloudflare refused, or that got no answer. The message names the request, `detail` is what was said. */
export class CloudflareError extends Error {
  override readonly name = 'CloudflareError'
  readonly code: CloudflareErrorCode
  readonly detail: string
  readonly advice: string | undefined
  /** Cloudflare's own numbers of what was wrong. */
  readonly numbers: readonly number[]
  /** Nothing is wrong with the request: it may be sent again. */
  readonly retryable: boolean

  constructor(
    code: CloudflareErrorCode,
    message: string,
    options: { detail?: string; advice?: string; numbers?: readonly number[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.detail = options.detail ?? ''
    this.advice = options.advice
    this.numbers = options.numbers ?? []
    this.retryable = code === 'server_error'
  }
}

/** True for a CloudflareError, with one of the codes when any are given; also across two copies of this package. */
export function isCloudflareError(error: unknown, ...codes: readonly CloudflareErrorCode[]): error is CloudflareError {
  const isOne = error instanceof Error && error.name === 'CloudflareError' && 'code' in error
  return isOne && (codes.length === 0 || codes.includes(error.code as CloudflareErrorCode))
}

/**
 * What Cloudflare's numbers mean where the HTTP status does not say it.
 * https://developers.cloudflare.com/api/ and the threads of its Terraform provider.
 */
const meanings: { readonly [number: number]: CloudflareErrorCode } = {
  1000: 'unauthorized', // the token is not valid
  1013: 'already_exists', // a tunnel of this name
  1022: 'in_use', // a tunnel with connections
  6003: 'unauthorized', // headers that are no token
  6111: 'unauthorized',
  9106: 'unauthorized', // no token at all
  9109: 'unauthorized', // a token that is not valid, or not for this
  10000: 'permission_denied', // a valid token that may not do this
  10001: 'permission_denied',
  12139: 'in_use', // a service token that policies name
  81053: 'already_exists', // another record of this host name
  81054: 'already_exists',
  81056: 'already_exists',
  81057: 'already_exists', // the very same record
  81058: 'already_exists',
  81044: 'not_found',
}

const byStatus: { readonly [status: number]: CloudflareErrorCode } = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'permission_denied',
  404: 'not_found',
  409: 'already_exists',
  422: 'invalid',
  429: 'rate_limited',
}

export function codeOf(status: number, numbers: readonly number[]): CloudflareErrorCode {
  if (status >= 500) return 'server_error'
  if (status === 429) return 'rate_limited'
  const meant = numbers.flatMap((number) => meanings[number] ?? [])[0]
  return meant ?? byStatus[status] ?? 'cloudflare_error'
}

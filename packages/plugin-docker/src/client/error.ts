/** Stable codes of what can go wrong between a client and an engine or a registry. */
export type DockerErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'api_unsupported'
  | 'not_found'
  | 'no_such_image'
  | 'unauthorized'
  | 'name_in_use'
  | 'port_in_use'
  | 'address_in_use'
  | 'in_use'
  | 'conflict'
  | 'invalid'
  | 'no_space'
  | 'build_failed'
  | 'unhealthy'
  | 'exited'
  | 'credentials'
  | 'rate_limited'
  | 'registry_error'
  | 'engine_error'

/** A request that an engine refused, or that never reached one. The message names the request and what the engine said. */
export class DockerError extends Error {
  override readonly name = 'DockerError'
  readonly code: DockerErrorCode
  /** HTTP status of the engine's answer, absent when there was none. */
  declare readonly status?: number
  /** True when the request never reached an engine, so that it can be sent again. */
  readonly retryable: boolean

  constructor(
    code: DockerErrorCode,
    message: string,
    options: { status?: number; retryable?: boolean; cause?: unknown } = {},
  ) {
    super(withShortIds(message), options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? false
    if (options.status !== undefined) this.status = options.status
  }
}

/** Text with ids as people know them; the digest in a reference stays whole. */
const withShortIds = (text: string): string =>
  text.replace(/(@sha256:)?\b[0-9a-f]{64}\b/g, (id, digest?: string) => (digest === undefined ? id.slice(0, 12) : id))

/** True for a DockerError, with one of the codes when any are given; also across two copies of this package. */
export function isDockerError(error: unknown, ...codes: readonly DockerErrorCode[]): error is DockerError {
  const isOne = error instanceof Error && error.name === 'DockerError' && 'code' in error
  return isOne && (codes.length === 0 || codes.includes(error.code as DockerErrorCode))
}

/** What engines say, from the most to the least telling; the status decides when no phrase matches. */
const phrases: readonly [RegExp, DockerErrorCode][] = [
  [
    /port is already allocated|bind: address already in use|ports are not available|listen (?:tcp|udp).*in use/i,
    'port_in_use',
  ],
  [/pool overlaps|address already in use|no available .*address/i, 'address_in_use'],
  [/no space left on device/i, 'no_space'],
  [/is already in use by container|with name \S+ already exists|name .* is already in use/i, 'name_in_use'],
  [/unauthorized|authentication required|no basic auth|access denied|denied:|incorrect username/i, 'unauthorized'],
  [/no such image|manifest (?:unknown|for .* not found)|repository name not known|name unknown/i, 'no_such_image'],
  [/volume is in use|has active endpoints|image is being used|is using its referenced image|must be forced/i, 'in_use'],
]

const statuses: Record<number, DockerErrorCode> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'conflict',
  404: 'not_found',
  409: 'conflict',
}

const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOENT', 'EACCES', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND'])
const DROPPED = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT'])

/** The code for what an engine said. */
export const codeOf = (message: string, status?: number): DockerErrorCode =>
  phrases.find(([pattern]) => pattern.test(message))?.[1] ?? statuses[status ?? 0] ?? 'engine_error'

type Failure = Partial<Error & { code: string; statusCode: number; retryable: boolean; detail: string }>

/** True when a connection ended under a request, whether or not that had been handled. */
export function wasDropped(error: unknown): boolean {
  const { code = '', message = '' } = error as Failure
  return DROPPED.has(code) || /socket hang up/.test(message)
}

/**
 * A failed request as a DockerError that says which request it was. What is neither an engine's answer nor a failure to
 * reach one is given back as it is.
 */
export function toDockerError(request: string, engine: string, error: unknown): unknown {
  if (isDockerError(error)) return error
  const { statusCode: status, code = '', name, retryable = NEVER_SENT.has(code) } = error as Failure
  const message = messageOf(error)
  if (status !== undefined) return new DockerError(codeOf(message, status), `${request}: ${message}`, { status })
  const isUnreached = retryable || wasDropped(error) || name === 'HostError' || name === 'TimeoutError'
  if (!isUnreached) return error
  const text = `${request}: no Docker engine answers at ${engine}: ${message}`
  return new DockerError('unreachable', text, { retryable, cause: error })
}

function messageOf(error: unknown): string {
  const { json, message, code, detail } = error as Failure & { json?: { message?: unknown } | null }
  if (typeof json?.message === 'string') return json.message.trim()
  const text = (message || code || String(error)).replace(/^\(HTTP code \d+\) .*? - /, '').trim()
  return [text, detail].filter(Boolean).join(': ')
}

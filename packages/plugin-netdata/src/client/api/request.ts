import type { Agent, IncomingMessage, RequestOptions } from 'node:http'
import { isNetdataError, NetdataError } from './error.ts'

/** Every call can be aborted, and ends by itself. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds; 15,000 when absent. */
  readonly timeoutMs?: number | undefined
}

/** Where an agent answers, and over which connections. */
export interface Reach {
  /** For messages; without credentials. */
  readonly description: string
  readonly request: (options: RequestOptions) => import('node:http').ClientRequest
  readonly target: RequestOptions
  /** In front of each path, without a slash at its end. */
  readonly base: string
  /** Its connections are kept for the next request. */
  readonly agent: Agent
  /** For what must not be sent twice: never a connection that may just have been closed. */
  readonly fresh: Agent
}

export interface Question {
  /** Names the request in errors: `read the alarms`. */
  readonly request: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  /** It changes something. */
  readonly changes?: boolean
  readonly options?: CallOptions | undefined
}

export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

const TIMEOUT_MS = 15_000
/** The charts of a big machine take 2 MB. */
const MAX_BYTES = 64 * 1024 * 1024
const DETAIL_LENGTH = 400

/**
 * One request and its whole answer.
 * @throws NetdataError for anything but an answer with status 200, or the reason of the caller's signal.
 */
export async function ask(reach: Reach, question: Question): Promise<Answer> {
  const { options = {}, request, changes } = question
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  const limit = AbortSignal.timeout(timeoutMs)
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit
  signal.throwIfAborted()
  const progress: Progress = { reused: false }
  try {
    const answer = await send(reach, question, signal, progress).catch((error: unknown) => {
      // The agent closes what was idle for a minute, perhaps just now.
      if (changes || !progress.reused || progress.status !== undefined || signal.aborted) throw error
      return send(reach, question, signal, progress)
    })
    if (answer.status !== 200) throw refusal(reach, request, answer)
    return answer
  } catch (error) {
    options.signal?.throwIfAborted()
    if (isNetdataError(error)) throw error
    throw silence(reach, request, error, progress.status, limit.aborted ? timeoutMs : undefined)
  }
}

interface Progress {
  reused: boolean
  /** There once the head of an answer has come. */
  status?: number
}

function send(reach: Reach, question: Question, signal: AbortSignal, progress: Progress): Promise<Answer> {
  const { path, query = {}, headers, changes } = question
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [value === '' ? name : `${name}=${encodeURIComponent(value)}`],
  )
  return new Promise((resolve, reject) => {
    const request = reach.request({
      ...reach.target,
      path: `${reach.base}${path}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`,
      headers: { ...reach.target.headers, ...headers },
      agent: changes ? reach.fresh : reach.agent,
      signal,
    })
    request.on('response', (message) => {
      progress.status = message.statusCode ?? 0
      readText(reach, question.request, message).then(resolve, reject)
    })
    request.on('error', (error) => {
      progress.reused = request.reusedSocket
      reject(error)
    })
    request.end()
  })
}

async function readText(reach: Reach, request: string, message: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BYTES) {
      message.destroy()
      throw new NetdataError('too_large', `${request}: ${reach.description} answers with more than 64 MiB`)
    }
    chunks.push(chunk)
  }
  const text = new TextDecoder().decode(Buffer.concat(chunks))
  return { status: message.statusCode ?? 0, type: message.headers['content-type'] ?? '', text }
}

function refusal({ description }: Reach, request: string, { status, type, text }: Answer): NetdataError {
  const detail = excerpt(text)
  const fail = (code: ConstructorParameters<typeof NetdataError>[0], what: string, advice?: string) =>
    new NetdataError(code, `${request}: ${description} ${what}`, { detail, status, ...(advice && { advice }) })
  if (status === 401 || status === 403 || status === 451) {
    return fail('forbidden', 'does not allow it', 'Look at "allow ... from" in [web] of its netdata.conf.')
  }
  if (status === 503 && !/html/.test(type)) return fail('starting', 'is still starting')
  if (status === 404 && /does not maintain a database for host/.test(text)) {
    return fail('unknown_node', 'knows no node of that name')
  }
  return status === 404 ? fail('not_found', 'has no such thing') : fail('refused', `answers with HTTP ${status}`)
}

/** What a person can read of an answer that should not have come. */
export const excerpt = (text: string): string =>
  text
    .replace(/<(style|script)[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]{0,2000}>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, DETAIL_LENGTH)

function silence(
  { description }: Reach,
  request: string,
  error: unknown,
  status: number | undefined,
  lateMs: number | undefined,
): NetdataError {
  const { message, detail, code } = error as Partial<Error & { detail: string; code: string }>
  const said = [message || code || String(error), detail].filter(Boolean).join(': ')
  if (status !== undefined) {
    const how = lateMs === undefined ? 'ended half-way' : `did not end within ${lateMs / 1000} s`
    return new NetdataError('incomplete', `${request}: the answer of ${description} ${how}`, {
      ...(lateMs === undefined && { detail: said }),
      status,
      cause: error,
    })
  }
  if (lateMs !== undefined) {
    return new NetdataError('timeout', `${request}: ${description} did not answer within ${lateMs / 1000} s`, {
      cause: error,
    })
  }
  // Something is there that speaks another protocol.
  if (code?.startsWith('HPE_')) {
    return new NetdataError('bad_answer', `${request}: ${description} does not speak HTTP`, {
      detail: said,
      cause: error,
    })
  }
  return new NetdataError('unreachable', `${request}: no Netdata agent answers at ${description}`, {
    detail: said,
    cause: error,
  })
}

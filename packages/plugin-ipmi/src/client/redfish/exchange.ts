import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { CertificateError } from '@lares/transport'
import { BmcError, isBmcError } from '../error.ts'
import { type Json, part } from './values.ts'

export interface Question {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Json | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** Empty where there is none. */
  readonly body: Json
}

/** Where a BMC answers. */
export interface Reach {
  readonly description: string
  /** For the header `Host`. */
  readonly authority: string
  /** Its connection is kept for the next request. */
  readonly agent: Agent
  /** For what must not be sent twice: never a connection that may just have been closed. */
  readonly fresh: Agent
  /** Milliseconds for one answer. */
  readonly timeout: number
}

/** A log of some thousand entries is a few MiB. */
const MAX_BYTES = 64 * 1024 ** 2

/** One request and its whole answer, whatever its status. */
export async function exchange(reach: Reach, question: Question): Promise<Answer> {
  const limit = AbortSignal.timeout(reach.timeout)
  const signal = question.signal ? AbortSignal.any([question.signal, limit]) : limit
  signal.throwIfAborted()
  const progress = { reused: false }
  let began = false
  try {
    const message = await send(reach, question, signal, progress).catch((error: unknown) => {
      // It closes what was idle for a while, perhaps just now.
      if (question.method !== 'GET' || !progress.reused || signal.aborted) throw error
      return send(reach, question, signal, progress)
    })
    began = true
    return await wholeOf(reach, message)
  } catch (error) {
    question.signal?.throwIfAborted()
    throw isBmcError(error) ? error : silence(reach, error, began, limit.aborted)
  }
}

function send(
  { agent, fresh, authority }: Reach,
  question: Question,
  signal: AbortSignal,
  progress: { reused: boolean },
): Promise<IncomingMessage> {
  const { method, path, headers, body } = question
  // An import of node:http would load all that it offers, fetch and WebSocket too.
  const { request } = process.getBuiltinModule('node:http')
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  return new Promise((resolve, reject) => {
    const asked: ClientRequest = request({
      ...{ method, path, signal, agent: method === 'GET' ? agent : fresh },
      headers: {
        ...{ Host: authority, Accept: 'application/json', 'OData-Version': '4.0', ...headers },
        ...(payload === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': payload.length }),
      },
    })
    asked.once('response', resolve).once('error', (error) => {
      progress.reused = asked.reusedSocket
      reject(error)
    })
    asked.end(payload)
  })
}

async function wholeOf({ description }: Reach, message: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BYTES) {
      message.destroy()
      throw new BmcError('bad_answer', `${description}: it answers with more than ${MAX_BYTES / 1024 ** 2} MiB`)
    }
    chunks.push(chunk)
  }
  const status = message.statusCode ?? 0
  return { status, headers: message.headers, body: jsonOf(description, status, Buffer.concat(chunks)) }
}

/** Whoever refuses may do so with a page. */
function jsonOf(description: string, status: number, bytes: Buffer): Json {
  try {
    return bytes.length === 0 ? {} : part(JSON.parse(bytes.toString()))
  } catch (cause) {
    if (status >= 300) return {}
    throw new BmcError('bad_answer', `${description}: what it answers is no JSON`, { cause })
  }
}

function silence({ description, timeout }: Reach, error: unknown, began: boolean, late: boolean): unknown {
  if (error instanceof CertificateError) return untrusted(description, error)
  if (began)
    return new BmcError('incomplete', `${description}: it began to answer, and did not go on`, { cause: error })
  if (late)
    return new BmcError('timeout', `${description}: it did not answer within ${timeout / 1000} s`, { cause: error })
  const { name, code = '', message } = error as { name?: string; code?: string; message?: string }
  // The machine that it is reached from.
  if (name === 'HostError' && code !== 'forward_refused') return error
  if (/^HPE_/.test(code)) return new BmcError('bad_answer', `${description}: it does not speak HTTP`, { cause: error })
  return new BmcError('unreachable', `${description}: nobody answers`, {
    ...{ detail: [code, message].filter(Boolean).join(': '), cause: error },
    advice: 'Is the address right, does the BMC have power and network, and is Redfish switched on in it?',
  })
}

function untrusted(description: string, error: CertificateError): BmcError {
  return new BmcError('untrusted', `${description}: it does not prove who it is: ${error.message}`, {
    detail: `The SHA-256 fingerprint of its certificate is ${error.fingerprint}`,
    advice: `Compare that with what the BMC itself shows; if it is the same, say certificate: "${error.fingerprint}".`,
    cause: error,
  })
}

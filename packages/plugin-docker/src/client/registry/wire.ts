import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { DockerError, wasDropped } from '../error.ts'

// An import would take 40 ms more, in every run: a namespace holds all that the module offers, WebSocket and fetch's parts too.
const http = process.getBuiltinModule('node:http')
const https = process.getBuiltinModule('node:https')

export interface RegistryRequest {
  method: 'GET' | 'HEAD' | 'POST'
  url: URL
  headers?: Record<string, string>
  body?: string
}

export interface RegistryAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  url: URL
}

/** Sends one request and takes its whole answer; rejects with a DockerError when there is none. */
export type Send = (request: RegistryRequest) => Promise<RegistryAnswer>

export interface SenderOptions {
  signal: AbortSignal
  /** Milliseconds for one request, its wait for a free connection included. */
  timeoutMs: number
  /** Certificates may be anybody's. */
  unverified?: boolean
}

/** Connections that one registry is asked over at once. */
const MAX_SOCKETS = 4
const MAX_BYTES = 16 * 2 ** 20

/** Keeps connections open between requests, as few as are polite. */
export function createSender({ signal, timeoutMs, unverified = false }: SenderOptions): Send {
  const sockets = { keepAlive: true, maxSockets: MAX_SOCKETS }
  const plain = new http.Agent(sockets)
  const secure = new https.Agent({ ...sockets, rejectUnauthorized: !unverified })

  const attempt = (request: RegistryRequest, limit: AbortSignal) =>
    new Promise<RegistryAnswer>((resolve, reject) => {
      const { method, url, headers = {}, body } = request
      const given = { method, headers: { 'user-agent': 'lares', ...headers }, signal: limit }
      const take = (answer: IncomingMessage) => {
        bodyOf(answer).then((bytes) => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: bytes, url })
        }, reject)
      }
      const sent =
        url.protocol === 'https:'
          ? https.request(url, { ...given, agent: secure }, take)
          : http.request(url, { ...given, agent: plain }, take)
      sent.on('error', reject)
      sent.end(body)
    })

  return async (request) => {
    const limit = AbortSignal.timeout(timeoutMs)
    const either = AbortSignal.any([signal, limit])
    try {
      return await attempt(request, either).catch((error: unknown) => {
        // A kept connection may turn out to be closed; what is asked with POST is not asked twice.
        if (!wasDropped(error) || request.method === 'POST') throw error
        return attempt(request, either)
      })
    } catch (error) {
      signal.throwIfAborted()
      const { host } = request.url
      if (limit.aborted) throw new DockerError('timeout', `${host} has not answered after ${timeoutMs / 1000} s`)
      if (error instanceof DockerError) throw error
      const { message, code } = error as NodeJS.ErrnoException
      throw new DockerError('unreachable', `${host} cannot be reached: ${message || code}`, { cause: error })
    }
  }
}

async function bodyOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BYTES) throw new DockerError('registry_error', 'an answer is longer than 16 MiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Host } from '../host.ts'
import { socketLike } from '../http-agent.ts'
import { secured } from '../tls.ts'

export interface HttpQuestion {
  /** `http:` or `https:`, as seen from the host. */
  readonly url: string | URL
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Takes any certificate. */
  readonly insecure?: boolean | undefined
}

export interface HttpAnswer {
  readonly status: number
  /** As UTF-8. */
  readonly body: string
}

const MAX_BODY = 4 * 1024 ** 2

/**
 * Asks for a page with GET, over a connection of its own that the host opens; a redirect is an answer. Ends with its signal.
 * Rejects with what the connection says, or when the body is larger than 4 MiB; never with the URL or a header.
 */
export async function askHttp(
  host: Host,
  { url, headers = {}, insecure = false }: HttpQuestion,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { hostname, host: authority, port, protocol, pathname, search, username, password } = new URL(url)
  const isSecure = protocol === 'https:'
  const name = hostname.replace(/^\[|\]$/g, '')
  const stream = await host.connect({ host: name, port: Number(port) || (isSecure ? 443 : 80) }, signal)
  stream.on('error', () => {})
  try {
    const socket = isSecure ? await secured(stream, name, { insecure }) : socketLike(stream)
    const { request } = process.getBuiltinModule('node:http')
    const asked = request({
      createConnection: () => socket,
      path: `${pathname}${search}`,
      headers: { host: authority, ...headers },
      ...(username || password ? { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` } : {}),
      signal,
    })
    const answer = await answerTo(asked)
    return { status: answer.statusCode ?? 0, body: await bodyOf(answer) }
  } finally {
    stream.destroy()
  }
}

const answerTo = (request: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.once('response', resolve).on('error', reject).end()
  })

async function bodyOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY) throw new Error(`the answer is larger than ${MAX_BODY} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web server whose files and manners a test chooses. */
export interface WebServer {
  url(name: string): string
  files: Map<string, Uint8Array>
  /** `GET name` or `GET name from OFFSET`, in order. */
  requests: string[]
  /** Bytes after which the next answer breaks off. */
  breakAfter: number | undefined
  /** Whether it knows ranges. */
  ranges: boolean
  /** Milliseconds before it sends a file. */
  delay: number
  close(): Promise<void>
}

export async function startWebServer(): Promise<WebServer> {
  const server = createServer((request, response) => {
    const name = (request.url ?? '').slice(1)
    const file = web.files.get(name)
    const from = web.ranges ? Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0
    if (request.method === 'GET') web.requests.push(`GET ${name}${from > 0 ? ` from ${from}` : ''}`)
    if (!file) return void response.writeHead(404).end()
    if (from >= file.length && from > 0) return void response.writeHead(416).end()
    const rest = file.subarray(from)
    const range = from > 0 ? { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` } : {}
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length, ...range })
    if (request.method === 'HEAD') return void response.end()
    const limit = web.breakAfter
    web.breakAfter = undefined
    setTimeout(() => {
      if (limit === undefined) response.end(rest)
      else response.write(rest.subarray(0, limit), () => setTimeout(() => response.destroy(), 50))
    }, web.delay)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const web: WebServer = {
    url: (name) => `http://127.0.0.1:${port}/${name}`,
    files: new Map(),
    requests: [],
    breakAfter: undefined,
    ranges: true,
    delay: 0,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  }
  return web
}

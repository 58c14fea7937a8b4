import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join, normalize } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { gateway, webPort } from './layout.ts'
import type { Misbehaviour } from './rig.ts'

interface Asked {
  path: string
  range: string | null
  status: number
  sent: number
}

interface Request {
  request: IncomingMessage
  response: ServerResponse
  file: string
  how: Misbehaviour | undefined
  /** Whether this misbehaving address is asked for the first time. */
  first: boolean
}

const slowly = { bytes: 65_536, pause: 100 }
const path =
  /^(?:\/(?<how>cut-off|wrong|slow|no-range|unavailable)\/(?<token>[\w-]+))?\/(?<folder>[a-z]+)\/(?<name>[\w.+~:%-]+)$/

/**
 * Serves files of folders at `/<folder>/<file>`, in ranges if asked, and the same misbehaving at
 * `/<how>/<token>/<folder>/<file>`; `/asked/<token>` tells, in JSON, what was asked there. Ends with the process.
 */
export async function startWeb(folders: Record<string, string>): Promise<void> {
  const asked = new Map<string, Asked[]>()
  const server = createServer((request, response) => {
    answer(request, response).catch((error: NodeJS.ErrnoException) => {
      if (response.headersSent) response.destroy()
      else response.writeHead(error.code === 'ENOENT' ? 404 : 500).end()
    })
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = decodeURIComponent(request.url ?? '')
    const about = /^\/asked\/([\w-]+)$/.exec(url)?.[1]
    if (about !== undefined) return void response.end(JSON.stringify(asked.get(about) ?? []))
    const { how, token = '', folder = '', name = '' } = path.exec(normalize(url))?.groups ?? {}
    const root = Object.hasOwn(folders, folder) ? folders[folder] : undefined
    if (root === undefined) return void response.writeHead(404).end()
    const log = asked.get(token) ?? []
    if (token !== '') asked.set(token, log)
    const entry: Asked = { path: url, range: request.headers.range ?? null, status: 0, sent: 0 }
    const first = !log.some(({ path: before }) => before === url)
    log.push(entry)
    response.on('close', () => Object.assign(entry, { status: response.statusCode }))
    await send({ request, response, file: join(root, name), how: how as Misbehaviour | undefined, first }, (bytes) => {
      entry.sent += bytes
    })
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(webPort, gateway, resolve)
  })
  server.unref()
}

async function send({ request, response, file, how, first }: Request, count: (bytes: number) => void): Promise<void> {
  if (how === 'unavailable' && first) return void response.writeHead(503, { 'retry-after': '1' }).end()
  const { size, mtime } = await stat(file)
  const range = how === 'no-range' ? undefined : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const start = Number(range?.[1] ?? 0)
  const end = Math.min(range?.[2] ? Number(range[2]) : size - 1, size - 1)
  if (start >= size) return void response.writeHead(416, { 'content-range': `bytes */${size}` }).end()
  response.writeHead(range ? 206 : 200, {
    'content-length': end - start + 1,
    'last-modified': mtime.toUTCString(),
    etag: `"${size.toString(16)}-${mtime.getTime().toString(16)}"`,
    ...(how !== 'no-range' && { 'accept-ranges': 'bytes' }),
    ...(range && { 'content-range': `bytes ${start}-${end}/${size}` }),
  })
  if (request.method === 'HEAD') return void response.end()
  const stop = how === 'cut-off' && first ? start + Math.floor((end - start) / 2) : end
  const chunks = createReadStream(file, { start, end: stop, highWaterMark: slowly.bytes })
  await pipeline(
    chunks,
    async function* (source: AsyncIterable<Buffer>) {
      let position = start
      for await (const chunk of source) {
        const middle = Math.floor(size / 2) - position
        if (how === 'wrong' && middle >= 0 && middle < chunk.length) chunk[middle]! ^= 0xff
        if (how === 'slow') await delay(slowly.pause)
        position += chunk.length
        count(chunk.length)
        yield chunk
      }
      // The rest is promised and never comes.
      if (stop < end) response.destroy()
    },
    response,
  )
}

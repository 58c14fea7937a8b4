import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { Checksum } from './checksum.ts'
import { ImageError } from './error.ts'

const unreachable = (url: string, cause: unknown): ImageError => {
  const { message, cause: inner } = cause as Error
  return new ImageError('image_unreachable', `${url} cannot be reached, from this machine either`, {
    detail: inner instanceof Error ? inner.message : message,
    cause,
  })
}

/** The bytes of a URL from an offset on, fetched by this machine. */
export async function openUrl(url: string, offset: number, signal: AbortSignal): Promise<Readable> {
  const headers = offset > 0 ? { range: `bytes=${offset}-` } : undefined
  const response = await fetch(url, { signal, ...(headers ? { headers } : {}) }).catch((error: unknown) => {
    throw signal.aborted ? error : unreachable(url, error)
  })
  // All of it was there already.
  if (response.status === 416) return Readable.from([])
  if (!response.ok || !response.body)
    throw new ImageError('image_not_found', `There is no image at ${url}`, {
      detail: `${response.status} ${response.statusText}`,
      advice: 'Check the address.',
    })
  const body = Readable.fromWeb(response.body as ReadableStream)
  // A server that does not know ranges sends all of it again.
  return offset > 0 && response.status !== 206 ? without(body, offset) : body
}

function without(source: Readable, bytes: number): Readable {
  async function* rest() {
    let left = bytes
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      if (left >= chunk.length) left -= chunk.length
      else {
        yield chunk.subarray(left)
        left = 0
      }
    }
  }
  return Readable.from(rest())
}

/** The bytes of a file of this machine from an offset on. */
export const openFile = async (path: string, offset: number): Promise<Readable> =>
  createReadStream(path, { start: offset })

/** The checksum of a file of this machine. Rejects with `image_not_found`. */
export async function checksumOfFile(path: string, signal?: AbortSignal): Promise<Checksum> {
  await stat(path).catch((cause: unknown) => {
    throw new ImageError('image_not_found', `There is no image ${path} on this machine`, { cause })
  })
  const hash = createHash('sha256')
  // A stream that is aborted before anybody listens to it ends the process.
  signal?.throwIfAborted()
  for await (const chunk of createReadStream(path, { signal })) hash.update(chunk as Uint8Array)
  return { algorithm: 'sha256', digest: hash.digest('hex') }
}

/** A small text from the web, fetched by this machine. */
export async function textFromHere(url: string, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of await openUrl(url, 0, signal)) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks).toString()
}

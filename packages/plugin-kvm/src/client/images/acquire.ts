import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { formatSize } from '@lares/core'
import type { Host } from '@lares/transport'
import { ACQUIRE } from './acquire-script.ts'
import type { Checksum } from './checksum.ts'
import { ImageError } from './error.ts'

export interface AcquireOptions {
  signal?: AbortSignal | undefined
  /** Says what goes on: progress, a wait. */
  log?: ((message: string) => void) | undefined
}

export interface Acquisition {
  /** On the host. */
  directory: string
  /** Name of the verified file. */
  name: string
  checksum: Checksum
  /** What is fetched; for messages, too. */
  url: string
  /** `xz`, `gzip`, `zstd` or `bzip2`, when it is packed. */
  unpack: string | undefined
  /** Gives the bytes from an offset on; without it the host fetches them itself. */
  open?: ((offset: number, signal: AbortSignal) => Promise<Readable>) | undefined
}

/** How it ended without the image: a word of the script, what belongs to it, and what the tools said. */
interface Failure {
  reason: string
  words: string[]
  stderr: string
}

/** Brings one file to a host, verified, under a name that it has only when it is whole. */
export async function acquire(host: Host, acquisition: Acquisition, options: AcquireOptions = {}): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const failure = await attemptOnce(host, acquisition, options)
    if (!failure) return
    // What had been begun may have been of something else.
    const resumed = ['download', 'checksum'].includes(failure.reason) && failure.words[1] === '1'
    if (!resumed || attempt > 0) throw errorOf(failure, acquisition, host)
  }
}

async function attemptOnce(
  host: Host,
  { directory, name, checksum, url, unpack, open }: Acquisition,
  { signal, log = () => {} }: AcquireOptions,
): Promise<Failure | undefined> {
  const begun = `lares-partial-${checksum.digest.slice(0, 32)}`
  const { algorithm, digest } = checksum
  const args = [directory, begun, name, algorithm, digest, unpack ?? '', open ? 'here' : 'host']
  const control = new AbortController()
  const all = signal ? AbortSignal.any([signal, control.signal]) : control.signal
  const child = await host.spawn(['sh', '-c', ACQUIRE, 'sh', ...args], { signal: all })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-4000)
  })
  child.stdin.on('error', () => {})
  if (open) child.stdin.write('\n')
  else child.stdin.end(`${new URL(url).href}\n`)
  const progress = progressLog(url, log)
  let failure: Failure | undefined
  let sending: Promise<unknown> = Promise.resolve()
  for await (const line of createInterface({ input: child.stdout })) {
    const [word = '', ...words] = line.split(' ')
    if (word === 'fail') failure = { reason: words[0]!, words: words.slice(1), stderr: '' }
    else if (word === 'offset' && open)
      sending = open(Number(words[0]), all)
        .then((source) => send(source, child.stdin, Number(words[0]), progress))
        .catch((error: unknown) => {
          control.abort(error)
          return error
        })
    else progress(word, Number(words[0]))
  }
  const broken = await sending
  const code = await child.exited
  signal?.throwIfAborted()
  if (broken instanceof Error) throw broken
  return failure ? { ...failure, stderr } : code === 0 ? undefined : { reason: 'ended', words: [String(code)], stderr }
}

const STALLED = 60_000

async function send(
  source: Readable,
  target: NodeJS.WritableStream,
  offset: number,
  progress: (word: string, bytes: number) => void,
): Promise<void> {
  let sent = offset
  let last = Date.now()
  let refused: unknown
  target.once('error', (error: unknown) => {
    refused = error
  })
  const idle = setInterval(() => {
    if (Date.now() - last > STALLED)
      source.destroy(new ImageError('image_unreachable', `Nothing came for ${STALLED / 1000} seconds`))
  }, 5000)
  source.on('data', (chunk: Uint8Array) => {
    sent += chunk.length
    last = Date.now()
    progress('bytes', sent)
  })
  try {
    await pipeline(source, target)
  } catch (error) {
    // Where it is the other end that closed, the script says why.
    if (error !== refused) throw error
  } finally {
    clearInterval(idle)
  }
}

/** Says how far it is, every five seconds at most. */
function progressLog(url: string, log: (message: string) => void): (word: string, bytes: number) => void {
  const file = url.split('/').at(-1)
  let total = 0
  let last = Date.now()
  return (word, bytes) => {
    if (word === 'total') total = bytes
    else if (word === 'waiting') log(`another run is fetching ${file}: waiting for it`)
    else if (word === 'verify') log(`checking ${file}`)
    else if (word === 'unpack') log(`unpacking ${file}`)
    else if (word === 'bytes' && Date.now() - last >= 5000) {
      last = Date.now()
      log(`fetching ${file}: ${amount(bytes)}${total > 0 ? ` of ${amount(total)}` : ''}`)
    }
  }
}

const amount = (bytes: number): string => formatSize(Math.round(bytes / 2 ** 20) * 2 ** 20)

/** What curl and wget say when they cannot get to a server, which another machine may. */
const UNREACHED = new Set(['6', '7', '28', '35', '4', '5'])

/** True when the host itself cannot fetch it, and this machine may try. */
export const isOutOfReach = (error: unknown): boolean =>
  error instanceof ImageError &&
  (error.code === 'image_unreachable' || (error.code === 'no_tool' && /curl/.test(error.message)))

function errorOf(
  { reason, words, stderr }: Failure,
  { url, directory, checksum }: Acquisition,
  host: Host,
): ImageError {
  const detail = stderr.trim()
  const [first = '', second = ''] = words
  const full = new ImageError(
    'no_space',
    reason === 'space' && first !== ''
      ? `The image needs ${amount(Number(first) * 1024)} in ${directory}, and ${amount(Number(second) * 1024)} are free`
      : `The disk of ${directory} is full`,
    { detail, advice: 'Make room there, or keep images in another pool.' },
  )
  if (reason === 'space' || /No space left on device/i.test(detail)) return full
  if (reason === 'checksum')
    return new ImageError('wrong_checksum', `What came from ${url} has the ${checksum.algorithm} checksum ${first}`, {
      detail: `${checksum.digest} was expected`,
      advice:
        'Either the image was replaced there by a newer one, or it is not what you think. Nothing of it was kept.',
    })
  if (reason === 'tool')
    return new ImageError('no_tool', `${host.description} has no ${first}`, { advice: `Install ${first} there.` })
  if (reason === 'locked')
    return new ImageError('locked', 'Another run is fetching this image for more than an hour', { detail })
  if (reason === 'unpack') return new ImageError('unusable_image', `${url} could not be unpacked`, { detail })
  if (reason === 'directory')
    return new ImageError('not_writable', `Images cannot be kept in ${directory}`, {
      detail,
      advice: 'The login on the hypervisor must be able to write there.',
    })
  if (reason === 'download' && (first === '22' || first === '8'))
    return new ImageError('image_not_found', `There is no image at ${url}`, { detail, advice: 'Check the address.' })
  if (reason === 'download' && UNREACHED.has(first))
    return new ImageError('image_unreachable', `${url} cannot be reached`, { detail })
  return new ImageError('image_unreachable', `${url} could not be fetched`, {
    detail: detail || `${reason} ${words.join(' ')}`,
  })
}

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Pack } from 'tar-stream'
import { DockerError } from './error.ts'

export type BuildContextOptions = {
  /** Directory on this machine. */
  directory: string
  /** Path, from the directory; `Dockerfile` when absent. It may lie outside. */
  dockerfile?: string | undefined
  /** The Dockerfile's text, in place of a file. */
  dockerfileInline?: string | undefined
}

/** A directory as the engine gets it for a build. */
export type BuildContext = {
  /** Name of the Dockerfile within the archive. */
  dockerfile: string
  dockerfileText: string
  /** The archive, the same bytes each time for the same files: no times, no owners. */
  pack(signal?: AbortSignal): Readable
  /** `sha256:…` of the archive. */
  digest(signal?: AbortSignal): Promise<string>
}

type Entry = { name: string; type: 'file' | 'directory' | 'symlink'; mode: number; size: number; linkname?: string }

const INLINE_NAME = '.lares.Dockerfile'

/**
 * Collects the files of a build context. `.dockerignore`, or `<dockerfile>.dockerignore` when there is one, is honoured;
 * the Dockerfile itself is always part of it.
 * @throws DockerError `invalid` when the directory or the Dockerfile cannot be read.
 */
export async function buildContext(options: BuildContextOptions, signal?: AbortSignal): Promise<BuildContext> {
  const { directory, dockerfile = 'Dockerfile', dockerfileInline } = options
  const dockerfileText = dockerfileInline ?? (await readText(directory, dockerfile))
  const isWithin =
    dockerfileInline === undefined && !/^\.\.(?:\/|$)/.test(relative(directory, resolve(directory, dockerfile)))
  const name = isWithin ? relative(directory, resolve(directory, dockerfile)) : INLINE_NAME
  const keeps = await ignoreFilter(directory, dockerfile)
  const entries: Entry[] = []
  for await (const entry of walk(directory, '', keeps, signal)) entries.push(entry)
  if (isWithin && !entries.some((entry) => entry.name === name)) {
    entries.push({ name, ...(await describe(join(directory, name))) })
  }
  const sorted = entries.filter((entry) => entry.name !== INLINE_NAME).toSorted((a, b) => (a.name < b.name ? -1 : 1))

  const pack = (packSignal?: AbortSignal) =>
    packEntries(directory, sorted, isWithin ? undefined : dockerfileText, packSignal)
  return {
    dockerfile: name,
    dockerfileText,
    pack,
    async digest(digestSignal) {
      const hash = createHash('sha256')
      for await (const chunk of pack(digestSignal)) hash.update(chunk)
      return `sha256:${hash.digest('hex')}`
    },
  }
}

async function readText(directory: string, path: string): Promise<string> {
  try {
    return await readFile(resolve(directory, path), 'utf8')
  } catch (error) {
    throw unreadable(directory, error)
  }
}

const unreadable = (directory: string, error: unknown) =>
  new DockerError('invalid', `build context ${directory}: ${(error as Error).message}`, { cause: error })

/** The state of a lab: it changes with each run, the key of the lab is in it, and no image is to have that. */
const STATE = '.lares'

type Filter = { keeps(path: string): boolean; mayKeepBelow(directory: string): boolean }

async function ignoreFilter(directory: string, dockerfile: string): Promise<Filter> {
  const patterns =
    (await readOptional(resolve(directory, `${dockerfile}.dockerignore`))) ??
    (await readOptional(join(directory, '.dockerignore')))
  if (patterns === undefined) {
    const isOther = (path: string) => !path.split('/').includes(STATE)
    return { keeps: isOther, mayKeepBelow: isOther }
  }
  const { default: dockerignore } = await import('@balena/dockerignore')
  const keeps = dockerignore.default({ ignorecase: false }).add(`**/${STATE}\n${patterns}`).createFilter()
  const hasExceptions = /^\s*!/m.test(patterns)
  return { keeps, mayKeepBelow: (path) => hasExceptions || keeps(path) }
}

const readOptional = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined)

async function* walk(root: string, below: string, filter: Filter, signal?: AbortSignal): AsyncGenerator<Entry> {
  for (const child of await readdir(join(root, below), { withFileTypes: true })) {
    signal?.throwIfAborted()
    const name = below === '' ? child.name : `${below}/${child.name}`
    const isKept = filter.keeps(name)
    const isDirectory = child.isDirectory()
    if (isKept && (isDirectory || child.isFile() || child.isSymbolicLink())) {
      yield { name, ...(await describe(join(root, name))) }
    }
    if (isDirectory && filter.mayKeepBelow(name)) yield* walk(root, name, filter, signal)
  }
}

/** Only the executable bit counts, so that the umask of a checkout changes nothing. */
async function describe(path: string): Promise<Omit<Entry, 'name'>> {
  const stat = await lstat(path)
  if (stat.isSymbolicLink()) return { type: 'symlink', mode: 0o777, size: 0, linkname: await readlink(path) }
  if (stat.isDirectory()) return { type: 'directory', mode: 0o755, size: 0 }
  return { type: 'file', mode: stat.mode & 0o111 ? 0o755 : 0o644, size: stat.size }
}

/** The engine reads as fast as it can; nothing is held back but what the pack itself buffers. */
function packEntries(
  directory: string,
  entries: readonly Entry[],
  inline: string | undefined,
  signal?: AbortSignal,
): Readable {
  const archive = new PassThrough()
  writeArchive(archive, directory, entries, inline, signal).catch((error: Error) => archive.destroy(error))
  return archive
}

async function writeArchive(
  archive: PassThrough,
  directory: string,
  entries: readonly Entry[],
  inline: string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const { default: tar } = await import('tar-stream')
  const pack = tar.pack()
  const delivered = pipeline(pack, archive, { ...(signal && { signal }) })
  const written = writeEntries(pack, directory, entries, inline, signal).catch((error: Error) => pack.destroy(error))
  await Promise.all([delivered, written])
}

async function writeEntries(
  pack: Pack,
  directory: string,
  entries: readonly Entry[],
  inline: string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const epoch = new Date(0)
  for (const { linkname, ...entry } of entries) {
    const header = { ...entry, mtime: epoch, uid: 0, gid: 0, ...(linkname !== undefined && { linkname }) }
    if (entry.type === 'file' && entry.size > 0) {
      await pipeline(contentOf(directory, entry), pack.entry(header), { ...(signal && { signal }) })
    } else {
      pack.entry(header, '')
    }
  }
  if (inline !== undefined) pack.entry({ name: INLINE_NAME, mode: 0o644, mtime: epoch, uid: 0, gid: 0 }, inline)
  pack.finalize()
}

async function* contentOf(directory: string, { name, size }: Pick<Entry, 'name' | 'size'>): AsyncGenerator<Buffer> {
  let read = 0
  try {
    for await (const chunk of createReadStream(join(directory, name), { end: size - 1 })) {
      read += chunk.length
      yield chunk
    }
  } catch (error) {
    throw unreadable(directory, error)
  }
  if (read < size) throw unreadable(directory, new Error(`${name} became shorter while it was read`))
}

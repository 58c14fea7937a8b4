import { randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { lstat, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileErrorFromErrno } from './file-error.ts'
import { bytesOf, defaultFileMode, defaultMaxBytes, type Files } from './files.ts'
import type { Command, ExecOptions, ExecResult, WriteOptions } from './host.ts'
import { HostError, isHostError, throwIfAborted } from './host-error.ts'

type Exec = (command: Command, options?: ExecOptions) => Promise<ExecResult>

/** Files of this machine through the file system of this process. */
export function localFiles(description: string, exec: Exec): Files {
  return {
    async readFile(path, { signal, maxBytes = defaultMaxBytes } = {}) {
      const subject = `${description}: can't read ${path}`
      throwIfAborted(signal, subject)
      try {
        return await readBounded(path, maxBytes, subject, signal)
      } catch (error) {
        throw asHostError(subject, error)
      }
    },

    async writeFile(path, data, options = {}) {
      const subject = `${description}: can't write ${path}`
      throwIfAborted(options.signal, subject)
      try {
        await replace(path, bytesOf(data), options, exec)
      } catch (error) {
        throw asHostError(subject, error)
      }
    },
  }
}

/** Works for files of `/proc` too, whose size is always 0. */
async function readBounded(path: string, maxBytes: number, subject: string, signal: AbortSignal | undefined) {
  const file = await open(path, constants.O_RDONLY)
  const chunks: Buffer[] = []
  let size = 0
  try {
    // A stream that is aborted before anybody listens to it ends the process.
    throwIfAborted(signal, subject)
    for await (const chunk of file.createReadStream({ autoClose: false, signal }) as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw new HostError('output_too_large', `${subject}: it has more than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } finally {
    await file.close()
  }
}

async function replace(path: string, data: Uint8Array, options: WriteOptions, exec: Exec): Promise<void> {
  const previous = await statOf(path)
  if (previous?.isDirectory()) throw Object.assign(new Error(`${path} is a directory`), { code: 'EISDIR' })
  const kept = previous?.isFile() ? previous : undefined
  const uid = options.owner === undefined ? kept?.uid : await idOf(exec, 'passwd', options.owner)
  const gid = options.group === undefined ? kept?.gid : await idOf(exec, 'group', options.group)
  const mode = options.mode ?? (kept ? kept.mode & 0o7777 : defaultFileMode)

  const temporary = join(dirname(path), `.${basename(path)}.lares.${randomBytes(6).toString('hex')}`)
  const file = await open(temporary, 'wx', 0o600)
  try {
    try {
      await file.writeFile(data, { signal: options.signal })
      const now = await file.stat()
      if ((uid ?? now.uid) !== now.uid || (gid ?? now.gid) !== now.gid) await file.chown(uid ?? now.uid, gid ?? now.gid)
      await file.chmod(mode)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(dirname(path))
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function idOf(exec: Exec, database: 'passwd' | 'group', name: string): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name)
  const { stdout } = await exec(['getent', database, name], { reject: false })
  const id = stdout.split(':')[2]
  if (!id) throw new Error(`there is no ${database === 'passwd' ? 'user' : 'group'} ${name}`)
  return Number(id)
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function asHostError(subject: string, error: unknown): HostError {
  if (isHostError(error)) return error
  const cause = error as NodeJS.ErrnoException
  if (cause.name === 'AbortError') return new HostError('aborted', `${subject}: aborted`, { cause })
  return fileErrorFromErrno(subject, cause)
}

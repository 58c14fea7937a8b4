import { constants } from 'node:fs'
import { copyFile, link, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode } from './diagnostics.ts'

/** The file's bytes, or undefined when there is none. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Writes all of `bytes` at `position`, however many calls it takes. */
export async function writeFully(
  handle: Awaited<ReturnType<typeof open>>,
  bytes: Buffer,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}

/** Writes a new file, readable by its owner alone, and waits until it is on the disk. */
export async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600)
  try {
    await writeFully(handle, Buffer.from(text), 0)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Replaces a file as a whole: at any moment, and after any crash, either the old text or the new one is there. */
export async function replaceDurably(file: string, text: string): Promise<void> {
  const next = `${file}.tmp`
  try {
    await writeDurably(next, text)
    await rename(next, file)
  } catch (error) {
    await rm(next, { force: true }).catch(() => {})
    throw error
  }
  await syncDirectory(dirname(file))
}

/** Makes creations, renames and removals in a directory survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Gives a file a second name, which must be free; a copy where the file system has no hard links. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errorCode(error) ?? '')) throw error
    await copyFile(from, to, constants.COPYFILE_EXCL)
  }
}

import type { Readable } from 'node:stream'
import { type CallOptions, call, type EngineAccess } from './engine-access.ts'

/** A file as it is to be in a container. */
export type ContainerFile = {
  /** Absolute path; directories that are missing are made. */
  target: string
  content: string | Buffer
  uid?: number
  gid?: number
  /** Permissions, such as 0o644, which they are when absent. */
  mode?: number
}

/** Sends files as one archive. */
export async function putFiles(
  access: EngineAccess,
  name: string,
  files: readonly ContainerFile[],
  options: CallOptions,
): Promise<void> {
  const { default: tar } = await import('tar-stream')
  const pack = tar.pack()
  for (const { target, content, uid = 0, gid = 0, mode = 0o644 } of files)
    pack.entry({ name: target.replace(/^\/+/, ''), mode, uid, gid, mtime: new Date(0) }, content)
  pack.finalize()
  await call(access, { request: `put files into container ${name}`, options }, (abortSignal) =>
    access.docker.getContainer(name).putArchive(pack as unknown as Readable, { path: '/', abortSignal }),
  )
}

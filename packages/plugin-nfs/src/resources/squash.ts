import type { ExportClientInputs } from './export-client.ts'
import type { ExportSource } from './source.ts'

/** A user as files know it, by numbers alone; over NFS with `sec=sys` nothing else travels. */
export interface Ids {
  uid: number
  gids: readonly number[]
}

/** Whom the server takes a user of a client for. */
export function asServerSees({ uid, gids }: Ids, { squash, anonUid, anonGid }: ExportClientInputs): Ids {
  if (squash === 'all') return { uid: anonUid, gids: [anonGid] }
  if (squash === 'none') return { uid, gids }
  return { uid: uid === 0 ? anonUid : uid, gids: gids.map((gid) => (gid === 0 ? anonGid : gid)) }
}

/** Whether a user may list a directory, or write into it, by its mode. Lists of access control may say otherwise. */
export function mayUse(
  { uid, gids }: Ids,
  directory: NonNullable<ExportSource['directory']>,
  verb: 'read' | 'write',
): boolean {
  if (uid === 0) return true
  const mode = Number.parseInt(directory.mode, 8)
  const bits = uid === directory.uid ? mode >> 6 : gids.includes(directory.gid) ? mode >> 3 : mode
  const wanted = verb === 'write' ? 0o7 : 0o5
  return (bits & wanted) === wanted
}

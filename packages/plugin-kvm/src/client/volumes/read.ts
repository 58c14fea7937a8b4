import { LibvirtError } from '../error.ts'
import type { Libvirt } from '../virsh.ts'
import { parseVolume, type Volume, type VolumeKey } from './document.ts'
import { refreshPool } from './refresh.ts'

/**
 * Volumes by name, in the order of the questions, in one round trip: null where there is no such volume or pool. One that
 * cannot be read, as when its pool is not started, has its LibvirtError.
 */
export async function readVolumes(
  libvirt: Libvirt,
  keys: readonly VolumeKey[],
  signal?: AbortSignal,
): Promise<(Volume | null | LibvirtError)[]> {
  if (keys.length === 0) return []
  const answers = await libvirt.read(
    keys.map(({ pool, name }) => ['vol-dumpxml', '--pool', pool, '--vol', name]),
    signal,
  )
  return answers.map((answer, index) => {
    if (typeof answer === 'string') return parseVolume(keys[index]!.pool, answer)
    return isGone(answer) ? null : answer
  })
}

/** No such volume, or its file was taken away behind libvirt's back. */
export const isGone = (error: LibvirtError): boolean =>
  error.code === 'not_found' || /No such file or directory/.test(error.detail)

/** One volume, or null. Rejects with `not_running` when its pool is not started. */
export async function readVolume(libvirt: Libvirt, key: VolumeKey, signal?: AbortSignal): Promise<Volume | null> {
  const [found] = await readVolumes(libvirt, [key], signal)
  if (found instanceof Error) throw found
  return found ?? null
}

/** The same, but a pool that does not know of it looks again: its file may be newer than what libvirt has seen. */
export async function findVolume(libvirt: Libvirt, key: VolumeKey, signal?: AbortSignal): Promise<Volume | null> {
  const known = await readVolume(libvirt, key, signal)
  if (known) return known
  await refreshPool(libvirt, key.pool, { signal })
  return await readVolume(libvirt, key, signal)
}

/** Every volume of some pools, which must be started. */
export async function listVolumes(
  libvirt: Libvirt,
  pools: string | readonly string[],
  signal?: AbortSignal,
): Promise<Volume[]> {
  const names = typeof pools === 'string' ? [pools] : pools
  if (names.length === 0) return []
  const lists = await libvirt.read(
    names.map((pool) => ['vol-list', '--pool', pool]),
    signal,
  )
  const keys = lists.flatMap((list, index) => {
    if (typeof list !== 'string') throw list
    return volumeNames(list).map((name) => ({ pool: names[index]!, name }))
  })
  const found = await readVolumes(libvirt, keys, signal)
  return found.flatMap((volume) => {
    if (volume instanceof Error) throw volume
    // It went while this was looking.
    return volume ? [volume] : []
  })
}

/** The names in what `vol-list` prints: name and path in columns. */
const volumeNames = (list: string): string[] =>
  list.split('\n').flatMap((line) => {
    const [, name] = /^\s*(.+?)\s{2,}\S/.exec(line) ?? []
    return name === undefined ? [] : [name]
  })

/** One volume, which is there. */
export async function mustRead(libvirt: Libvirt, key: VolumeKey, signal: AbortSignal | undefined): Promise<Volume> {
  const volume = await readVolume(libvirt, key, signal)
  if (!volume) throw new LibvirtError('not_found', `The volume "${key.name}" went from the pool "${key.pool}"`)
  return volume
}

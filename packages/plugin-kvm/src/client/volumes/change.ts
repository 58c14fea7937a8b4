import { createHash } from 'node:crypto'
import { isLibvirtError, LibvirtError } from '../error.ts'
import { type Libvirt, STDIN } from '../virsh.ts'
import { formatXml } from '../xml.ts'
import { attachmentsOf } from './attachments.ts'
import { type Volume, type VolumeKey, type VolumeSpec, volumeXml } from './document.ts'
import { findVolume, isGone, mustRead, readVolume } from './read.ts'
import { refreshPool } from './refresh.ts'
import { renameVolume, taken } from './rename.ts'

export interface VolumeOptions {
  signal?: AbortSignal | undefined
  /** Milliseconds for a copy; an hour by default. */
  timeout?: number | undefined
}

const COPY_TIMEOUT = 3_600_000

/**
 * Makes a volume. What takes long, a copy or an upload, is made under another name and renamed when it is whole, so a
 * volume of this name is never half of one. Rejects with `already_exists` when there is one.
 */
export async function createVolume(libvirt: Libvirt, spec: VolumeSpec, options: VolumeOptions = {}): Promise<Volume> {
  const { pool, name, copyOf, content, file } = spec
  const { signal, timeout = COPY_TIMEOUT } = options
  const isEmpty = !copyOf && !content && file === undefined
  if (await (isEmpty ? readVolume : findVolume)(libvirt, spec, signal)) throw taken(spec)
  if (isEmpty) {
    await define(libvirt, spec, signal).catch(async (error: unknown) => {
      if (!isLibvirtError(error, 'already_exists')) throw error
      // A file that was taken away by hand is known to be gone after this.
      await refreshPool(libvirt, pool, { signal })
      await define(libvirt, spec, signal)
    })
    return await mustRead(libvirt, spec, signal)
  }
  const partial = { pool, name: partialName(name) }
  await deleteVolume(libvirt, partial, { signal })
  try {
    if (copyOf) {
      const input = formatXml(volumeXml({ ...spec, capacity: 0, name: partial.name }))
      const args = [
        'vol-create-from',
        '--pool',
        pool,
        '--file',
        STDIN,
        '--vol',
        copyOf.name,
        '--inputpool',
        copyOf.pool,
      ]
      await libvirt.virsh(args, { input, timeout, signal })
      await growTo(libvirt, partial, spec.capacity, signal)
    } else {
      await define(libvirt, { ...spec, capacity: spec.capacity ?? content?.length, name: partial.name }, signal)
      const args = ['vol-upload', '--pool', pool, '--vol', partial.name, '--file', file ?? STDIN]
      await libvirt.virsh(args, { input: content, timeout, signal })
    }
    await renameVolume(libvirt, partial, name, { signal })
  } catch (error) {
    await deleteVolume(libvirt, partial).catch(() => {})
    throw error
  }
  return await mustRead(libvirt, spec, signal)
}

const define = (libvirt: Libvirt, { pool, ...spec }: VolumeSpec, signal: AbortSignal | undefined) =>
  libvirt.virsh(['vol-create', '--pool', pool, '--file', STDIN], { input: formatXml(volumeXml(spec)), signal })

/** One name for each target, so that what an interrupted run left is found and goes. */
export const partialName = (name: string): string =>
  `lares-partial-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`

async function growTo(
  libvirt: Libvirt,
  key: VolumeKey,
  capacity: number | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const now = (await mustRead(libvirt, key, signal)).capacity
  if (capacity === undefined || capacity === now) return
  if (capacity < now) throw shrinking(key, now, capacity)
  await libvirt.virsh(['vol-resize', '--pool', key.pool, '--vol', key.name, `${capacity}B`], { signal })
}

const shrinking = ({ name }: VolumeKey, from: number, to: number) =>
  new LibvirtError('invalid', `The volume "${name}" has ${from} bytes and is not made smaller, to ${to}`, {
    advice: 'What is on it would be cut off. Make another volume and copy what you need.',
  })

/** Grows a volume; a running guest that it is attached to sees it at once. Shrinking is refused. */
export async function resizeVolume(
  libvirt: Libvirt,
  key: VolumeKey,
  capacity: number,
  { signal }: VolumeOptions = {},
): Promise<Volume> {
  const volume = await mustRead(libvirt, key, signal)
  if (capacity < volume.capacity) throw shrinking(key, volume.capacity, capacity)
  if (capacity > volume.capacity) {
    const running = (await attachmentsOf(libvirt, volume.path, signal)).find((each) => each.running)
    await (running
      ? libvirt.virsh(['blockresize', running.domain, volume.path, `${capacity}B`], { signal })
      : libvirt.virsh(['vol-resize', '--pool', key.pool, '--vol', key.name, `${capacity}B`], { signal }))
  }
  return await mustRead(libvirt, key, signal)
}

/** Deletes a volume. Resolves with false when it is gone already. */
export async function deleteVolume(
  libvirt: Libvirt,
  { pool, name }: VolumeKey,
  { signal }: VolumeOptions = {},
): Promise<boolean> {
  try {
    await libvirt.virsh(['vol-delete', '--pool', pool, '--vol', name], { signal })
    return true
  } catch (error) {
    if (!isLibvirtError(error) || !isGone(error)) throw error
    return false
  }
}

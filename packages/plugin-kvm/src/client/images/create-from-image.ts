import type { Libvirt } from '../virsh.ts'
import { createVolume, deleteVolume, partialName, type VolumeOptions } from '../volumes/change.ts'
import type { Volume, VolumeSpec } from '../volumes/document.ts'
import type { HostImage } from './ensure-image.ts'
import { imagePool } from './image-pool.ts'

/**
 * Makes a volume that begins as a copy of an image. libvirt copies volumes alone, so a file that is in no pool is brought
 * into the pool of images first, and taken out again.
 */
export async function createFromImage(
  libvirt: Libvirt,
  spec: Omit<VolumeSpec, 'copyOf' | 'backing' | 'content' | 'file'>,
  { path, format, virtualSize, volume }: HostImage,
  options: VolumeOptions = {},
): Promise<Volume> {
  if (volume) return await createVolume(libvirt, { ...spec, copyOf: volume }, options)
  const { name: pool } = await imagePool(libvirt, undefined, options.signal)
  const lent = { pool, name: partialName(`${spec.pool}/${spec.name}`) }
  await deleteVolume(libvirt, lent, options)
  try {
    await createVolume(libvirt, { ...lent, format, capacity: virtualSize, file: path }, options)
    return await createVolume(libvirt, { ...spec, copyOf: lent }, options)
  } finally {
    await deleteVolume(libvirt, lent).catch(() => {})
  }
}

import { fail, parseSize } from '@lares/core'
import { createFromImage } from '../../client/images/create-from-image.ts'
import { ensureImage } from '../../client/images/ensure-image.ts'
import type { Libvirt } from '../../client/index.ts'
import { createVolume, resizeVolume } from '../../client/volumes/change.ts'
import { findVolume } from '../../client/volumes/read.ts'
import type { PlacedDisk } from './layout.ts'

export interface StorageContext {
  connection: Libvirt
  signal: AbortSignal
  log(message: string): void
}

/** Makes the volume of a disk, unless it is there. Its name tells whose it is, so one that is there is taken. */
export async function provideVolume(context: StorageContext, { wanted, mark, source }: PlacedDisk): Promise<void> {
  const { connection, signal, log } = context
  const { pool, volume: name } = mark
  if (pool === undefined || name === undefined) return
  const there = await findVolume(connection, { pool, name }, signal)
  const size = wanted.size === undefined ? undefined : parseSize(wanted.size)
  if (there) {
    log(`the disk ${wanted.name} is there already: ${there.path}`)
    if (size !== undefined && size > there.capacity) await resizeVolume(connection, { pool, name }, size, { signal })
    return
  }
  if (wanted.image === undefined) {
    if (size === undefined)
      fail({
        code: 'invalid_input',
        path: `disks.${wanted.name}`,
        summary: `The disk "${wanted.name}" has neither a size nor an image`,
      })
    await createVolume(connection, { pool, name, capacity: size, format: source.format }, { signal })
    return
  }
  const image = await ensureImage(connection, wanted.image, { log, signal })
  const capacity = Math.max(size ?? 0, image.virtualSize)
  const spec = { pool, name, capacity, format: source.format }
  if (wanted.backing === 'overlay') {
    log(`laying the disk ${wanted.name} over its image`)
    await createVolume(connection, { ...spec, backing: image }, { signal })
    return
  }
  log(`copying its image to the disk ${wanted.name}`)
  await createFromImage(connection, spec, image, { signal })
}

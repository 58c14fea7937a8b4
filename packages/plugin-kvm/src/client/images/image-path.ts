import { LibvirtError } from '../error.ts'
import type { Libvirt } from '../virsh.ts'
import type { HostImage } from './ensure-image.ts'
import { ImageError } from './error.ts'

interface QemuImage {
  format: string
  'virtual-size': number
  'backing-filename'?: string
}

/** An image that is on the hypervisor already. Rejects with `image_not_found` when it is not. */
export async function describePath(libvirt: Libvirt, path: string, signal?: AbortSignal): Promise<HostImage> {
  const command = ['qemu-img', 'info', '--output=json', '--force-share', path] as const
  const { exitCode, stdout, stderr } = await libvirt.host.exec(command, { signal, reject: false })
  if (exitCode === 127)
    throw new ImageError('no_tool', `${libvirt.host.description} has no qemu-img`, {
      advice: 'Install qemu-utils there.',
    })
  if (exitCode !== 0) {
    const missing = /No such file/.test(stderr)
    throw new ImageError(
      missing ? 'image_not_found' : 'unusable_image',
      missing ? `There is no image ${path} on ${libvirt.host.description}` : `The image ${path} cannot be read`,
      { detail: stderr.trim() },
    )
  }
  const image = JSON.parse(stdout) as QemuImage
  const backing = image['backing-filename']
  if (backing !== undefined)
    throw new ImageError('unusable_image', `The image ${path} is not whole: it refers to ${backing}`)
  const [pool, name] = await libvirt.read(
    [
      ['vol-pool', '--vol', path],
      ['vol-name', '--vol', path],
    ],
    signal,
  )
  const found = { path, format: image.format, virtualSize: image['virtual-size'] }
  if (pool === undefined || name === undefined || pool instanceof LibvirtError || name instanceof LibvirtError)
    return found
  return { ...found, volume: { pool: pool.trim(), name: name.trim() } }
}

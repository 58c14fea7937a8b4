import { isLibvirtError } from '../error.ts'
import { type Libvirt, STDIN } from '../virsh.ts'
import { element, formatXml, get, parseXml } from '../xml.ts'
import { ImageError } from './error.ts'

export interface ImagePool {
  name: string
  /** Its directory on the hypervisor. */
  path: string
}

/** Where images are kept unless told otherwise: in a place that AppArmor and SELinux let guests read. */
export const IMAGE_POOL: ImagePool = { name: 'lares-images', path: '/var/lib/libvirt/images/lares-images' }

const DIRECTORIES = new Set(['dir', 'fs', 'netfs'])

/** A started pool that is a directory. The one for images is made when it is not there; others must be. */
export async function imagePool(
  libvirt: Libvirt,
  name: string = IMAGE_POOL.name,
  signal?: AbortSignal,
): Promise<ImagePool> {
  if (name === IMAGE_POOL.name) await madeOnce(libvirt, signal)
  const pool = parseXml(await libvirt.virsh(['pool-dumpxml', '--pool', name], { signal }))
  const path = get(pool, 'target/path')
  if (path === undefined || !DIRECTORIES.has(pool.attributes.type ?? ''))
    throw new ImageError('not_writable', `The pool "${name}" is no directory, so it cannot keep images`)
  return { name, path }
}

const making = new WeakMap<Libvirt, Promise<void>>()

/** Guests that are made at the same time make it together. */
function madeOnce(libvirt: Libvirt, signal: AbortSignal | undefined): Promise<void> {
  const shared = making.get(libvirt) ?? makeImagePool(libvirt, signal).finally(() => making.delete(libvirt))
  making.set(libvirt, shared)
  return shared
}

/** Each step may have been done by another run, or by one that was interrupted; one that runs is finished. */
async function makeImagePool(libvirt: Libvirt, signal: AbortSignal | undefined): Promise<void> {
  const { name, path } = IMAGE_POOL
  const [info] = await libvirt.read([['pool-info', '--pool', name]], signal)
  if (typeof info === 'string' && /^State:\s+running$/m.test(info)) return
  const permissions = element('permissions', {}, element('mode', {}, '0755'))
  const document = element(
    'pool',
    { type: 'dir' },
    element('name', {}, name),
    element('target', {}, element('path', {}, path), permissions),
  )
  if (typeof info !== 'string') {
    if (info && info.code !== 'not_found') throw info
    await orThere(libvirt.virsh(['pool-define', '--file', STDIN], { input: formatXml(document), signal }))
  }
  await orThere(libvirt.virsh(['pool-build', '--pool', name], { signal }))
  await libvirt.virsh(['pool-autostart', '--pool', name], { signal })
  await orThere(libvirt.virsh(['pool-start', '--pool', name], { signal }))
}

const orThere = (call: Promise<unknown>): Promise<unknown> =>
  call.catch((error: unknown) => {
    if (!isLibvirtError(error, 'already_exists', 'already_running')) throw error
  })

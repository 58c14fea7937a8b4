import { createHash } from 'node:crypto'
import { formatSize, isUnknown, type Owner, parseSize } from '@lares/core'
import { setIn, type Tree, valueIn } from './fields.ts'
import type { DomainInputs } from './schema.ts'

export const nameOf = ({ name }: Pick<DomainInputs, 'name'>, { address }: Owner): string => name ?? address

/** The weights of a priority, for processors and disks alike. */
const WEIGHTS = { low: 25, normal: 100, high: 400, critical: 1000 } as const

const sizes = ['memory', 'maxMemory', 'resources.memoryLimit', 'resources.memorySoftLimit'] as const

/** As libvirt keeps it, in KiB. */
export const wholeKib = (size: string | number): string => formatSize(Math.ceil(parseSize(size) / 1024) * 1024)

/** Settings as the document has them: sizes in one notation, weights for a priority. */
export function settingsOf(said: Tree): Tree {
  const tree = structuredClone(said)
  for (const path of sizes) {
    const value = valueIn(said, path)
    if (value !== undefined && !isUnknown(value)) setIn(tree, path, wholeKib(value as string | number))
  }
  const weight = WEIGHTS[said['priority'] as keyof typeof WEIGHTS]
  if (weight !== undefined)
    tree['resources'] = { cpuShares: weight, ioWeight: weight, ...(tree['resources'] as Tree | undefined) }
  if (valueIn(said, 'cpu.model') !== undefined && valueIn(said, 'cpu.mode') === undefined)
    setIn(tree, 'cpu.mode', 'custom')
  return tree
}

export type DiskInputs = NonNullable<DomainInputs['disks']>[number]
export type InterfaceInputs = NonNullable<DomainInputs['interfaces']>[number]
/** With the name that it has when none was said. */
export type Named<T> = T & { name: string }

export const diskName = (disk: { name?: string | undefined }, index: number): string =>
  disk.name ?? (index === 0 ? 'root' : `disk${index}`)

export const namedDisks = (disks: readonly DiskInputs[] = []): (Named<DiskInputs> & { role: 'root' | 'data' })[] =>
  disks.map((disk, index) => ({
    ...disk,
    name: diskName(disk, index),
    role: disk.role ?? (index === 0 ? 'root' : 'data'),
  }))

export const interfaceName = (each: { name?: string | undefined }, index: number): string => each.name ?? `net${index}`

/** Interfaces with their names, and with addresses of their own that are always the same. */
export const namedInterfaces = (
  interfaces: readonly InterfaceInputs[] = [],
  owner: Owner,
): (Named<InterfaceInputs> & { mac: string })[] =>
  interfaces.map((each, index) => {
    const name = interfaceName(each, index)
    return { ...each, name, mac: each.mac ?? macOf(owner, name) }
  })

/** In the range that QEMU's guests have. */
function macOf({ lab, address }: Owner, name: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([lab, address, name]))
    .digest()
  return ['52', '54', '00', ...[...digest.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, '0'))].join(':')
}

/** Of a volume that is made with a guest. It tells whose it is, because a volume carries no other mark. */
export const volumeName = ({ lab, address }: Owner, part: string, extension: string): string =>
  `${lab}.${address}.${part}${extension}`

/** An image as text: what tells it from another. */
export function imageName(image: NonNullable<DiskInputs['image']>): string {
  if (typeof image === 'string') return image
  const { url, file, path, sha256, sha512 } = image
  const digest = sha256 ?? sha512
  return `${url ?? file ?? path}${digest === undefined ? '' : `#${digest.toLowerCase()}`}`
}

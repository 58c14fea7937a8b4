import { all, element, get, made, put, type Xml } from '../../../client/index.ts'
import type { DomainAttributes } from '../schema.ts'
import type { DiskInputs } from '../wanted.ts'

type Disk = DomainAttributes['disks'][number]

/** Of what kind a source is, and where. */
export interface Source {
  path?: string | undefined
  format?: string | undefined
  /** A device of the host, in place of a file. */
  block?: boolean
}

export const disksOf = (domain: Xml): Xml[] => all(domain, 'devices/disk')
export const targetOf = (disk: Xml): string => get(disk, 'target@dev') ?? ''

/** Without what libvirt's document has no place for. */
export function readDisk(disk: Xml): Omit<Disk, 'name'> {
  const { file, dev, dir, name, pool, volume } =
    disk.children.find((child): child is Xml => typeof child !== 'string' && child.name === 'source')?.attributes ?? {}
  const bootOrder = get(disk, 'boot@order')
  const said: Partial<Disk> = {
    bus: get(disk, 'target@bus'),
    path: file ?? dev ?? dir ?? name,
    pool,
    volume,
    format: get(disk, 'driver@type'),
    cache: get(disk, 'driver@cache'),
    discard: get(disk, 'driver@discard'),
    io: get(disk, 'driver@io'),
    bootOrder: bootOrder === undefined ? undefined : Number(bootOrder),
    serial: get(disk, 'serial'),
  }
  return {
    ...withoutUndefined(said),
    target: targetOf(disk),
    device: disk.attributes.device ?? 'disk',
    readOnly: get(disk, 'readonly') !== undefined,
  }
}

/** A new disk, or what was there with what is said now. */
export function writeDisk(wanted: DiskInputs, target: string, source: Source, before?: Xml): Xml {
  const disk = before ? structuredClone(before) : element('disk', { device: wanted.device })
  if (source.path !== undefined) {
    disk.attributes.type = source.block ? 'block' : 'file'
    const place = made(disk, 'source')
    place.attributes = { [source.block ? 'dev' : 'file']: source.path }
  }
  put(disk, '@type', disk.attributes.type ?? 'file')
  put(disk, 'driver@name', 'qemu')
  if (source.format !== undefined) put(disk, 'driver@type', source.format)
  for (const key of ['cache', 'discard', 'io'] as const)
    if (wanted[key] !== undefined) put(disk, `driver@${key}`, wanted[key])
  put(disk, 'target@dev', target)
  const bus = wanted.bus ?? (before ? undefined : busOf(wanted))
  if (bus !== undefined && bus !== get(disk, 'target@bus')) {
    put(disk, 'target@bus', bus)
    // Another bus has other addresses.
    put(disk, 'address', undefined)
  }
  if (wanted.bootOrder !== undefined) put(disk, 'boot@order', wanted.bootOrder)
  if (wanted.serial !== undefined) put(disk, 'serial', wanted.serial)
  if (wanted.readOnly === true || (!before && wanted.device === 'cdrom')) made(disk, 'readonly')
  else if (wanted.readOnly === false) put(disk, 'readonly', undefined)
  return disk
}

export const busOf = ({ bus, device }: Pick<DiskInputs, 'bus' | 'device'>): string =>
  bus ?? (device === 'cdrom' ? 'sata' : 'virtio')

/** The next free name for a disk on a bus: `vda`, `sdb`. */
export function freeTarget(bus: string, taken: Iterable<string>): string {
  const prefix = bus === 'virtio' ? 'vd' : bus === 'ide' ? 'hd' : 'sd'
  const used = new Set(taken)
  for (let index = 0; ; index++) {
    const target = `${prefix}${letters(index)}`
    if (!used.has(target)) return target
  }
}

const letters = (index: number): string =>
  index < 26 ? String.fromCharCode(97 + index) : `${letters(Math.floor(index / 26) - 1)}${letters(index % 26)}`

export const withoutUndefined = <T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never

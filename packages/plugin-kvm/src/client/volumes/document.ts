import { element, get, parseXml, type Xml } from '../xml.ts'

/** Which volume. */
export interface VolumeKey {
  pool: string
  name: string
}

/** A volume as libvirt reports it. */
export interface Volume extends VolumeKey {
  path: string
  /** `file`, `block`, `network`, … */
  type: string
  /** `qcow2`, `raw`, …; absent where a pool knows none. */
  format?: string
  /** Bytes that a guest sees. */
  capacity: number
  /** Bytes that it takes on the host. */
  allocation: number
  /** What it is laid over; what is not written in it is read there. */
  backing?: { path: string; format?: string }
  /** Permission bits, as octal digits: `0600`. */
  mode?: string
  /** Number of the user and of the group. */
  owner?: number
  group?: number
}

/** What a volume is made of: nothing, another volume below it or copied into it, or bytes. */
export interface VolumeSpec extends VolumeKey {
  /** Bytes; that of the origin when absent. */
  capacity?: number | undefined
  /** Bytes that are set aside at once. */
  allocation?: number | undefined
  format?: string | undefined
  mode?: string | undefined
  owner?: number | undefined
  group?: number | undefined
  /** It is laid over this one, which is then never written. */
  backing?: { path: string; format?: string | undefined } | undefined
  /** It is a copy of this one. */
  copyOf?: VolumeKey | undefined
  /** It holds these bytes, as they are. */
  content?: Uint8Array | undefined
  /** It holds what this file of the host holds, as it is. */
  file?: string | undefined
}

export function parseVolume(pool: string, text: string): Volume {
  const xml = parseXml(text)
  const number = (path: string) => Number(get(xml, path) ?? 0)
  const format = get(xml, 'target/format@type')
  const mode = get(xml, 'target/permissions/mode')
  const backing = get(xml, 'backingStore/path')
  const backingFormat = get(xml, 'backingStore/format@type')
  return {
    pool,
    name: get(xml, 'name') ?? '',
    path: get(xml, 'target/path') ?? get(xml, 'key') ?? '',
    type: xml.attributes.type ?? 'file',
    ...(format === undefined || format === 'unknown' ? {} : { format }),
    capacity: number('capacity'),
    allocation: number('allocation'),
    ...(backing ? { backing: { path: backing, ...(backingFormat ? { format: backingFormat } : {}) } } : {}),
    ...(mode === undefined
      ? {}
      : { mode, owner: number('target/permissions/owner'), group: number('target/permissions/group') }),
  }
}

/** The document that makes a volume. */
export function volumeXml(spec: Omit<VolumeSpec, 'pool'>): Xml {
  const { name, capacity = 0, allocation, format, mode, owner, group, backing } = spec
  const hasPermissions = mode !== undefined || owner !== undefined || group !== undefined
  // libvirt takes -1 for what it decides itself, but wants a mode where there are permissions.
  const permissions = element(
    'permissions',
    {},
    element('mode', {}, mode ?? '0600'),
    element('owner', {}, owner ?? -1),
    element('group', {}, group ?? -1),
  )
  return element(
    'volume',
    {},
    element('name', {}, name),
    element('capacity', { unit: 'bytes' }, capacity),
    allocation === undefined ? undefined : element('allocation', { unit: 'bytes' }, allocation),
    element(
      'target',
      {},
      format === undefined ? undefined : element('format', { type: format }),
      hasPermissions ? permissions : undefined,
    ),
    backing
      ? element(
          'backingStore',
          {},
          element('path', {}, backing.path),
          backing.format === undefined ? undefined : element('format', { type: backing.format }),
        )
      : undefined,
  )
}

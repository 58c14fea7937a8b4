import type { LibvirtError } from './error.ts'
import type { Libvirt } from './virsh.ts'
import { all, get, parseXml } from './xml.ts'

/** Where a pool's storage comes from. */
export interface PoolSource {
  host?: string
  directory?: string
  devices?: string[]
  /** A volume group, a ZFS pool, an RBD pool. */
  name?: string
  /** `ext4`, `nfs`, `lvm2`, … */
  format?: string
}

/** A storage pool as libvirt keeps it. */
export interface Pool {
  name: string
  uuid: string
  /** `dir`, `fs`, `netfs`, `logical`, `zfs`, … */
  type: string
  /** Where its volumes are found on the host. */
  path?: string
  source: PoolSource
  active: boolean
  autostart: boolean
  persistent: boolean
}

function parsePool(document: string, info: string): Pool {
  const xml = parseXml(document)
  const optional = (key: string, path: string) => {
    const value = get(xml, path)
    return value ? { [key]: value } : {}
  }
  const devices = all(xml, 'source/device').flatMap(({ attributes }) => attributes.path ?? [])
  const source: PoolSource = {
    ...optional('host', 'source/host@name'),
    ...optional('directory', 'source/dir@path'),
    ...optional('name', 'source/name'),
    ...optional('format', 'source/format@type'),
    ...(devices.length > 0 ? { devices } : {}),
  }
  return {
    name: get(xml, 'name') ?? '',
    uuid: get(xml, 'uuid') ?? '',
    type: xml.attributes.type ?? 'dir',
    ...optional('path', 'target/path'),
    source,
    active: /^State:\s+running/m.test(info),
    autostart: /^Autostart:\s+yes/m.test(info),
    persistent: /^Persistent:\s+yes/m.test(info),
  }
}

/** Pools by name, in the order of the questions, in one round trip: null where there is none. */
export async function readPools(
  libvirt: Libvirt,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<(Pool | null | LibvirtError)[]> {
  if (names.length === 0) return []
  const answers = await libvirt.read(
    names.flatMap((name) => [
      ['pool-dumpxml', '--pool', name, '--inactive'],
      ['pool-info', '--pool', name],
    ]),
    signal,
  )
  return names.map((_, index) => {
    const [document, info] = answers.slice(index * 2, index * 2 + 2)
    const refused = [document, info].find((each) => typeof each !== 'string')
    if (refused !== undefined && typeof refused !== 'string') return refused.code === 'not_found' ? null : refused
    return parsePool(String(document), String(info))
  })
}

/** One pool, or null. */
export async function readPool(libvirt: Libvirt, name: string, signal?: AbortSignal): Promise<Pool | null> {
  const [found] = await readPools(libvirt, [name], signal)
  if (found instanceof Error) throw found
  return found ?? null
}

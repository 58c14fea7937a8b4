import { isLibvirtError, type LibvirtError } from './error.ts'
import { type Libvirt, STDIN } from './virsh.ts'
import { all, element, formatXml, get, parseXml, put } from './xml.ts'

/** Which snapshot of which guest. */
export interface SnapshotKey {
  domain: string
  name: string
}

/** A snapshot as libvirt keeps it. */
export interface Snapshot extends SnapshotKey {
  description?: string
  /** Of the guest when it was taken: `running`, `shutoff`, `disk-snapshot`, … */
  state: string
  parent?: string
  /** When it was taken, as ISO 8601. */
  takenAt: string
  /** With the memory of a running guest. */
  memory: boolean
  /** Inside the guest's qcow2 disks, or in files that new writes go to. */
  kind: 'internal' | 'external'
}

function parseSnapshot(domain: string, text: string): Snapshot {
  const xml = parseXml(text)
  const description = get(xml, 'description')
  const parent = get(xml, 'parent/name')
  const seconds = Number(get(xml, 'creationTime') ?? 0)
  const kinds = all(xml, 'disks/disk').map(({ attributes }) => attributes.snapshot)
  return {
    domain,
    name: get(xml, 'name') ?? '',
    ...(description ? { description } : {}),
    state: get(xml, 'state') ?? '',
    ...(parent === undefined ? {} : { parent }),
    takenAt: new Date(seconds * 1000).toISOString(),
    memory: ['internal', 'external'].includes(get(xml, 'memory@snapshot') ?? 'no'),
    kind: kinds.includes('external') ? 'external' : 'internal',
  }
}

/** Snapshots by name, in the order of the questions, in one round trip: null where there is no such guest or snapshot. */
export async function readSnapshots(
  libvirt: Libvirt,
  keys: readonly SnapshotKey[],
  signal?: AbortSignal,
): Promise<(Snapshot | null | LibvirtError)[]> {
  if (keys.length === 0) return []
  const answers = await libvirt.read(
    keys.map(({ domain, name }) => ['snapshot-dumpxml', '--domain', domain, '--snapshotname', name]),
    signal,
  )
  return answers.map((answer, index) => {
    if (typeof answer === 'string') return parseSnapshot(keys[index]!.domain, answer)
    return answer.code === 'not_found' ? null : answer
  })
}

/** One snapshot, or null. */
export async function readSnapshot(libvirt: Libvirt, key: SnapshotKey, signal?: AbortSignal): Promise<Snapshot | null> {
  const [found] = await readSnapshots(libvirt, [key], signal)
  if (found instanceof Error) throw found
  return found ?? null
}

export interface SnapshotOptions {
  description?: string | undefined
  /** Disks alone, in new files: the only way without the memory of a guest that runs. */
  diskOnly?: boolean | undefined
  /** File systems are brought to rest by the guest's agent meanwhile. */
  quiesce?: boolean | undefined
  signal?: AbortSignal | undefined
  /** Milliseconds; ten minutes by default. */
  timeout?: number | undefined
}

const TIMEOUT = 600_000

/** Takes a snapshot of a guest, of all its disks or of none. */
export async function takeSnapshot(
  libvirt: Libvirt,
  { domain, name }: SnapshotKey,
  { description, diskOnly, quiesce, signal, timeout = TIMEOUT }: SnapshotOptions = {},
): Promise<void> {
  const document = element(
    'domainsnapshot',
    {},
    element('name', {}, name),
    description === undefined ? undefined : element('description', {}, description),
  )
  const flags = [...(diskOnly ? ['--disk-only', '--atomic'] : []), ...(quiesce ? ['--quiesce'] : [])]
  const args = ['snapshot-create', '--domain', domain, '--xmlfile', STDIN, ...flags]
  await libvirt.virsh(args, { input: formatXml(document), signal, timeout })
}

/** Says something else about a snapshot. */
export async function describeSnapshot(
  libvirt: Libvirt,
  { domain, name }: SnapshotKey,
  description: string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const args = ['--domain', domain, '--snapshotname', name]
  const document = parseXml(await libvirt.virsh(['snapshot-dumpxml', ...args, '--security-info'], { signal }))
  put(document, 'description', description)
  const info = await libvirt.virsh(['snapshot-info', ...args], { signal })
  const current = /^Current:\s+yes/m.test(info) ? ['--current'] : []
  await libvirt.virsh(['snapshot-create', '--domain', domain, '--xmlfile', STDIN, '--redefine', ...current], {
    input: formatXml(document),
    signal,
  })
}

/** Deletes a snapshot; what was written since stays. Resolves with false when it is gone already. */
export async function deleteSnapshot(
  libvirt: Libvirt,
  { domain, name }: SnapshotKey,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await libvirt.virsh(['snapshot-delete', '--domain', domain, '--snapshotname', name], { signal, timeout: TIMEOUT })
    return true
  } catch (error) {
    if (isLibvirtError(error, 'not_found')) return false
    throw error
  }
}

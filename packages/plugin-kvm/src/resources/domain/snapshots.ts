import type { Libvirt } from '../../client/index.ts'

const PREFIX = 'lares-before-'
/** As many are kept of those that were taken before changes. */
const KEPT = 3

interface SnapshotContext {
  connection: Libvirt
  signal: AbortSignal
  log(message: string): void
}

/** Takes a snapshot of a guest that is off, and lets old ones of its kind go. */
export async function takeSnapshot({ connection, signal, log }: SnapshotContext, domain: string): Promise<string> {
  const name = `${PREFIX}${new Date().toISOString().replace(/[:.]/g, '-')}`
  await connection.virsh(['snapshot-create-as', domain, name], { signal, timeout: 300_000 })
  log(`took the snapshot ${name}`)
  const old = (await snapshotsOf(connection, domain, signal)).filter((each) => each.startsWith(PREFIX)).sort()
  for (const each of old.slice(0, -KEPT))
    await connection.virsh(['snapshot-delete', domain, each], { signal, timeout: 300_000 })
  return name
}

export const snapshotsOf = async (libvirt: Libvirt, domain: string, signal: AbortSignal): Promise<string[]> =>
  (await libvirt.virsh(['snapshot-list', domain, '--name'], { signal })).split('\n').filter((name) => name !== '')

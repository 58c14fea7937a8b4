import { type Change, fail, parseSize } from '@lares/core'
import { formatXml, type Libvirt, parseXml, STDIN, type Xml } from '../../client/index.ts'
import { disksOf, targetOf } from './devices/disk.ts'
import { addressOf, interfacesOf } from './devices/interface.ts'
import { type Tree, valueIn } from './fields.ts'
import { readMark } from './metadata.ts'
import { pause } from './power.ts'
import type { DomainInputs } from './schema.ts'
import { settingsOf } from './wanted.ts'

interface LiveContext {
  connection: Libvirt
  address: string
  inputs: DomainInputs
  changes: readonly Change[]
  signal: AbortSignal
}

const PERIOD = 100_000
const kib = (size: unknown) => String(Math.ceil(parseSize(size as string) / 1024))

/** The commands that change a running guest, by what they change. */
const commands: Record<string, (value: unknown) => readonly string[][]> = {
  memory: (value) => [['setmem', kib(value), '--live']],
  vcpus: (value) => [['setvcpus', String(value), '--live']],
  'resources.cpuShares': (value) => [['schedinfo', '--live', `cpu_shares=${value}`]],
  'resources.cpuLimit': (value) => [
    ['schedinfo', '--live', `global_period=${PERIOD}`, `global_quota=${Math.round((value as number) * PERIOD)}`],
  ],
  'resources.memoryLimit': (value) => [['memtune', '--live', '--hard-limit', kib(value)]],
  'resources.memorySoftLimit': (value) => [['memtune', '--live', '--soft-limit', kib(value)]],
  'resources.ioWeight': (value) => [['blkiotune', '--live', '--weight', String(value)]],
}

/** Makes the changes that a running guest takes, in the guest itself. Each is made once, however often this is called. */
export async function applyLive(context: LiveContext, name: string, live: Xml, next: Xml): Promise<void> {
  const { connection, inputs, changes, signal } = context
  const wanted = settingsOf(inputs as Tree)
  for (const { path, effect } of changes) {
    const value = valueIn(wanted, path)
    if (effect !== 'live' || value === undefined) continue
    for (const [command = '', ...args] of commands[path]?.(value) ?? [])
      await connection.virsh([command, '--domain', name, ...args], { signal })
  }
  const of = (list: string, effect: Change['effect']) =>
    changes.some((change) => change.effect === effect && new RegExp(`^${list}[[.]`).test(change.path))
  if (of('disks', 'live')) await exchange(context, name, live, next, disksOf, targetOf, [])
  if (of('interfaces', 'live')) {
    await exchange(context, name, live, next, interfacesOf, addressOf, changedInterfaces(context, next))
  }
}

/** Addresses of the interfaces that are there and become others. */
function changedInterfaces({ changes }: LiveContext, next: Xml): string[] {
  const { interfaces } = readMark(next)
  return changes.flatMap(({ path, effect, action }) => {
    const [, index, key] = /^interfaces\[(\d+)\]\.(\w+)$/.exec(path) ?? []
    const mac = interfaces[Number(index)]?.mac
    return mac === undefined || action || effect !== 'live' || key === 'address' ? [] : [mac]
  })
}

/** Attaches what is new, detaches what is ours and goes, and writes anew what has changed. */
async function exchange(
  { connection, address, signal }: LiveContext,
  name: string,
  live: Xml,
  next: Xml,
  list: (domain: Xml) => Xml[],
  keyOf: (each: Xml) => string,
  changed: readonly string[],
): Promise<void> {
  const there = new Map(list(live).map((each) => [keyOf(each), each]))
  const wanted = new Map(list(next).map((each) => [keyOf(each), each]))
  for (const [key, each] of wanted) {
    const verb = !there.has(key) ? 'attach-device' : changed.includes(key) ? 'update-device' : undefined
    if (verb) await connection.virsh([verb, name, STDIN, '--live'], { input: formatXml(each), signal, timeout: 60_000 })
  }
  for (const [key, each] of there) {
    if (wanted.has(key)) continue
    await connection.virsh(['detach-device', name, STDIN, '--live'], { input: formatXml(each), signal })
    await awaitDetached(connection, address, name, list, keyOf, key, signal)
  }
}

/** The guest itself lets a device go, so it takes a while. */
async function awaitDetached(
  connection: Libvirt,
  address: string,
  name: string,
  list: (domain: Xml) => Xml[],
  keyOf: (each: Xml) => string,
  key: string,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 0; attempt < 40; attempt++) {
    const live = parseXml(await connection.virsh(['dumpxml', name], { signal }))
    if (!list(live).some((each) => keyOf(each) === key)) return
    await pause(500, signal)
  }
  fail({
    code: 'detach_refused',
    address,
    summary: `The guest does not let ${key} go`,
    advice: 'It may be in use inside: unmount it, or take it away while the guest is off.',
  })
}

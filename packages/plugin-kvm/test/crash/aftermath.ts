import type { State } from '@lares/core'
import { DATA, SYSTEM } from './disks.ts'
import type { Reality } from './reality.ts'
import type { Expectation, Passage } from './wanted.ts'

const DATA_DISK = 'crash.guest.data.qcow2'
const ROOT_DISK = 'crash.guest.root'

/** What may not be at any moment, whatever was under way. */
export function lost({ guests, processes, volumes }: Reality, { from, destroy, allowDataLoss }: Passage): string[] {
  const problems: string[] = []
  if (guests.size > 1 || processes > 1) problems.push(`${guests.size} guests, ${processes} of them run`)
  if (!from) return problems
  if (!destroy && guests.size === 0) problems.push('there is no guest after the crash')
  if (allowDataLoss) return problems
  if (!volumes.get(DATA_DISK)?.holds.includes(DATA)) problems.push('the data are gone after the crash')
  const roots = [...volumes].filter(([name]) => name.startsWith(ROOT_DISK))
  if (!roots.some(([, { holds }]) => holds.includes(SYSTEM))) problems.push('the system is gone after the crash')
  return problems
}

/** Everything that is not exactly as it has to be in the end. */
export function mismatches(before: Reality, after: Reality, passage: Passage): string[] {
  const { expected } = passage
  return [
    ...differ('guests', [...after.guests.keys()], expected.guest === undefined ? [] : [expected.guest]),
    ...differ('running guests', after.processes, expected.guest === undefined ? 0 : 1),
    ...differ('networks', [...after.networks.keys()].sort(), expected.networks),
    ...differ('pools', [...after.pools.keys()].sort(), expected.pools),
    ...differ('volumes', volumesOf(after), sorted(expected.volumes)),
    ...[...after.pools, ...after.networks].flatMap(([name, { active, autostart }]) =>
      differ(name, [active, autostart], [true, true]),
    ),
    ...dataOf(before, after, passage),
    ...guestOf(before, after, expected),
    ...networkOf(after, expected),
  ]
}

/** The volume that was set aside, whenever that was. */
const asideName = (name: string): string => name.replace(/\.until-\d+/, '.until')

const volumesOf = ({ volumes }: Reality) =>
  sorted(Object.fromEntries([...volumes].map(([name, { capacity }]) => [asideName(name), capacity])))

const sorted = (record: Record<string, number>) =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))

function dataOf(before: Reality, after: Reality, { from, allowDataLoss }: Passage): string[] {
  if (!from || allowDataLoss) return []
  const inodeOf = ({ volumes }: Reality, isIt: (name: string) => boolean) =>
    [...volumes].filter(([name]) => isIt(name)).map(([, { inode }]) => inode)
  const old = inodeOf(before, (name) => name === `${ROOT_DISK}.qcow2`)
  const roots = inodeOf(after, (name) => name.startsWith(ROOT_DISK))
  return [
    ...differ('the data', after.volumes.get(DATA_DISK)?.holds, [DATA]),
    ...differ('the data disk', after.volumes.get(DATA_DISK)?.inode, before.volumes.get(DATA_DISK)?.inode),
    ...(old.every((inode) => roots.includes(inode)) ? [] : ['the first disk is another file']),
  ]
}

function guestOf(before: Reality, after: Reality, expected: Expectation): string[] {
  const found = expected.guest === undefined ? undefined : after.guests.get(expected.guest)
  if (!found) return []
  const old = before.guests.get('guest')
  const missing = Object.values(found.disks).filter((file) => !after.volumes.has(file.split('/').at(-1) ?? ''))
  const seed = after.volumes.get('crash.guest.seed.iso')?.content.toString('latin1') ?? ''
  return [
    ...differ('mark', found.pending, undefined),
    ...differ('runs', found.running, true),
    ...differ('autostart', found.autostart, expected.autostart),
    ...differ('processors', found.vcpus, expected.vcpus),
    ...differ('disks', Object.keys(found.disks).sort(), expected.disks),
    ...differ('missing disks', missing, []),
    ...differ('interfaces', found.macs.length, expected.interfaces),
    ...differ('unplugged', found.unplugged, []),
    ...differ('snapshot', found.snapshots > 0, expected.snapshot === true),
    ...(old ? differ('uuid', found.uuid, old.uuid) : []),
    ...(old ? differ('MAC address', found.macs[0], old.macs[0]) : []),
    ...(seed.includes(`name: ${expected.user}`) ? [] : [`the seed is not for ${expected.user}`]),
  ]
}

function networkOf({ networks, guests }: Reality, { guest, domain }: Expectation): string[] {
  const found = networks.get('lan')
  if (!found || guest === undefined) return []
  return [
    ...differ('reserved', found.reserved, [`${guests.get(guest)?.macs[0]} 10.79.1.5`]),
    ...differ('domain', found.domain, domain),
  ]
}

/** What is recorded and should not be, or the other way round. */
export function recordedOf({ resources, kept }: State, expected: Expectation): string[] {
  const unfinished = Object.entries(resources).filter(([, record]) => record.pending ?? record.deposed)
  return [
    ...differ('recorded', Object.keys(resources).sort(), expected.recorded),
    ...differ('kept', Object.keys(kept).sort(), expected.kept),
    ...differ(
      'unfinished',
      unfinished.map(([address]) => address),
      [],
    ),
  ]
}

function differ(what: string, found: unknown, expected: unknown): string[] {
  const [left, right] = [found, expected].map((value) => JSON.stringify(value))
  return left === right ? [] : [`${what}: found ${left}, wanted ${right}`]
}

import { type Change, equal, isUnknown, parseSize, UNKNOWN } from '@lares/core'
import { type Context, containsUnknown } from './diff.ts'
import type { DomainAttributes } from './schema.ts'
import { type DiskInputs, diskName, imageName, type Named, namedDisks, wholeKib } from './wanted.ts'

type Disk = DomainAttributes['disks'][number]

/** What of a disk is compared, and never without a restart. */
const settings = [
  'path',
  'format',
  'device',
  'bus',
  'target',
  'cache',
  'discard',
  'io',
  'bootOrder',
  'serial',
  'readOnly',
] as const

/** The disk of a guest that a declared one means: by name, by what it says of itself, or the one at its place. */
export function pairDisks<T extends Named<Pick<DiskInputs, 'target' | 'path'>>>(
  wanted: readonly T[],
  observed: readonly Disk[],
): (readonly [T, Disk | undefined])[] {
  const free = new Set(observed)
  const take = (is: (disk: Disk) => boolean): Disk | undefined => {
    const found = [...free].find(is)
    if (found) free.delete(found)
    return found
  }
  const certain = wanted.map(
    ({ name, target, path }) =>
      take((disk) => disk.name === name) ??
      take((disk) => (target !== undefined && disk.target === target) || (path !== undefined && disk.path === path)),
  )
  // A guest that was taken over has no names yet; then the order tells.
  return wanted.map((one, index) => [
    one,
    certain[index] ?? take((disk) => disk.name === disk.target && disk === observed[index]),
  ])
}

export function diffDisks({ set, desired, observed, recorded }: Context): Change[] {
  const written = set['disks'] as readonly Partial<DiskInputs>[] | undefined
  const before = ((recorded?.['disks'] ?? []) as readonly Partial<DiskInputs>[]).map((disk, index) => ({
    ...disk,
    name: diskName(disk, index),
  }))
  if (written === undefined) return []
  if (isUnknown(written)) return [{ path: 'disks', after: UNKNOWN, effect: 'restart', cause: 'changed' }]
  const wanted = namedDisks(desired.disks)
  const pairs = pairDisks(wanted, observed.disks)
  const changes = pairs.flatMap(([disk, found], index): Change[] => {
    const path = `disks[${index}]`
    const hot = (disk.bus ?? (disk.device === 'cdrom' ? 'sata' : 'virtio')) === 'virtio' || disk.bus === 'scsi'
    if (!found)
      return [
        {
          path,
          after: summary(disk),
          action: 'create',
          effect: hot ? 'live' : 'restart',
          cause: recorded ? 'changed' : 'drifted',
        },
      ]
    const old = before.find(({ name }) => name === disk.name)
    const said = written[index] ?? {}
    const nested = [
      ...settingChanges(path, said, found, old),
      ...sizeChange(path, disk, found, old),
      ...imageChange(path, disk, found),
    ]
    return nested
  })
  const kept = new Set(pairs.map(([, found]) => found))
  for (const disk of observed.disks) {
    const ours = disk.volume !== undefined || before.some(({ name }) => name === disk.name)
    if (kept.has(disk) || !ours) continue
    changes.push({
      path: `disks.${disk.name}`,
      before: disk.path ?? disk.target,
      action: 'delete',
      effect: disk.bus === 'virtio' || disk.bus === 'scsi' ? 'live' : 'restart',
      cause: 'changed',
      note: `detached; its data stays${disk.path === undefined ? '' : ` in ${disk.path}`}`,
    })
  }
  return changes
}

const summary = (disk: Named<DiskInputs>): unknown => {
  const size = disk.size === undefined || isUnknown(disk.size) ? disk.size : wholeKib(disk.size)
  const image = disk.image === undefined ? disk.path : containsUnknown(disk.image) ? UNKNOWN : imageName(disk.image)
  return [disk.name, size, image]
    .map((each) => (isUnknown(each) ? 'unknown' : each))
    .filter((each) => each !== undefined)
    .join(', ')
}

function settingChanges(
  path: string,
  said: Partial<DiskInputs>,
  found: Disk,
  old: Partial<DiskInputs> | undefined,
): Change[] {
  return settings.flatMap((key): Change[] => {
    const after = said[key]
    if (after === undefined || equal(after, found[key])) return []
    const before = found[key]
    return [
      {
        path: `${path}.${key}`,
        ...(before === undefined ? {} : { before }),
        after: isUnknown(after) ? UNKNOWN : after,
        effect: 'restart',
        cause: equal(old?.[key], after) ? 'drifted' : 'changed',
      },
    ]
  })
}

function sizeChange(
  path: string,
  disk: Named<DiskInputs>,
  found: Disk,
  old: Partial<DiskInputs> | undefined,
): Change[] {
  if (disk.size === undefined || found.size === undefined) return []
  if (isUnknown(disk.size))
    return [{ path: `${path}.size`, before: found.size, after: UNKNOWN, effect: 'live', cause: 'changed' }]
  const after = wholeKib(disk.size)
  const more = parseSize(after) - parseSize(found.size)
  // An image may be larger than what was asked for; it never becomes smaller.
  if (more === 0 || (more < 0 && (old?.size === undefined || wholeKib(old.size) === after))) return []
  return [
    {
      path: `${path}.size`,
      before: found.size,
      after,
      effect: 'live',
      cause: old?.size !== undefined && wholeKib(old.size) === after ? 'drifted' : 'changed',
      ...(more < 0 ? { loses: `disks/${disk.name}`, note: 'a disk is never made smaller' } : {}),
    },
  ]
}

/** Another image is another system: a new guest takes its place. */
function imageChange(path: string, disk: Named<DiskInputs> & { role: string }, found: Disk): Change[] {
  if (disk.image === undefined || found.image === undefined) return []
  const after = containsUnknown(disk.image) ? UNKNOWN : imageName(disk.image)
  if (after === found.image) return []
  return [
    {
      path: `${path}.image`,
      before: found.image,
      after,
      effect: 'replace',
      cause: 'changed',
      ...(disk.role === 'root' ? {} : { loses: `disks/${disk.name}` }),
    },
  ]
}

import { formatSize, parseSize } from '@lares/core'
import type { ContainerOptions } from '../../options.ts'
import type { HostConfig, MountPoint } from '../wire.ts'
import { defined } from './defined.ts'
import type { MountSpec, Propagation } from './spec.ts'

const PROPAGATIONS: ReadonlySet<string> = new Set<Propagation>([
  'private',
  'rprivate',
  'shared',
  'rshared',
  'slave',
  'rslave',
])
const KERNEL_UNITS = [
  ['g', 1024 ** 3],
  ['m', 1024 ** 2],
  ['k', 1024],
] as const
const isPropagation = (text: string): text is Propagation => PROPAGATIONS.has(text)
type MountOption = NonNullable<ContainerOptions['mounts']>[number]

/** Mounts in canonical form, sorted by target. */
export function canonicalMounts(mounts: readonly MountOption[]): MountSpec[] {
  return sorted(mounts.map((mount) => (typeof mount === 'string' ? parseMount(mount) : canonicalMount(mount))))
}

/** The short notation, which is also what the engine keeps in `Binds`: `source:target:ro,z`, or a target alone. */
function parseMount(text: string): MountSpec {
  const [first = '', second, flagText = ''] = text.split(':')
  const target = second ?? first
  if (!target.startsWith('/')) throw new RangeError(`"${text}": the path inside the container must be absolute`)
  if (second === undefined) return { type: 'volume', target }
  if (/^[.~]/.test(first)) throw new RangeError(`"${text}": a path on the host must be absolute`)
  const flags = flagText.split(',').filter((flag) => flag !== '' && flag !== 'rw')
  const type = first.startsWith('/') ? 'bind' : 'volume'
  const mount: MountSpec = { type, source: first, target, ...(type === 'bind' && { createHostPath: true }) }
  for (const flag of flags) Object.assign(mount, mountFlag(flag, text))
  return mount
}

function mountFlag(flag: string, text: string): Partial<MountSpec> {
  if (flag === 'ro') return { readOnly: true }
  if (flag === 'nocopy') return { noCopy: true }
  if (flag === 'z') return { selinux: 'shared' }
  if (flag === 'Z') return { selinux: 'private' }
  if (isPropagation(flag)) return { propagation: flag }
  throw new RangeError(`"${text}": unknown mount option "${flag}"`)
}

function canonicalMount(mount: Exclude<MountOption, string>): MountSpec {
  const { type, target, source, propagation, selinux, subpath, recursiveReadOnly, consistency, size, mode } = mount
  return defined({
    type,
    target,
    source,
    propagation,
    subpath,
    recursiveReadOnly,
    consistency,
    selinux,
    readOnly: mount.readOnly || undefined,
    nonRecursive: mount.nonRecursive || undefined,
    noCopy: mount.noCopy || undefined,
    createHostPath: mount.createHostPath || selinux !== undefined || undefined,
    size: size === undefined ? undefined : formatSize(parseSize(size)),
    mode: mode?.replace(/^0+(?=.)/, ''),
  })
}

/** SELinux labels, and host paths that the engine creates, exist in the short notation alone before API 1.42. */
const needsBind = (mount: MountSpec) => mount.type === 'bind' && mount.createHostPath === true

export function mountsToEngine(mounts: readonly MountSpec[]): Pick<HostConfig, 'Binds' | 'Mounts'> {
  const binds = mounts.filter(needsBind).map(bindToEngine)
  const points = mounts.filter((mount) => !needsBind(mount)).map(mountToEngine)
  return { ...(binds.length > 0 && { Binds: binds }), ...(points.length > 0 && { Mounts: points }) }
}

function bindToEngine(mount: MountSpec): string {
  for (const option of ['nonRecursive', 'recursiveReadOnly', 'consistency'] as const) {
    if (mount[option] === undefined) continue
    throw new RangeError(`mount at ${mount.target}: ${option} cannot be combined with createHostPath or selinux`)
  }
  const selinux = mount.selinux && (mount.selinux === 'shared' ? 'z' : 'Z')
  const flags = [mount.readOnly ? 'ro' : 'rw', selinux, mount.propagation].filter(Boolean).join(',')
  return [mount.source, mount.target, flags].filter(Boolean).join(':')
}

function mountToEngine(mount: MountSpec): MountPoint {
  const { type, source, target, readOnly, consistency, noCopy, subpath, size, mode } = mount
  const bind = defined({
    Propagation: mount.propagation,
    NonRecursive: mount.nonRecursive,
    ReadOnlyNonRecursive: mount.recursiveReadOnly === 'never' || undefined,
    ReadOnlyForceRecursive: mount.recursiveReadOnly === 'always' || undefined,
  })
  const volume = defined({ NoCopy: noCopy, Subpath: subpath })
  const tmpfs = defined({
    SizeBytes: size === undefined ? undefined : parseSize(size),
    Mode: mode === undefined ? undefined : Number.parseInt(mode, 8),
  })
  return {
    Type: type,
    Target: target,
    ...defined({ Source: source, ReadOnly: readOnly, Consistency: consistency }),
    ...(type === 'bind' && Object.keys(bind).length > 0 && { BindOptions: bind }),
    ...(type === 'volume' && Object.keys(volume).length > 0 && { VolumeOptions: volume }),
    ...(type === 'tmpfs' && Object.keys(tmpfs).length > 0 && { TmpfsOptions: tmpfs }),
  }
}

export function mountsFromEngine(host: Pick<HostConfig, 'Binds' | 'Mounts'>): MountSpec[] {
  return sorted([...(host.Binds ?? []).map(parseMount), ...(host.Mounts ?? []).map(mountFromEngine)])
}

function mountFromEngine(point: MountPoint): MountSpec {
  const { BindOptions: bind, VolumeOptions: volume, TmpfsOptions: tmpfs } = point
  return defined({
    type: point.Type,
    target: point.Target,
    source: point.Source || undefined,
    readOnly: point.ReadOnly || undefined,
    propagation: bind?.Propagation || undefined,
    nonRecursive: bind?.NonRecursive || undefined,
    createHostPath: bind?.CreateMountpoint || undefined,
    recursiveReadOnly: readOnlyRecursion(bind),
    consistency: point.Consistency || undefined,
    noCopy: volume?.NoCopy || undefined,
    subpath: volume?.Subpath || undefined,
    size: tmpfs?.SizeBytes ? formatSize(tmpfs.SizeBytes) : undefined,
    mode: tmpfs?.Mode ? tmpfs.Mode.toString(8) : undefined,
  })
}

function readOnlyRecursion(bind: MountPoint['BindOptions']): MountSpec['recursiveReadOnly'] {
  if (bind?.ReadOnlyNonRecursive) return 'never'
  return bind?.ReadOnlyForceRecursive ? 'always' : undefined
}

const sorted = (mounts: MountSpec[]) => mounts.toSorted((a, b) => (a.target < b.target ? -1 : 1))

/** `/run:size=64m,mode=1777` with sorted options and sizes in one spelling. */
export function canonicalTmpfs(entries: readonly string[]): string[] {
  return entries.map((entry) => formatTmpfs(...splitTmpfs(entry))).toSorted()
}

export function tmpfsToEngine(entries: readonly string[]): Record<string, string> {
  const kernelSize = (option: string) =>
    option.replace(/^size=(?!.*%)(.+)$/, (_, size) => `size=${sizeForKernel(parseSize(size))}`)
  return Object.fromEntries(
    entries.map(splitTmpfs).map(([target, options]) => [target, options.split(',').map(kernelSize).join(',')]),
  )
}

/** The units that the kernel knows: `64m`. */
function sizeForKernel(bytes: number): string {
  const unit = KERNEL_UNITS.find(([, size]) => bytes >= size && bytes % size === 0)
  return unit ? `${bytes / unit[1]}${unit[0]}` : String(bytes)
}

export function tmpfsFromEngine(tmpfs: Record<string, string> | null | undefined): string[] {
  return Object.entries(tmpfs ?? {})
    .map(([target, options]) => formatTmpfs(target, options))
    .toSorted()
}

function splitTmpfs(entry: string): [target: string, options: string] {
  const colon = entry.indexOf(':')
  return colon < 0 ? [entry, ''] : [entry.slice(0, colon), entry.slice(colon + 1)]
}

function formatTmpfs(target: string, options: string): string {
  const readable = (option: string) =>
    option.replace(/^size=(?!.*%)(.+)$/, (_, size) => `size=${formatSize(parseSize(size))}`)
  const canonical = options.split(',').filter(Boolean).map(readable).toSorted().join(',')
  return canonical === '' ? target : `${target}:${canonical}`
}

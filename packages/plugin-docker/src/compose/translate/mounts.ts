import { defined } from '../../client/options/defined.ts'
import type { ContainerOptions } from '../../options.ts'
import type { Project } from '../load/project/project.ts'
import type { Mount, Service } from '../load/project/service.ts'
import type { Report } from './report.ts'

export type MountOptions = Exclude<NonNullable<ContainerOptions['mounts']>[number], string>

const PROPAGATIONS = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'] as const
const CONSISTENCIES = ['default', 'consistent', 'cached', 'delegated'] as const
const oneOf = <Value extends string>(values: readonly Value[], text: string | undefined): Value | undefined =>
  values.find((value) => value === text)

/** The volumes of a service. Of several at one path the last one counts. */
export function volumesOf(project: Project, name: string, { volumes = [] }: Service, report: Report): MountOptions[] {
  const mounts = volumes.flatMap((mount, index) => {
    const path = ['services', name, 'volumes', index]
    reportStray(mount, path, report)
    if (mount.type === 'bind') return [bindMount(mount, path, report)]
    if (mount.type === 'volume') return [volumeMount(project, mount)]
    if (mount.type === 'tmpfs') return [tmpfsMount(mount)]
    report.unsupported([...path, 'type'], `an engine on Linux has no mounts of type ${mount.type}`)
    return []
  })
  return [...new Map(mounts.map((mount) => [mount.target, mount])).values()]
}

/** Options of another type of mount than the one that they stand in. */
function reportStray(mount: Mount, path: (string | number)[], report: Report): void {
  for (const type of ['bind', 'volume', 'tmpfs'] as const) {
    const options = Object.keys(mount[type] ?? {})
    if (type === mount.type || options.length === 0 || mount.type === 'npipe') continue
    report.unhonoured([...path, type], `${options.join(', ')} means nothing for a mount of type ${mount.type}`)
  }
}

function bindMount(mount: Mount, path: (string | number)[], report: Report): MountOptions {
  const { source = '', target, read_only, bind = {}, consistency } = mount
  const { create_host_path: createHostPath, recursive } = bind
  const isShort = createHostPath === true || bind.selinux !== undefined
  if (bind.propagation && !oneOf(PROPAGATIONS, bind.propagation)) {
    report.unsupported([...path, 'bind', 'propagation'], `there is no propagation "${bind.propagation}"`)
  }
  if (consistency) report.unhonoured([...path, 'consistency'], 'it means nothing to an engine on Linux')
  const hasRecursion = recursive !== undefined && recursive !== 'enabled'
  if (isShort && hasRecursion) {
    const advice = 'Leave create_host_path and selinux out, and see to it that the path is there.'
    report.unsupported([...path, 'bind', 'recursive'], 'the engine cannot do this and create the path', advice)
  }
  return defined({
    type: 'bind' as const,
    source,
    target,
    readOnly: read_only,
    propagation: oneOf(PROPAGATIONS, bind.propagation),
    createHostPath,
    selinux: bind.selinux && (bind.selinux === 'z' ? ('shared' as const) : ('private' as const)),
    consistency: isShort ? undefined : oneOf(CONSISTENCIES, consistency),
    ...(hasRecursion && !isShort && recursionOf(recursive)),
  })
}

function recursionOf(recursive: string): Pick<MountOptions, 'nonRecursive' | 'recursiveReadOnly'> {
  if (recursive === 'disabled') return { nonRecursive: true }
  return { recursiveReadOnly: recursive === 'writable' ? 'never' : 'always' }
}

const volumeMount = (project: Project, { source, target, read_only, volume = {} }: Mount): MountOptions =>
  defined({
    type: 'volume' as const,
    source: source ? (project.volumes[source]?.name ?? source) : undefined,
    target,
    readOnly: read_only,
    noCopy: volume.nocopy,
    subpath: volume.subpath || undefined,
  })

const tmpfsMount = ({ target, read_only, tmpfs = {} }: Mount): MountOptions =>
  defined({
    type: 'tmpfs' as const,
    target,
    readOnly: read_only,
    size: tmpfs.size || undefined,
    mode: tmpfs.mode ? tmpfs.mode.toString(8).padStart(3, '0') : undefined,
  })

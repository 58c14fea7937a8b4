import { fail, type Owner } from '@lares/core'
import { get, type Libvirt, parseXml, type Xml } from '../../client/index.ts'
import { busOf, disksOf, freeTarget, readDisk, type Source, targetOf } from './devices/disk.ts'
import { pairDisks } from './diff-disks.ts'
import type { DiskMark, Mark } from './metadata.ts'
import type { DomainInputs } from './schema.ts'
import { type DiskInputs, imageName, type Named, namedDisks, volumeName } from './wanted.ts'

/** Where a pool keeps its volumes. */
export interface PoolPlace {
  path: string
  /** Its volumes are devices of the host. */
  block: boolean
}

/** A declared disk with its place in the guest and on the host. */
export interface PlacedDisk {
  wanted: Named<DiskInputs> & { role: 'root' | 'data' }
  target: string
  source: Source
  mark: DiskMark
  /** The element that is there already. */
  before?: Xml
}

const BLOCK_POOLS = new Set(['logical', 'disk', 'iscsi', 'iscsi-direct', 'scsi', 'mpath'])

/** What disks are made from: pools by name, and the formats of files that are volumes already, by path. */
export interface Places {
  pools: ReadonlyMap<string, PoolPlace>
  formats: ReadonlyMap<string, string>
}

export async function readPlaces(
  libvirt: Libvirt,
  inputs: Pick<DomainInputs, 'disks' | 'cloudInit'>,
  signal: AbortSignal,
): Promise<Places> {
  const wanted = [...new Set(poolsOf(inputs))]
  const paths = (inputs.disks ?? []).flatMap(({ path, format }) => (path === undefined || format ? [] : [path]))
  const commands = [...wanted.map((name) => ['pool-dumpxml', name]), ...paths.map((path) => ['vol-dumpxml', path])]
  const answers = commands.length > 0 ? await libvirt.read(commands, signal) : []
  const formats = paths.flatMap((path, index): [string, string][] => {
    const answer = answers[wanted.length + index]
    const format = typeof answer === 'string' ? get(parseXml(answer), 'target/format@type') : undefined
    return format === undefined ? [] : [[path, format]]
  })
  const pools = new Map(
    wanted.map((name, index): [string, PoolPlace] => {
      const answer = answers[index]!
      if (typeof answer !== 'string') {
        if (answer.code !== 'not_found') throw answer
        const disk = (inputs.disks ?? []).findIndex(({ pool }) => pool === name)
        return fail({
          code: 'no_pool',
          ...(disk === -1 ? {} : { path: `disks[${disk}].pool` }),
          summary: `There is no storage pool "${name}"`,
          advice: `Declare one: kvm.pool('${name}', { … }); or name another one with "pool".`,
        })
      }
      const pool = parseXml(answer)
      const path = get(pool, 'target/path')
      if (path === undefined)
        return fail({
          code: 'pool_unsupported',
          summary: `The volumes of the storage pool "${name}" have no path on the host`,
          advice: 'Use a pool of a directory, a file system or a volume group.',
        })
      return [name, { path, block: BLOCK_POOLS.has(pool.attributes.type ?? '') }]
    }),
  )
  return { pools, formats: new Map(formats) }
}

const poolsOf = ({ disks = [], cloudInit }: Pick<DomainInputs, 'disks' | 'cloudInit'>): string[] => [
  ...disks.filter(({ path, device }) => path === undefined && device === 'disk').map(({ pool }) => pool),
  ...(cloudInit ? [seedPool(disks)] : []),
]

/** The pool of the seed: that of the first disk that is made. */
export const seedPool = (disks: DomainInputs['disks'] = []): string =>
  disks.find(({ path }) => path === undefined)?.pool ?? 'default'

/** Gives each declared disk its place; those of the guest that are there already keep theirs. */
export function placeDisks(
  disks: readonly DiskInputs[] | undefined,
  owner: Owner,
  { pools, formats }: Places,
  domain: Xml | undefined,
  mark: Mark,
): PlacedDisk[] {
  const there = domain ? disksOf(domain) : []
  const marks = new Map(mark.disks.map((each) => [each.target, each]))
  const observed = there
    .filter((disk) => targetOf(disk) !== mark.seed?.target)
    .map((disk) => ({ ...readDisk(disk), name: marks.get(targetOf(disk))?.name ?? targetOf(disk) }))
  const pairs = pairDisks(namedDisks(disks), observed)
  const said = pairs.flatMap(([{ target }]) => (target === undefined ? [] : [target]))
  const taken = new Set([...there.map(targetOf), ...said])
  return pairs.map(([wanted, found]) => {
    const before = found && there.find((disk) => targetOf(disk) === found.target)
    const known = found && marks.get(found.target)
    const target = wanted.target ?? found?.target ?? freeTarget(busOf(wanted), taken)
    taken.add(target)
    const { name, role, image } = wanted
    const said = { name, target, role, ...(image === undefined ? {} : { image: imageName(image) }) }
    const rest = before ? { before } : {}
    if (wanted.path !== undefined || wanted.device === 'cdrom' || (found && known?.volume === undefined)) {
      const block = wanted.path?.startsWith('/dev/') === true
      const format = wanted.format ?? (found ? undefined : (formats.get(wanted.path ?? '') ?? 'raw'))
      return { wanted, target, source: { path: wanted.path, block, format }, mark: said, ...rest }
    }
    if (found && known) return { wanted, target, source: {}, mark: { ...known, ...said }, ...rest }
    const { path, block } = pools.get(wanted.pool)!
    const format = wanted.format ?? (block ? 'raw' : 'qcow2')
    const volume = volumeName(owner, name, block ? '' : `.${format}`)
    return {
      wanted,
      target,
      source: { path: `${path}/${volume}`, format, block },
      mark: { ...said, pool: wanted.pool, volume },
      ...rest,
    }
  })
}

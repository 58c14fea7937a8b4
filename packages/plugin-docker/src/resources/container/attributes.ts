import { MASK } from '@lares/core'
import {
  type ContainerInspect,
  type ContainerSpec,
  type EngineDefaults,
  type ObservedContext,
  observedOptions,
} from '../../client/index.ts'
import { ownerOf, plainLabels } from '../owner.ts'
import { isMarker } from './options.ts'
import type { ContainerAttributes } from './schema.ts'

/** Nobody names a volume like this. */
const ANONYMOUS = /^[0-9a-f]{64}$/

export interface Observed {
  container: ContainerInspect
  image: ObservedContext['image']
  defaults: EngineDefaults
  /** The name that it is to have; it may still have another one in the middle of a replacement. */
  name: string
  /** What it is going to be compared with. */
  wanted: Partial<ContainerSpec>
  unfinished: string | undefined
  /** Names of containers that the engine tells by id. */
  nameOf?: ObservedContext['nameOf']
  /** See `ObservedContext`. */
  madeAsWanted?: boolean
}

export function attributesOf(observed: Observed): ContainerAttributes {
  const { container, image, defaults, name, wanted, unfinished, nameOf, madeAsWanted = false } = observed
  const { State: state, NetworkSettings: network } = container
  const spec = observedOptions(container, { image, defaults, wanted, madeAsWanted, ...(nameOf && { nameOf }) })
  const labels = plainLabels(spec.labels)
  const { mounts, anonymousVolumes } = mountsOf(container, image, spec, wanted)
  const { labels: _, mounts: __, ...options } = spec
  const addresses = addressesOf(container)
  const ip = addresses[container.HostConfig.NetworkMode ?? ''] ?? Object.values(addresses)[0]
  return {
    id: container.Id,
    name,
    imageId: container.Image,
    state: state.Status,
    ...(state.Running ? {} : { exitCode: state.ExitCode }),
    ...(state.Health && state.Health.Status !== 'none' ? { health: state.Health.Status } : {}),
    ...(ip === undefined ? {} : { ip }),
    addresses,
    published: publishedPorts(network.Ports),
    anonymousVolumes,
    ...(container.HostConfig.AutoRemove ? { passing: true } : {}),
    ...(unfinished === undefined ? {} : { unfinished }),
    ...ownerOf(container.Config.Labels),
    ...options,
    ...(Object.keys(labels).length > 0 || wanted.labels ? { labels } : {}),
    ...(mounts.length > 0 || wanted.mounts ? { mounts } : {}),
  } as ContainerAttributes
}

export function addressesOf({ NetworkSettings }: ContainerInspect): Record<string, string> {
  const endpoints = Object.entries(NetworkSettings.Networks)
  return Object.fromEntries(
    endpoints
      .map(([name, { IPAddress, GlobalIPv6Address }]) => [name, IPAddress || GlobalIPv6Address || ''] as const)
      .filter(([, address]) => address !== ''),
  )
}

export function publishedPorts(ports: ContainerInspect['NetworkSettings']['Ports'] | null): Record<string, number> {
  return Object.fromEntries(
    Object.entries(ports ?? {}).flatMap(([port, bindings]) =>
      bindings?.[0] ? [[port, Number(bindings[0].HostPort)]] : [],
    ),
  )
}

/** A volume that nobody named keeps the name that the engine gave it when its container is replaced; that is no wish. */
function mountsOf(
  container: ContainerInspect,
  image: ObservedContext['image'],
  spec: ContainerSpec,
  wanted: Partial<ContainerSpec>,
) {
  const volumes = container.Mounts.filter(({ Type, Name }) => Type === 'volume' && ANONYMOUS.test(Name ?? ''))
  const anonymousVolumes = Object.fromEntries(volumes.map(({ Name, Destination }) => [Destination, Name!]))
  const wish = (target: string) => wanted.mounts?.find((mount) => mount.target === target)
  const mounts = (spec.mounts ?? []).flatMap((mount) => {
    const { source, ...rest } = mount
    const isNameless = mount.type === 'volume' && (source === undefined || ANONYMOUS.test(source))
    if (!isNameless || wish(mount.target)?.source === source) return [mount]
    return wish(mount.target) || !image.Config?.Volumes?.[mount.target] ? [rest] : []
  })
  return { mounts, anonymousVolumes }
}

/** Where people put secrets. */
const CONFIDING = ['env', 'labels', 'command', 'entrypoint', 'healthcheck', 'logging'] as const

/**
 * Attributes without values that may have been secret and are not what is wanted now: nothing else knows any more that they
 * have to be hidden. Of a container that was never recorded that can be any value.
 */
export function withoutFormerSecrets(
  observed: ContainerAttributes,
  recorded: Partial<ContainerAttributes> | undefined,
  wanted: Partial<ContainerSpec>,
): ContainerAttributes {
  if (recorded) return masked(observed, wanted, (path) => isMarker(valueAt(recorded, path)))
  const confided = CONFIDING.filter((option) => observed[option] !== undefined)
  return {
    ...observed,
    ...Object.fromEntries(confided.map((option) => [option, masked(observed[option], wanted[option], () => true)])),
  }
}

const valueAt = (tree: unknown, path: readonly string[]): unknown =>
  path.reduce((value, step) => (value as Record<string, unknown> | null | undefined)?.[step], tree)

/** A copy in which strings that differ from what is wanted are masked where `isHidden` says so. */
function masked<T>(
  observed: T,
  wanted: unknown,
  isHidden: (path: readonly string[]) => boolean,
  path: readonly string[] = [],
): T {
  if (typeof observed === 'string') return observed !== wanted && isHidden(path) ? (MASK as T) : observed
  if (typeof observed !== 'object' || observed === null) return observed
  const copy = Object.entries(observed).map(([key, value]) => {
    const deeper = masked(value, valueAt(wanted, [key]), isHidden, [...path, key])
    return [key, deeper] as const
  })
  return (Array.isArray(observed) ? copy.map(([, value]) => value) : Object.fromEntries(copy)) as T
}

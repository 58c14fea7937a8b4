import { MASK } from '@lares/core'
import {
  type ContainerInspect,
  type ContainerSpec,
  type EngineDefaults,
  type ImageInspect,
  observedOptions,
} from '../../client/index.ts'
import { ownerOf, plainLabels } from '../owner.ts'
import { isMarker } from './options.ts'
import type { ContainerAttributes } from './schema.ts'

/** Nobody names a volume like this. */
const ANONYMOUS = /^[0-9a-f]{64}$/

export interface Observed {
  container: ContainerInspect
  image: ImageInspect
  defaults: EngineDefaults
  /** The name that it is to have; it may still have another one in the middle of a replacement. */
  name: string
  /** What it is going to be compared with. */
  wanted: Partial<ContainerSpec>
  unfinished: string | undefined
}

export function attributesOf({ container, image, defaults, name, wanted, unfinished }: Observed): ContainerAttributes {
  const { State: state, NetworkSettings: network } = container
  const spec = observedOptions(container, { image, defaults, wanted })
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
    ...(unfinished === undefined ? {} : { unfinished }),
    ...ownerOf(container.Config.Labels),
    ...options,
    ...(Object.keys(labels).length > 0 || wanted.labels ? { labels } : {}),
    ...(mounts.length > 0 || wanted.mounts ? { mounts } : {}),
  } as ContainerAttributes
}

function addressesOf({ NetworkSettings }: ContainerInspect): Record<string, string> {
  const endpoints = Object.entries(NetworkSettings.Networks)
  return Object.fromEntries(
    endpoints
      .map(([name, { IPAddress, GlobalIPv6Address }]) => [name, IPAddress || GlobalIPv6Address || ''] as const)
      .filter(([, address]) => address !== ''),
  )
}

function publishedPorts(ports: ContainerInspect['NetworkSettings']['Ports'] | null): Record<string, number> {
  return Object.fromEntries(
    Object.entries(ports ?? {}).flatMap(([port, bindings]) =>
      bindings?.[0] ? [[port, Number(bindings[0].HostPort)]] : [],
    ),
  )
}

/** A volume that nobody named keeps the name that the engine gave it when its container is replaced; that is no wish. */
function mountsOf(
  container: ContainerInspect,
  image: ImageInspect,
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

/**
 * Attributes without values that were secret when they were recorded and are not what is wanted now: nothing else knows any
 * more that they have to be hidden.
 */
export function withoutFormerSecrets<T>(observed: T, recorded: unknown, wanted: unknown): T {
  if (typeof recorded !== 'object' || recorded === null) return observed
  if (isMarker(recorded)) return observed === wanted ? observed : (MASK as T)
  if (typeof observed !== 'object' || observed === null) return observed
  const entries = Object.entries(observed).map(([key, value]) => {
    const [before, wish] = [recorded, wanted].map((tree) => (tree as Record<string, unknown> | undefined)?.[key])
    return [key, withoutFormerSecrets(value, before, wish)]
  })
  return (Array.isArray(observed) ? entries.map(([, value]) => value) : Object.fromEntries(entries)) as T
}

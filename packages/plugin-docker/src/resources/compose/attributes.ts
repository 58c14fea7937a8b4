import type { ContainerInspect } from '../../client/index.ts'
import { addressesOf, publishedPorts } from '../container/attributes.ts'
import { ownerOf } from '../owner.ts'
import type { Found } from './found.ts'
import { labels } from './labels.ts'
import type { ComposeAttributes } from './schema.ts'

/** What is told about a project; null when nothing of it is there but data. */
export function projectAttributes({ project, containers, networks, volumes }: Found): ComposeAttributes | null {
  if (containers.length === 0 && networks.size === 0) return null
  const services = Map.groupBy(containers, ({ service }) => service)
  const marks = [
    ...containers.map(({ inspect }) => inspect.Config.Labels),
    ...[...networks.values(), ...volumes.values()].map(({ Labels }) => Labels),
  ]
  return {
    project,
    services: Object.fromEntries(
      [...services]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([service, all]) => [
          service,
          {
            image: all[0]!.inspect.Config.Image ?? '',
            imageId: all[0]!.inspect.Image,
            containers: all.map(({ name, number, inspect }) => ({ name, number, ...stateOf(inspect) })),
          },
        ]),
    ),
    networks: Object.fromEntries(
      [...networks.values()].map(({ Id: id, Name: name, Labels }) => [Labels?.[labels.network] ?? name, { id, name }]),
    ),
    volumes: Object.fromEntries(
      [...volumes.values()].map(({ Name: name, Mountpoint: mountpoint, Labels }) => [
        Labels?.[labels.volume] ?? name,
        { name, mountpoint },
      ]),
    ),
    ...ownerOf(marks.find((mark) => ownerOf(mark).owner)),
  }
}

function stateOf(inspect: ContainerInspect) {
  const { State: state } = inspect
  return {
    id: inspect.Id,
    state: state.Status,
    ...(state.Running ? {} : { exitCode: state.ExitCode }),
    ...(state.Health && state.Health.Status !== 'none' ? { health: state.Health.Status } : {}),
    addresses: addressesOf(inspect),
    published: publishedPorts(inspect.NetworkSettings.Ports),
  }
}

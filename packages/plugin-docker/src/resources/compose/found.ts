import type {
  ContainerInspect,
  ContainerSummary,
  EngineDefaults,
  ImageInspect,
  NetworkInspect,
  VolumeInspect,
} from '../../client/index.ts'
import type { DockerConnection } from '../../provider.ts'
import { nextName } from '../container/read.ts'
import { labels } from './labels.ts'

/** What an engine has of a project. */
export interface Found {
  project: string
  containers: FoundContainer[]
  /** Those of the project, by their name on the engine. */
  networks: ReadonlyMap<string, FoundNetwork>
  volumes: ReadonlyMap<string, VolumeInspect>
  /** Names that the engine has for what is not the project's. */
  others: Record<'containers' | 'networks' | 'volumes', ReadonlySet<string>>
  /** Names of containers that are not the project's, by the volumes that they have. */
  strangers: ReadonlyMap<string, readonly string[]>
  defaults: EngineDefaults
}

export type FoundNetwork = NetworkInspect & {
  /** Ids of others of its name, which an interrupted run left. */
  twins: string[]
}

export interface FoundContainer {
  service: string
  number: number
  name: string
  inspect: ContainerInspect
  /** The image that it was made from, if the engine still has it. */
  image: ImageInspect | undefined
  /** Id of a container that an interrupted replacement left beside it. */
  unfinished?: string
}

/** What an engine has of several projects: three lists for all of them, and an inspect for each container that is not as it was seen last. */
export async function findProjects(
  connection: DockerConnection,
  projects: readonly string[],
  signal: AbortSignal,
): Promise<Found[]> {
  const { containers, networks, volumes, engine, known, projects: memory } = connection
  const [listed, allNetworks, allVolumes, defaults] = await Promise.all([
    containers.list({ signal }),
    networks.list({ signal }),
    volumes.list({ signal }),
    engine.defaults({ signal }),
  ])
  return await Promise.all(
    projects.map(async (project): Promise<Found> => {
      const isOurs = ({ Labels }: { Labels?: Record<string, string> | null }) => Labels?.[labels.project] === project
      const ours = new Map(
        listed
          .filter((one) => one.labels[labels.project] === project && one.labels[labels.oneOff] !== 'True')
          .map((one) => [one.name, one]),
      )
      const names = new Set([...ours.keys()].map(placeOf))
      const inspected = await Promise.all(
        [...names].map(async (name): Promise<FoundContainer | undefined> => {
          const unfinished = ours.get(nextName(name))
          const there = ours.get(name) ?? unfinished!
          const inspect = await memory.looks.at(there, () => containers.inspect(there.id, { signal }))
          if (!inspect) return undefined
          return {
            service: inspect.Config.Labels?.[labels.service] ?? '',
            number: Number(inspect.Config.Labels?.[labels.number] ?? 1),
            name,
            inspect,
            image: await known.find(inspect.Image, signal),
            ...(unfinished === undefined ? {} : { unfinished: unfinished.id }),
          }
        }),
      )
      return {
        project,
        containers: inspected.filter((one) => one !== undefined).toSorted(inOrder),
        networks: byName(allNetworks.filter(isOurs)),
        volumes: new Map(allVolumes.filter(isOurs).map((volume) => [volume.Name, volume])),
        others: {
          containers: new Set(listed.map(({ name }) => name).filter((name) => !ours.has(name))),
          networks: new Set(allNetworks.filter((one) => !isOurs(one)).map(({ Name }) => Name)),
          volumes: new Set(allVolumes.filter((one) => !isOurs(one)).map(({ Name }) => Name)),
        },
        strangers: byVolume(listed.filter(({ name }) => !ours.has(name))),
        defaults,
      }
    }),
  )
}

function byVolume(containers: readonly ContainerSummary[]): Map<string, string[]> {
  const users = containers.flatMap(({ name, volumes }) => volumes.map((volume) => ({ volume, name })))
  return new Map(
    [...Map.groupBy(users, ({ volume }) => volume)].map(([volume, all]) => [
      volume,
      all.map(({ name }) => name).sort(),
    ]),
  )
}

/** The engine lists what is newest first; a plan is the same each time. */
const inOrder = (a: FoundContainer, b: FoundContainer): number =>
  a.service === b.service ? a.number - b.number : a.service < b.service ? -1 : 1

function byName(networks: readonly NetworkInspect[]): Map<string, FoundNetwork> {
  const sorted = networks.toSorted((a, b) => (a.Name < b.Name ? -1 : 1))
  const groups = Map.groupBy(sorted, ({ Name }) => Name)
  return new Map(
    [...groups].map(([name, [first, ...others]]) => [name, { ...first!, twins: others.map(({ Id }) => Id) }]),
  )
}

/** The name that a container has, or is going to have. */
const placeOf = (name: string): string => (name.endsWith(nextName('')) ? name.slice(0, -nextName('').length) : name)

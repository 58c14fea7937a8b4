import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { ContainerOptions } from '../../options.ts'
import type { Project } from '../load/project/project.ts'
import type { Service } from '../load/project/service.ts'

type Labels = Record<string, string>

const PREFIX = 'com.docker.compose.'
/** The release of Docker Compose whose rules these are: what it would have written. */
const VERSION = '2.26.1'

/** The id of the image that a container was made from. Nobody knows it before the image is there. */
export const IMAGE_LABEL = `${PREFIX}image`
export const CONFIG_HASH_LABEL = `${PREFIX}config-hash`

/** The labels of a user: those of Compose say where files lay and who read them, which is no difference. */
export const withoutComposeLabels = (labels: Readonly<Labels> | null | undefined): Labels =>
  Object.fromEntries(Object.entries(labels ?? {}).filter(([name]) => !name.startsWith(PREFIX)))

const own = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [PREFIX + name, value]))

/** Labels of a network or volume. */
export const objectLabels = (
  { name: project }: Pick<Project, 'name'>,
  kind: 'network' | 'volume',
  key: string,
  labels: Readonly<Labels> = {},
): Labels => ({ ...labels, ...own({ [kind]: key, project, version: VERSION }) })

/** Labels of an image that is built for a service, by the engine's own builder. */
export const imageLabels = (
  { name: project }: Pick<Project, 'name'>,
  service: string,
  labels: Labels = {},
): Labels => ({
  ...labels,
  ...own({ project, service, version: VERSION, 'image.builder': 'classic' }),
})

/** Labels of a container, but for the hash of its options and the id of its image. */
export function containerLabels(project: Project, name: string, service: Service, number: number): Labels {
  const dependencies = Object.entries(service.depends_on ?? {}).filter(([other]) => other in project.services)
  return {
    ...service.labels,
    ...own({
      project: project.name,
      service: name,
      version: VERSION,
      oneoff: 'False',
      'container-number': String(number),
      depends_on: dependencies
        .map(([other, { condition, restart = false }]) => `${other}:${condition}:${restart}`)
        .toSorted()
        .join(','),
      'project.working_dir': project.directory,
      'project.config_files': project.files.join(','),
      ...environmentFiles(project),
    }),
  }
}

/** Compose names them only when they are others than the one that it looks for itself. */
function environmentFiles({ directory, environmentFiles: files }: Project): Labels {
  const isUsual = files.length === 0 || (files.length === 1 && files[0] === join(directory, '.env'))
  return isUsual ? {} : { 'project.environment_file': files.join(',') }
}

/**
 * A container's options with the hash of what they say, the labels of Compose left out. Of files it is not: a label is no
 * place for what tells whether a secret was guessed.
 */
export function withConfigHash(options: ContainerOptions): ContainerOptions {
  const said = { ...options, labels: withoutComposeLabels(options.labels) }
  const hash = createHash('sha256')
    .update(JSON.stringify(sorted(said)))
    .digest('hex')
  return { ...options, labels: { ...options.labels, [CONFIG_HASH_LABEL]: hash } }
}

/** The same data with its keys in one order, but for the order of networks, which means something. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, it]): [string, unknown] => [
    key,
    key === 'networks' && typeof it === 'object' && it !== null ? Object.entries(it).map(sorted) : sorted(it),
  ])
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** The labels of a container that is made from an image. */
export const withImageLabel = (options: ContainerOptions, imageId: string): ContainerOptions => ({
  ...options,
  labels: { ...options.labels, [IMAGE_LABEL]: imageId },
})

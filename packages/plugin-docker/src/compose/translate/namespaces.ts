import type { Project } from '../load/project/project.ts'
import type { Service } from '../load/project/service.ts'
import { containerNames } from './names.ts'

const SERVICE = 'service:'
const SHARED = ['network_mode', 'pid', 'ipc'] as const

/** A namespace of another service is that of its first container. */
export function namespaceOf(project: Project, mode: string | null | undefined): string | undefined {
  if (!mode?.startsWith(SERVICE)) return mode || undefined
  const [first] = containerNames(project, mode.slice(SERVICE.length))
  return `container:${first}`
}

/** Containers whose volumes a service uses: those of a service by its first one, with `:ro` when that was said. */
export function volumesFrom(project: Project, { volumes_from = [] }: Service): string[] | undefined {
  const sources = volumes_from.map((source) => {
    const parts = source.split(':')
    const [first] = parts[0] === 'container' ? parts.splice(0, 2).slice(1) : containerNames(project, parts.shift()!)
    return [first, ...parts].join(':')
  })
  return sources.length > 0 ? sources : undefined
}

/** What in a service names another one's container, by the service. */
export function sharedServices(service: Service): { attribute: string; service: string }[] {
  const namespaces = SHARED.flatMap((attribute) => {
    const mode = service[attribute]
    return mode?.startsWith(SERVICE) ? [{ attribute, service: mode.slice(SERVICE.length) }] : []
  })
  const volumes = (service.volumes_from ?? [])
    .filter((source) => !source.startsWith('container:'))
    .map((source) => ({ attribute: 'volumes_from', service: source.split(':')[0]! }))
  return [...namespaces, ...volumes]
}

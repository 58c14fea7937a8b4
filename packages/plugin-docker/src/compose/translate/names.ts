import type { Project } from '../load/project/project.ts'
import type { Service } from '../load/project/service.ts'

/** The name of one of the containers of a service, counted from 1. */
export const containerName = (project: string, service: string, { container_name }: Service, number: number): string =>
  container_name || `${project}-${service}-${number}`

/** What the containers of a service are made from. */
export const imageName = (project: string, service: string, { image }: Service): string =>
  image || `${project}-${service}`

/** How many containers a service has. */
export const scaleOf = ({ scale, deploy }: Service): number => scale ?? deploy?.replicas ?? 1

/** The names of all containers of a service. */
export function containerNames(project: Project, service: string): string[] {
  const declared = project.services[service]
  if (declared === undefined) return []
  return Array.from({ length: scaleOf(declared) }, (_, index) =>
    containerName(project.name, service, declared, index + 1),
  )
}

import { defined, mapValues } from '../../client/options/defined.ts'
import { isAtLeast } from '../../client/options/engine-version.ts'
import type { Project } from '../load/project/project.ts'
import type { Mount, Service } from '../load/project/service.ts'
import type { Report } from './report.ts'

/** What a project is translated for. */
export type EngineLimits = {
  /** Such as `1.41`. */
  apiVersion: string
}

type Limits = { knows(api: string): boolean; report: Report }

/** A project without what an older engine would ignore without a word. */
export function withinLimits(project: Project, { apiVersion }: EngineLimits, report: Report): Project {
  const limits: Limits = { knows: (api) => isAtLeast(apiVersion, api), report }
  const services = Object.entries(project.services).map(([name, service]) => [
    name,
    serviceWithin(name, service, limits),
  ])
  const networks = Object.entries(project.networks).map(([key, network]) => {
    const { enable_ipv4, ...rest } = network
    if (enable_ipv4 === undefined || limits.knows('1.48')) return [key, network]
    if (!enable_ipv4) report.unhonoured(['networks', key, 'enable_ipv4'], olderThan('28'))
    return [key, rest]
  })
  return { ...project, services: Object.fromEntries(services), networks: Object.fromEntries(networks) }
}

const olderThan = (engine: string): string => `it needs Docker Engine ${engine} or later, and this one is older`

function serviceWithin(name: string, service: Service, { knows, report }: Limits): Service {
  const path = ['services', name]
  const { annotations, healthcheck, networks, volumes } = service
  const result: Service = { ...service }
  if (annotations && !knows('1.43')) {
    report.unhonoured([...path, 'annotations'], olderThan('24'))
    delete result.annotations
  }
  if (healthcheck?.start_interval && !knows('1.44')) {
    report.unhonoured([...path, 'healthcheck', 'start_interval'], olderThan('25'))
    result.healthcheck = defined({ ...healthcheck, start_interval: undefined })
  }
  if (networks && !knows('1.48')) {
    for (const [key, attachment] of Object.entries(networks)) {
      if (attachment?.gw_priority) report.unhonoured([...path, 'networks', key, 'gw_priority'], olderThan('28'))
    }
    result.networks = mapValues(networks, (it) => it && defined({ ...it, gw_priority: undefined }))
  }
  if (volumes) {
    result.volumes = volumes.map((mount, index) => mountWithin([...path, 'volumes', index], mount, { knows, report }))
  }
  return result
}

/** What lets a container see or change more than it is to is refused. */
function mountWithin(path: (string | number)[], mount: Mount, { knows, report }: Limits): Mount {
  const { recursive } = mount.bind ?? {}
  if (mount.volume?.subpath && !knows('1.45')) report.unsupported([...path, 'volume', 'subpath'], olderThan('26'))
  const isNew = recursive === 'readonly' || recursive === 'writable'
  if (!isNew || knows('1.44')) return mount
  // Engines before 25 never make mounts below read-only, which is what "writable" asks for.
  if (recursive === 'readonly') report.unsupported([...path, 'bind', 'recursive'], olderThan('25'))
  return { ...mount, bind: defined({ ...mount.bind, recursive: undefined }) }
}

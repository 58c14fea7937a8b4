import type { Path } from '@lares/core'
import type { Project } from '../load/project/project.ts'
import type { Service } from '../load/project/service.ts'
import type { Report } from './report.ts'

type Attribute = { path: string[]; why: string; advice?: string; honoured?: unknown }

const SWARM = 'only a swarm does that'
const WINDOWS = 'only an engine on Windows does that'

/** Attributes of a service that one engine on Linux cannot honour; but for one value, where the table says so. */
const attributes: readonly Attribute[] = [
  { path: ['deploy', 'mode'], why: SWARM, honoured: 'replicated' },
  { path: ['deploy', 'endpoint_mode'], why: SWARM },
  { path: ['deploy', 'labels'], why: 'only a swarm has labels of services', advice: 'Write them as labels.' },
  { path: ['deploy', 'update_config'], why: SWARM },
  { path: ['deploy', 'rollback_config'], why: SWARM },
  { path: ['deploy', 'placement'], why: SWARM },
  {
    path: ['deploy', 'resources', 'reservations', 'cpus'],
    why: SWARM,
    advice: 'cpu_shares gives a share of the time.',
  },
  { path: ['deploy', 'resources', 'reservations', 'generic_resources'], why: SWARM },
  { path: ['deploy', 'restart_policy', 'delay'], why: 'an engine has its own, which grows' },
  { path: ['deploy', 'restart_policy', 'window'], why: SWARM },
  { path: ['develop'], why: 'nothing is watched' },
  { path: ['credential_spec'], why: WINDOWS },
  { path: ['isolation'], why: WINDOWS, honoured: 'default' },
  { path: ['cpu_count'], why: WINDOWS, advice: 'Write cpus.' },
  { path: ['cpu_percent'], why: WINDOWS, advice: 'Write cpus.' },
]

/** Names what services and objects say that is left out. */
export function reportUnhonoured(project: Project, report: Report): void {
  for (const section of ['services', 'networks', 'volumes'] as const)
    for (const [name, { labels = {} }] of Object.entries(project[section]))
      for (const label of Object.keys(labels).filter((one) => one.startsWith('dev.lares.')))
        report.unsupported([section, name, 'labels', label], 'labels that begin with "dev.lares." are kept for Lares')
  for (const [name, service] of Object.entries(project.services)) {
    for (const attribute of attributes) reportOne(service, ['services', name], attribute, report)
  }
  for (const section of ['configs', 'secrets'] as const) {
    for (const [name, object] of Object.entries(project[section])) {
      for (const key of ['labels', 'driver_opts'] as const) {
        if (object[key] !== undefined) report.unhonoured([section, name, key], `only a swarm has ${section} of its own`)
      }
    }
  }
}

function reportOne(service: Service, at: Path, { path, why, advice, honoured }: Attribute, report: Report): void {
  const said = path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], service)
  const isNothing = said === undefined || said === honoured || said === 0
  if (!isNothing) report.unhonoured([...at, ...path], why, advice)
}

import { defined } from '../../client/options/defined.ts'
import type { ContainerOptions } from '../../options.ts'
import type { Project } from '../load/project/project.ts'
import type { Attachment, Service } from '../load/project/service.ts'
import { containerName, containerNames } from './names.ts'
import { namespaceOf } from './namespaces.ts'
import type { Report } from './report.ts'

type Networks = Extract<ContainerOptions['networks'], Record<string, unknown>>

/** The networks of a container, or what it has in their place. The one of the highest priority comes first. */
export function networksOf(
  project: Project,
  name: string,
  number: number,
  report: Report,
): Pick<ContainerOptions, 'networks' | 'networkMode'> {
  const service = project.services[name]!
  if (service.network_mode) return modeOf(project, name, service, number, report)
  const keys = networksByPriority(service)
  const [main] = keys
  const attachments = keys.map((key): [string, Networks[string]] => {
    const attachment = service.networks?.[key] ?? {}
    const macAddress = key === main ? mainMac(name, key, service, report) : attachment.mac_address
    const { name: network } = project.networks[key] ?? { name: key }
    const aliases = [containerName(project.name, name, service, number), name, ...(attachment.aliases ?? [])]
    return [
      network,
      defined({
        aliases: [...new Set(aliases)],
        ipv4: attachment.ipv4_address || undefined,
        ipv6: attachment.ipv6_address || undefined,
        linkLocalIps: attachment.link_local_ips,
        macAddress: macAddress || undefined,
        driverOptions: attachment.driver_opts,
        gatewayPriority: attachment.gw_priority || undefined,
        links: linksOf(project, service, number),
      }),
    ]
  })
  return { networks: Object.fromEntries(attachments) }
}

function networksByPriority({ networks = {} }: Service): string[] {
  const priority = (attachment: Attachment | null | undefined) => attachment?.priority ?? 0
  return Object.keys(networks)
    .toSorted()
    .toSorted((a, b) => priority(networks[b]) - priority(networks[a]))
}

/** The address of the service is that of its main network. */
function mainMac(name: string, key: string, service: Service, report: Report): string | undefined {
  const own = service.networks?.[key]?.mac_address
  const said = service.mac_address
  if (own && said && own.toLowerCase() !== said.toLowerCase()) {
    const summary = `it is another one than that of the service's main network ${key}`
    report.problem('compose_contradiction', ['services', name, 'mac_address'], summary)
  }
  return own || said
}

function modeOf(
  project: Project,
  name: string,
  service: Service,
  number: number,
  report: Report,
): Pick<ContainerOptions, 'networks' | 'networkMode'> {
  const networkMode = namespaceOf(project, service.network_mode)
  if (networkMode !== 'bridge') {
    for (const attribute of ['mac_address', 'links', 'external_links'] as const) {
      if ((service[attribute] ?? []).length === 0) continue
      report.unhonoured(['services', name, attribute], `it means nothing with network_mode: ${service.network_mode}`)
    }
    return defined({ networkMode })
  }
  const bridge = defined({ macAddress: service.mac_address || undefined, links: linksOf(project, service, number) })
  return { networkMode, ...(Object.keys(bridge).length > 0 && { networks: { bridge } }) }
}

/** Containers that are reached by other names, as Compose has called them since its first release. */
function linksOf(project: Project, service: Service, number: number): string[] | undefined {
  const links = (service.links ?? []).flatMap((link) => {
    const [other = '', alias = other] = link.split(':')
    const names = [alias, `${other}-${number}`, `${project.name}-${other}-${number}`]
    return containerNames(project, other).flatMap((container) => names.map((it) => `${container}:${it}`))
  })
  const external = (service.external_links ?? []).map((link) => {
    const [container = '', alias = container] = link.split(':')
    return `${container}:${alias}`
  })
  const all = [...new Set([...links, ...external])]
  return all.length > 0 ? all : undefined
}

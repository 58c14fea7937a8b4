import type { NetworkSpec } from '../../client/index.ts'
import { defined, isEmpty } from '../../client/options/defined.ts'
import type { Project, ProjectNetwork } from '../load/project/project.ts'
import { objectLabels } from './labels.ts'
import type { NetworkPart } from './parts.ts'
import type { Report } from './report.ts'

/** The networks that services use. */
export const networkParts = (project: Project, report: Report): NetworkPart[] =>
  Object.entries(project.networks).map(([key, network]) => {
    const external = network.external === true
    return { key, name: network.name, external, spec: external ? {} : networkSpec(project, key, network, report) }
  })

function networkSpec(project: Project, key: string, network: ProjectNetwork, report: Report): NetworkSpec {
  const { ipam = {}, driver_opts, internal, attachable, enable_ipv4, enable_ipv6 } = network
  const pools = (ipam.config ?? []).flatMap(({ subnet, gateway, ip_range, aux_addresses }, index) => {
    if (subnet !== undefined) return [defined({ subnet, gateway, range: ip_range, reserved: aux_addresses })]
    const rest = Object.keys(defined({ gateway, ip_range, aux_addresses })).join(', ')
    const path = ['networks', key, 'ipam', 'config', index]
    if (rest !== '') report.problem('compose_invalid_option', path, `${rest}: nothing without a subnet`)
    return []
  })
  return defined({
    driver: network.driver || undefined,
    driverOptions: isEmpty(driver_opts ?? {}) ? undefined : driver_opts,
    internal,
    attachable,
    ipv4: enable_ipv4,
    ipv6: enable_ipv6,
    ipamDriver: ipam.driver || undefined,
    ipamOptions: isEmpty(ipam.options ?? {}) ? undefined : ipam.options,
    pools: pools.length > 0 ? pools : undefined,
    labels: objectLabels(project, 'network', key, network.labels),
  })
}

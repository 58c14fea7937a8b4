import type { ContainerOptions } from '../../options.ts'
import type { ContainerInspect, EndpointSettings } from '../wire.ts'
import { defined, isEmpty } from './defined.ts'
import { isAtLeast } from './engine-version.ts'
import type { AttachmentSpec, ContainerSpec } from './spec.ts'

/** Per-network MAC addresses, and more than one network in a create request, came with this API version. */
const MULTIPLE_NETWORKS_API = '1.44'

type NetworkOptions = Pick<ContainerOptions, 'networks' | 'networkMode'>
type NetworkSpec = Pick<ContainerSpec, 'networks' | 'networkMode'>

const isPredefined = (mode: string) => /^(?:default|bridge|host|none|container:.+)$/.test(mode)

/** A user-defined network given as mode is a network like the others; mode `default` says nothing. */
export function canonicalNetworks({ networks, networkMode }: NetworkOptions): NetworkSpec {
  const attachments = networks === undefined ? undefined : canonicalAttachments(networks)
  if (networkMode === undefined || networkMode === 'default') return defined({ networks: attachments })
  if (isPredefined(networkMode)) {
    if (attachments && !isEmpty(attachments) && networkMode !== 'bridge') {
      throw new RangeError(`networkMode "${networkMode}" cannot be combined with networks`)
    }
    return defined({ networkMode, networks: attachments })
  }
  return { networks: { [networkMode]: {}, ...attachments } }
}

function canonicalAttachments(networks: NonNullable<NetworkOptions['networks']>): Record<string, AttachmentSpec> {
  if (Array.isArray(networks)) return Object.fromEntries(networks.map((name) => [name, {}]))
  return Object.fromEntries(
    Object.entries(networks).map(([name, attachment]) => [
      name,
      attachmentSpec({
        ...attachment,
        ipv6: attachment.ipv6?.toLowerCase(),
        macAddress: attachment.macAddress?.toLowerCase().replaceAll('-', ':'),
      }),
    ]),
  )
}

function attachmentSpec(attachment: { [K in keyof AttachmentSpec]: AttachmentSpec[K] | undefined }): AttachmentSpec {
  const filled = Object.entries(defined(attachment)).filter(
    ([, value]) => value !== '' && value !== 0 && !isEmpty(value),
  )
  return Object.fromEntries(filled.map(([key, value]) => [key, Array.isArray(value) ? value.toSorted() : value]))
}

/** What a create request says about networks, and what has to be connected after it. */
export type NetworkPlan = {
  mode?: string
  macAddress?: string
  /** Of the default bridge alone: other networks have them in their endpoint. */
  links?: string[]
  endpoints: Record<string, EndpointSettings>
  later: [name: string, endpoint: EndpointSettings][]
}

/** @throws RangeError when a MAC address is asked for where this API version cannot set it. */
export function networksToEngine({ networks = {}, networkMode }: NetworkSpec, apiVersion: string): NetworkPlan {
  const modern = isModern(apiVersion)
  const entries = Object.entries(networks)
  const [primary, ...others] = entries
  const endpoint = (spec: AttachmentSpec) => endpointToEngine(spec, modern)
  const stray = modern ? undefined : others.find(([, spec]) => spec.macAddress !== undefined)
  if (stray) throw new RangeError(`network ${stray[0]}: this engine sets a MAC address on the first network only`)
  const later = others.map(([name, spec]): [string, EndpointSettings] => [name, endpoint(spec)])
  const mode = networkMode ?? primary?.[0]
  const links = mode === 'bridge' ? networks['bridge']?.links : undefined
  return {
    ...defined({ mode, links, macAddress: modern ? undefined : primary?.[1].macAddress }),
    endpoints: Object.fromEntries([
      ...(primary ? [[primary[0], endpoint(links ? withoutLinks(primary[1]) : primary[1])] as const] : []),
      ...(modern ? later : []),
    ]),
    later: modern ? [] : later,
  }
}

const withoutLinks = ({ links: _, ...spec }: AttachmentSpec): AttachmentSpec => spec

/** What connecting a network to an existing container sends. */
export function endpointToEngine(spec: AttachmentSpec, withMacAddress: boolean): EndpointSettings {
  const ipam = defined({ IPv4Address: spec.ipv4, IPv6Address: spec.ipv6, LinkLocalIPs: spec.linkLocalIps })
  return {
    ...defined({ Aliases: spec.aliases, DriverOpts: spec.driverOptions, Links: spec.links }),
    ...defined({ GwPriority: spec.gatewayPriority }),
    ...defined({ MacAddress: withMacAddress ? spec.macAddress : undefined }),
    ...(!isEmpty(ipam) && { IPAMConfig: ipam }),
  }
}

export const isModern = (apiVersion: string): boolean => isAtLeast(apiVersion, MULTIPLE_NETWORKS_API)

/** What was said about networks, without the aliases and addresses that the engine gives by itself. */
export function networksFromEngine(inspect: ContainerInspect, wanted: NetworkSpec = {}): NetworkSpec {
  const mode = inspect.HostConfig.NetworkMode ?? 'default'
  const attached = inspect.NetworkSettings.Networks
  const isPrimary = ([name, { NetworkID }]: [string, EndpointSettings]) => name === mode || NetworkID === mode
  const primaryFirst = Object.entries(attached).toSorted((a, b) => Number(isPrimary(b)) - Number(isPrimary(a)))
  const networks = Object.fromEntries(
    primaryFirst.map(([name, endpoint], index) => [
      name,
      attachmentFromEngine(inspect, name, endpoint, index === 0, wanted.networks?.[name]),
    ]),
  )
  if (!isPredefined(mode)) return { networks }
  const isDefault = mode === 'default' || mode === 'bridge'
  const own = isDefault ? 'bridge' : mode
  const isPlain = primaryFirst.every(([name]) => name === own && isEmpty(networks[name]))
  return {
    ...(isDefault ? wanted.networkMode === 'bridge' && { networkMode: 'bridge' } : { networkMode: mode }),
    ...(wanted.networks && isPlain && isEmpty(wanted.networks) && { networks: {} }),
    ...((!isPlain || (isDefault && wanted.networks?.['bridge'])) && { networks }),
  }
}

function attachmentFromEngine(
  inspect: ContainerInspect,
  name: string,
  endpoint: EndpointSettings,
  isPrimary: boolean,
  wanted: AttachmentSpec = {},
): AttachmentSpec {
  const given = new Set([inspect.Id.slice(0, 12), inspect.Name.replace(/^\//, ''), inspect.Config.Hostname])
  const ipam = endpoint.IPAMConfig
  const configuredMac = isPrimary ? inspect.Config.MacAddress : undefined
  return attachmentSpec({
    aliases: [...new Set(endpoint.Aliases)].filter((alias) => !given.has(alias) || wanted.aliases?.includes(alias)),
    ipv4: ipam?.IPv4Address,
    ipv6: ipam?.IPv6Address?.toLowerCase(),
    linkLocalIps: ipam?.LinkLocalIPs ?? undefined,
    macAddress: configuredMac || (wanted.macAddress === undefined ? undefined : endpoint.MacAddress?.toLowerCase()),
    driverOptions: endpoint.DriverOpts ?? undefined,
    links: endpoint.Links ?? (name === 'bridge' ? inspect.HostConfig.Links?.map(bridgeLink) : undefined),
    gatewayPriority: endpoint.GwPriority,
  })
}

/** `/db:/web/database` is how the engine shows `db:database`. */
const bridgeLink = (shown: string): string => shown.replace(/^\/([^:]+):.*\//, '$1:')

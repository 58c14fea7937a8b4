import type { NetworkInspect, NetworkPool } from '../wire.ts'
import { defined, isEmpty } from './defined.ts'

/** What can be said about a network, in the form that both config and engine are compared in. */
export type NetworkSpec = {
  /** `bridge` when absent. */
  driver?: string | undefined
  driverOptions?: Record<string, string> | undefined
  labels?: Record<string, string> | undefined
  /** No way out to other networks. */
  internal?: boolean | undefined
  attachable?: boolean | undefined
  /** Off needs engine 28 or later. */
  ipv4?: boolean | undefined
  ipv6?: boolean | undefined
  ipamDriver?: string | undefined
  ipamOptions?: Record<string, string> | undefined
  /** Address pools; the engine picks one when absent. */
  pools?: PoolSpec[] | undefined
}

export type PoolSpec = {
  /** `172.30.0.0/24` */
  subnet: string
  gateway?: string | undefined
  /** Part of the subnet that addresses are given from. */
  range?: string | undefined
  /** Addresses that the engine must not give away, by name. */
  reserved?: Record<string, string> | undefined
}

export function networkToEngine(spec: NetworkSpec): Record<string, unknown> {
  const pools = spec.pools?.map(({ subnet, gateway, range, reserved }) =>
    defined({ Subnet: subnet, Gateway: gateway, IPRange: range, AuxiliaryAddresses: reserved }),
  )
  const ipam = defined({ Driver: spec.ipamDriver, Options: spec.ipamOptions, Config: pools })
  return defined({
    Driver: spec.driver,
    Options: spec.driverOptions,
    Labels: spec.labels,
    Internal: spec.internal,
    Attachable: spec.attachable,
    EnableIPv4: spec.ipv4,
    EnableIPv6: spec.ipv6,
    IPAM: isEmpty(ipam) ? undefined : ipam,
  })
}

/**
 * An existing network in the same form. Pools, gateways and driver options that the engine chose by itself are shown only
 * when `wanted` has them too.
 */
export function networkFromEngine(network: NetworkInspect, wanted: NetworkSpec = {}): NetworkSpec {
  const said = <K extends keyof NetworkSpec>(option: K, value: NetworkSpec[K], unset: NetworkSpec[K]) =>
    wanted[option] !== undefined || (value !== unset && !isEmpty(value)) ? value : undefined
  return defined({
    driver: said('driver', network.Driver, 'bridge'),
    driverOptions: said('driverOptions', network.Options ?? {}, {}),
    labels: said('labels', network.Labels ?? {}, {}),
    internal: said('internal', network.Internal, false),
    attachable: said('attachable', network.Attachable, false),
    ipv4: said('ipv4', network.EnableIPv4 ?? true, true),
    ipv6: said('ipv6', network.EnableIPv6, false),
    ipamDriver: said('ipamDriver', network.IPAM.Driver ?? 'default', 'default'),
    ipamOptions: said('ipamOptions', network.IPAM.Options ?? {}, {}),
    pools: wanted.pools && (network.IPAM.Config ?? []).map((pool) => poolFromEngine(pool, wanted.pools ?? [])),
  })
}

function poolFromEngine(pool: NetworkPool, wanted: readonly PoolSpec[]): PoolSpec {
  const wish = wanted.find(({ subnet }) => subnet === pool.Subnet)
  return defined({
    subnet: pool.Subnet ?? '',
    gateway: wish && wish.gateway === undefined ? undefined : pool.Gateway,
    range: pool.IPRange || undefined,
    reserved: isEmpty(pool.AuxiliaryAddresses ?? {}) ? undefined : (pool.AuxiliaryAddresses ?? undefined),
  })
}

import { isIPv4 } from 'node:net'
import { all, at, element, get, made, parseXml, put, remove, type Xml } from '../../client/index.ts'
import { merge } from '../domain/raw-xml.ts'
import { addressAt, canonical6, cidrOf, networkOf, prefixOfNetmask, subnetOf } from './address.ts'
import type { NetworkAttributes, NetworkInputs } from './schema.ts'

/** Writes what the inputs say about some of them into a definition, in place. */
type Write = (document: Xml, inputs: NetworkInputs) => void

const isFamily = (ip: Xml, family: 4 | 6): boolean => isIPv4(ip.attributes.address ?? '') === (family === 4)

const ipOf = (document: Xml, family: 4 | 6): Xml | undefined => all(document, 'ip').find((ip) => isFamily(ip, family))

const prefixOf = ({ attributes: { prefix, netmask, address = '' } }: Xml): number =>
  prefix === undefined
    ? netmask === undefined
      ? isIPv4(address)
        ? 32
        : 128
      : prefixOfNetmask(netmask)
    : Number(prefix)

function writeAddress(document: Xml, family: 4 | 6, cidr: string | undefined, gateway: string | undefined): void {
  const found = ipOf(document, family)
  if (cidr === undefined) {
    document.children = document.children.filter((child) => child !== found)
    return
  }
  const ip = found ?? element('ip')
  if (!found) document.children.push(ip)
  const subnet = subnetOf(cidr)
  ip.attributes = {
    ...(family === 6 ? { family: 'ipv6' } : {}),
    address: gateway ?? addressAt(subnet, 1),
    prefix: String(subnet.prefix),
  }
}

/** The addresses that are leased; all but the first and the last of the subnet unless said. */
export function rangeOf({ dhcp, cidr, gateway }: NetworkInputs): { start: string; end: string } | undefined {
  if (dhcp === false || cidr === undefined) return undefined
  if (dhcp !== true) return dhcp
  const subnet = subnetOf(cidr)
  const isFirst = (gateway ?? addressAt(subnet, 1)) === addressAt(subnet, 1)
  return { start: addressAt(subnet, isFirst ? 2 : 1), end: addressAt(subnet, -2) }
}

const writeRange: Write = (document, inputs) => {
  const ip = ipOf(document, 4)
  if (!ip) return
  const range = rangeOf(inputs)
  remove(ip, 'dhcp/range')
  if (range) made(ip, 'dhcp').children.unshift(element('range', range))
  else remove(ip, 'dhcp')
}

export const leaseElement = (name: string, { mac, ip }: { mac: string; ip: string }): Xml =>
  element('host', { mac, name, ip })

export const hostElement = (ip: string, names: readonly string[]): Xml =>
  element('host', { ip }, ...names.map((name) => element('hostname', {}, name)))

const writeLeases: Write = (document, { leases = {} }) => {
  const ip = ipOf(document, 4)
  for (const [name, lease] of Object.entries(leases)) if (ip) made(ip, 'dhcp').children.push(leaseElement(name, lease))
}

const writeHosts: Write = (document, { hosts = {} }) => {
  for (const [ip, names] of Object.entries(hosts)) made(document, 'dns').children.push(hostElement(ip, names))
}

/** What writes each input into a definition. Those of one function are written together. */
export const writers: Readonly<Partial<Record<keyof NetworkInputs, Write>>> = {
  mode(document, { mode }) {
    if (mode === 'isolated') return remove(document, 'forward')
    put(document, 'forward@mode', mode)
    if (mode !== 'nat') remove(document, 'forward/nat')
  },
  forwardDevice(document, { forwardDevice, mode }) {
    remove(document, 'forward/interface')
    if (mode !== 'isolated') put(document, 'forward@dev', forwardDevice)
  },
  bridge: (document, { bridge }) => put(document, 'bridge@name', bridge),
  stp: (document, { stp }) => put(document, 'bridge@stp', stp === undefined ? undefined : stp ? 'on' : 'off'),
  mtu: (document, { mtu }) => (mtu === undefined ? remove(document, 'mtu') : put(document, 'mtu@size', mtu)),
  domain: (document, { domain }) =>
    domain === undefined ? remove(document, 'domain') : put(document, 'domain@name', domain),
  domainLocal(document, { domain, domainLocal }) {
    if (domain !== undefined) put(document, 'domain@localOnly', domainLocal)
  },
  dns(document, { dns }) {
    if (dns !== undefined || at(document, 'dns')) put(document, 'dns@enable', dns)
  },
  forwarders(document, { forwarders = [] }) {
    remove(document, 'dns/forwarder')
    for (const addr of forwarders) made(document, 'dns').children.push(element('forwarder', { addr }))
  },
  cidr: (document, { cidr, gateway }) => writeAddress(document, 4, cidr, gateway),
  cidr6: (document, { cidr6, gateway6 }) => writeAddress(document, 6, cidr6, gateway6),
  dhcp: writeRange,
  leases: writeLeases,
  hosts: writeHosts,
  xml(document, { xml }) {
    if (xml !== undefined) merge(document, parseXml(xml))
  },
}

/** What a definition says, under the names of the inputs. */
export function readFields(
  document: Xml,
): Omit<NetworkAttributes, 'active' | 'autostart' | 'guests' | 'unplugged' | 'owner'> {
  const ip4 = ipOf(document, 4)
  const ip6 = ipOf(document, 6)
  const range = at(ip4, 'dhcp/range')?.attributes
  const stp = get(document, 'bridge@stp')
  const mtu = get(document, 'mtu@size')
  const local = get(document, 'domain@localOnly')
  const forwarders = all(document, 'dns/forwarder').flatMap(({ attributes: { addr } }) => addr ?? [])
  const optional = {
    bridge: get(document, 'bridge@name'),
    domain: get(document, 'domain@name'),
    forwardDevice: get(document, 'forward@dev') ?? get(document, 'forward/interface@dev'),
    mtu: mtu === undefined ? undefined : Number(mtu),
    stp: stp === undefined ? undefined : stp === 'on',
    ...(ip4 ? addressFields(ip4, 'cidr', 'gateway') : {}),
    ...(ip6 ? addressFields(ip6, 'cidr6', 'gateway6') : {}),
  }
  return {
    name: get(document, 'name') ?? '',
    uuid: get(document, 'uuid') ?? '',
    mode: get(document, 'forward@mode') ?? (at(document, 'forward') ? 'nat' : 'isolated'),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    domainLocal: local === 'yes',
    dns: get(document, 'dns@enable') !== 'no',
    forwarders,
    dhcp: range?.start !== undefined && range.end !== undefined ? { start: range.start, end: range.end } : false,
    leases: Object.fromEntries(
      all(ip4, 'dhcp/host').map(({ attributes: { name, mac, ip = '' } }) => [
        name ?? mac ?? ip,
        { ...(mac && { mac }), ip },
      ]),
    ),
    hosts: Object.fromEntries(
      all(document, 'dns/host').map((host) => [
        host.attributes.ip ?? '',
        all(host, 'hostname').map((each) => each.children.join('')),
      ]),
    ),
  }
}

function addressFields(ip: Xml, cidr: string, gateway: string): Record<string, string> {
  const address = ip.attributes.address ?? ''
  return { [cidr]: cidrOf(networkOf(address, prefixOf(ip))), [gateway]: canonical6(address) }
}

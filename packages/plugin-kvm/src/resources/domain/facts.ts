import { all, get, type Libvirt, LibvirtError, parseXml, type Xml } from '../../client/index.ts'
import { disksOf, targetOf } from './devices/disk.ts'
import { addressOf, interfacesOf } from './devices/interface.ts'

/** An address that a network gave to an interface. */
export interface Lease {
  address: string
  /** When it ends; every renewal puts it off. */
  until: string
}

/** What libvirt tells of one guest. */
export interface DomainFacts {
  name: string
  /** The document that it starts with the next time. */
  inactive: Xml
  /** As libvirt wrote it. */
  document: string
  /** The document that it runs with; the same as `inactive` while it does not run. */
  live: Xml
  state: string
  autostart: boolean
  /** Bytes by target, of disks whose file or device is there. */
  sizes: Map<string, number>
  /** What its networks lease to it at any time, by MAC address. */
  reserved: Map<string, string>
  /** By MAC address, newest first. */
  leases: Map<string, Lease[]>
  /** What its agent says, by MAC address. */
  reported: Map<string, string[]>
}

type Found = Pick<DomainFacts, 'name' | 'inactive' | 'document' | 'live' | 'state' | 'autostart'>

/** Looks at many guests in two round trips; null for one that is not there. */
export async function readDomains(
  libvirt: Libvirt,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<(DomainFacts | LibvirtError | null)[]> {
  const answers = await libvirt.read(
    names.flatMap((name) => [
      ['dumpxml', '--inactive', name],
      ['dumpxml', name],
      ['dominfo', name],
    ]),
    signal,
  )
  const found = names.map((name, index) => basics(name, answers.slice(index * 3, index * 3 + 3)))
  const present = found.filter((each): each is Found => each !== null && !(each instanceof LibvirtError))
  const details = await readDetails(libvirt, present, signal)
  return found.map((each) => (each === null || each instanceof LibvirtError ? each : details.get(each.name)!))
}

/** One guest, or null. */
export async function readDomain(libvirt: Libvirt, name: string, signal?: AbortSignal): Promise<DomainFacts | null> {
  const [answer] = await readDomains(libvirt, [name], signal)
  if (answer instanceof LibvirtError) throw answer
  return answer ?? null
}

function basics(name: string, answers: readonly (string | LibvirtError)[]): Found | LibvirtError | null {
  const [document, live, info] = answers
  for (const answer of answers) if (answer instanceof LibvirtError) return answer.code === 'not_found' ? null : answer
  const inactive = parseXml(document as string)
  return {
    name,
    inactive,
    document: document as string,
    live: parseXml(live as string),
    state: /^State:\s+(.+)$/m.exec(info as string)?.[1]?.trim() ?? 'unknown',
    autostart: /^Autostart:\s+enable/m.test(info as string),
  }
}

export const isRunning = ({ state }: Pick<DomainFacts, 'state'>): boolean => state !== 'shut off' && state !== 'crashed'

/** True when the guest agent has opened its end of the channel. */
export const hasAgent = (live: Xml): boolean =>
  all(live, 'devices/channel').some(
    (each) => get(each, 'target@name') === 'org.qemu.guest_agent.0' && get(each, 'target@state') === 'connected',
  )

const networksOf = (domain: Xml): string[] =>
  interfacesOf(domain).flatMap((each) => {
    const network = each.attributes.type === 'network' ? get(each, 'source@network') : undefined
    return network === undefined ? [] : [network]
  })

async function readDetails(
  libvirt: Libvirt,
  found: readonly Found[],
  signal: AbortSignal | undefined,
): Promise<Map<string, DomainFacts>> {
  const networks = [...new Set(found.flatMap(({ inactive }) => networksOf(inactive)))]
  const disks = found.flatMap(({ name, inactive }) =>
    disksOf(inactive)
      .filter((disk) => get(disk, 'source@file') ?? get(disk, 'source@dev') ?? get(disk, 'source@volume'))
      .map((disk) => ({ name, target: targetOf(disk) })),
  )
  const talking = found.filter((each) => isRunning(each) && hasAgent(each.live)).map(({ name }) => name)
  const commands = [
    ...networks.flatMap((network) => [
      ['net-dumpxml', network],
      ['net-dhcp-leases', network],
    ]),
    ...disks.map(({ name, target }) => ['domblkinfo', name, target]),
    ...talking.map((name) => ['domifaddr', name, '--source', 'agent']),
  ]
  const answers = commands.length > 0 ? (await libvirt.read(commands, signal)).values() : [].values()
  const next = (): string => {
    const answer = answers.next().value
    // A network or a disk that is gone, an agent that does not answer: nothing is known of it.
    return typeof answer === 'string' ? answer : ''
  }
  const reserved = new Map<string, string>()
  const leases = new Map<string, Lease[]>()
  for (const _ of networks) {
    for (const [mac, address] of reservationsIn(next())) reserved.set(mac, address)
    for (const [mac, rows] of leasesIn(next())) leases.set(mac, rows)
  }
  const sizes = new Map(found.map(({ name }) => [name, new Map<string, number>()]))
  for (const { name, target } of disks) {
    const capacity = /^Capacity:\s+(\d+)/m.exec(next())?.[1]
    if (capacity !== undefined) sizes.get(name)!.set(target, Number(capacity))
  }
  const reported = new Map(talking.map((name) => [name, reportedIn(next())]))
  return new Map(
    found.map((each) => {
      const { name } = each
      return [name, { ...each, sizes: sizes.get(name)!, reserved, leases, reported: reported.get(name) ?? new Map() }]
    }),
  )
}

/** MAC and address of each host that a network knows by name. */
export function reservationsIn(network: string): [mac: string, address: string][] {
  if (network === '') return []
  return all(parseXml(network), 'ip/dhcp/host').flatMap(({ attributes: { mac, ip } }) =>
    mac === undefined || ip === undefined ? [] : [[mac.toLowerCase(), ip] as [string, string]],
  )
}

/** The newest lease first: one of the same interface under a former identity stays until it ends. */
export function leasesIn(table: string): Map<string, Lease[]> {
  const rows = [...table.matchAll(/^\s*(\d\S+ \S+)\s+([0-9a-f:]{17})\s+ipv4\s+([\d.]+)/gim)]
    .map(([, until = '', mac = '', address = '']) => ({ mac: mac.toLowerCase(), value: { address, until } }))
    .sort((a, b) => b.value.until.localeCompare(a.value.until))
  return grouped(rows)
}

/** IPv4 addresses from the table of `domifaddr`; rows after the first of an interface have no MAC address. */
export function reportedIn(table: string): Map<string, string[]> {
  let current = ''
  const rows = [...table.matchAll(/^\s*\S+\s+([0-9a-f:]{17}|-)\s+(ipv4|ipv6)\s+([^\s/]+)/gim)].flatMap(
    ([, mac = '', kind, address = '']) => {
      if (mac !== '-') current = mac.toLowerCase()
      return kind === 'ipv4' ? [{ mac: current, value: address }] : []
    },
  )
  return grouped(rows)
}

function grouped<T>(rows: readonly { mac: string; value: T }[]): Map<string, T[]> {
  const found = new Map<string, T[]>()
  for (const { mac, value } of rows) found.set(mac, [...(found.get(mac) ?? []), value])
  return found
}

/** The leases of a guest that is about to start: what they say may be about the one whose place it takes. */
export const leasesOf = ({ leases }: DomainFacts): ReadonlySet<string> =>
  new Set([...leases].flatMap(([mac, rows]) => rows.map((row) => leaseKey(mac, row))))

const leaseKey = (mac: string, { address, until }: Lease) => `${mac} ${address} ${until}`

/** Its addresses, the most certain first. */
export function addressesOf(
  { inactive, live, leases, reported, reserved, state }: DomainFacts,
  former: ReadonlySet<string> = new Set(),
): string[] {
  const macs = interfacesOf(isRunning({ state }) ? live : inactive).map(addressOf)
  const of = (mac: string) => {
    const leased = (leases.get(mac) ?? [])
      .filter((row) => !former.has(leaseKey(mac, row)))
      .map(({ address }) => address)
    const fixed = reserved.get(mac)
    return [
      ...(fixed !== undefined && (leased.length === 0 || leased.includes(fixed)) ? [fixed] : []),
      ...(reported.get(mac) ?? []),
      ...leased.slice(0, 1),
    ]
  }
  return [...new Set(macs.flatMap(of))]
}

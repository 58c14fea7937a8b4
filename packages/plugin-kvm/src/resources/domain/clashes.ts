import { type DiagnosticInput, fail, type Owner } from '@lares/core'
import { all, get, type Libvirt, LibvirtError, parseXml, type Xml } from '../../client/index.ts'
import { disksOf } from './devices/disk.ts'
import { addressOf, interfacesOf } from './devices/interface.ts'
import { readMark } from './metadata.ts'
import { neighboursOf } from './neighbours.ts'
import type { DomainInputs } from './schema.ts'
import { namedInterfaces, nameOf } from './wanted.ts'

/** Something that only one guest can have. */
interface Want {
  /** Where the config asks for it. */
  path: string
  kind: string
  key: string
}

/**
 * What a guest is to have and somebody else's guest has already: addresses, ports, disks. Guests of the lab itself are
 * compared as claims. For a guest that is there it is only told; for a new one it is refused before anything is made.
 */
export async function checkClashes(
  libvirt: Libvirt,
  inputs: DomainInputs,
  owner: Owner,
  signal: AbortSignal,
): Promise<DiagnosticInput[]> {
  const name = nameOf(inputs, owner)
  const neighbours = await neighboursOf(libvirt, signal)
  const isOurs = ({ domain }: { domain: Xml }) => readMark(domain).owner?.lab === owner.lab
  const strangers = neighbours.filter((each) => each.name !== name && !isOurs(each))
  const ours = new Set(neighbours.filter(isOurs).flatMap(({ domain }) => interfacesOf(domain).map(addressOf)))
  const wants = wantsOf(inputs, owner)
  const clashes = [
    ...strangers.flatMap(({ name: other, domain }) => {
      const taken = takenBy(domain)
      return wants
        .filter(({ kind, key }) => taken.has(`${kind} ${key}`))
        .map((want) => clash(want, `The guest "${other}", which is not of this lab,`))
    }),
    ...(await reservedForOthers(libvirt, inputs, owner, ours, signal)),
  ]
  if (clashes[0] && !neighbours.some((each) => each.name === name)) fail(clashes[0])
  return clashes
}

const clash = ({ path, kind, key }: Want, holder: string): DiagnosticInput => ({
  code: 'already_taken',
  path,
  summary: `${holder} has the ${kind} ${key} already`,
  advice: 'Say another one, or change that of the other.',
})

function wantsOf({ interfaces, graphics = [], disks = [] }: DomainInputs, owner: Owner): Want[] {
  return [
    ...namedInterfaces(interfaces, owner).map(({ mac }, index) => ({
      ...{ path: `interfaces[${index}].mac`, kind: 'MAC address', key: mac },
    })),
    ...graphics.flatMap(({ port }, index) =>
      port === undefined ? [] : [{ path: `graphics[${index}].port`, kind: 'port', key: String(port) }],
    ),
    ...disks.flatMap(({ path, readOnly, device }, index) =>
      path === undefined || readOnly || device === 'cdrom'
        ? []
        : [{ path: `disks[${index}].path`, kind: 'disk', key: path }],
    ),
  ]
}

function takenBy(domain: Xml): ReadonlySet<string> {
  const written = disksOf(domain).filter(
    (disk) => get(disk, 'readonly') === undefined && get(disk, 'shareable') === undefined,
  )
  return new Set([
    ...interfacesOf(domain).map((each) => `MAC address ${addressOf(each)}`),
    ...all(domain, 'devices/graphics').flatMap(({ attributes: { port, autoport } }) =>
      autoport === 'yes' || port === undefined ? [] : [`port ${port}`],
    ),
    ...written.flatMap((disk) => {
      const path = get(disk, 'source@file') ?? get(disk, 'source@dev')
      return path === undefined ? [] : [`disk ${path}`]
    }),
  ])
}

/** Addresses that a network leases to somebody else at any time. */
async function reservedForOthers(
  libvirt: Libvirt,
  { interfaces }: DomainInputs,
  owner: Owner,
  ours: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<DiagnosticInput[]> {
  const wanted = namedInterfaces(interfaces, owner).flatMap(({ mac, address, network = 'default' }, index) =>
    address === undefined ? [] : [{ mac, address, network, path: `interfaces[${index}].address` }],
  )
  if (wanted.length === 0) return []
  const answers = await libvirt.read(
    wanted.map(({ network }) => ['net-dumpxml', network, '--inactive']),
    signal,
  )
  return wanted.flatMap(({ mac, address, network, path }, index) => {
    const answer = answers[index]!
    // One that is not there may be made by the same run.
    if (answer instanceof LibvirtError) return []
    const holder = all(parseXml(answer), 'ip/dhcp/host').find(({ attributes }) => attributes.ip === address)?.attributes
    const other = holder?.mac?.toLowerCase()
    if (other === undefined || other === mac || ours.has(other)) return []
    return [
      {
        ...clash(
          { path, kind: 'IP address', key: address },
          `${holder?.name === undefined ? 'Another machine' : `"${holder.name}"`}, with the MAC address ${other},`,
        ),
        detail: `The network "${network}" keeps it for that one.`,
      },
    ]
  })
}

import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { all, get, parseXml, type Xml } from '../../src/index.ts'
import { DATA, directory, SYSTEM } from './disks.ts'
import { namesOf, virsh } from './hypervisor.ts'

interface Guest {
  uuid: string
  macs: string[]
  running: boolean
  autostart: boolean
  vcpus: number
  /** Files by target. */
  disks: Record<string, string>
  snapshots: number
  /** The mark of unfinished work. */
  pending: string | undefined
  /** Its running interfaces that are on no bridge. */
  unplugged: string[]
}

interface Network {
  active: boolean
  autostart: boolean
  domain: string | undefined
  /** MAC and IP addresses. */
  reserved: string[]
}

interface Volume {
  /** Bytes that a guest sees, of qcow2; otherwise 0. */
  capacity: number
  inode: number
  /** What is in it that was written there. */
  holds: string[]
  content: Buffer
}

/** What is on the hypervisor, asked behind the back of the product. */
export interface Reality {
  guests: ReadonlyMap<string, Guest>
  networks: ReadonlyMap<string, Network>
  pools: ReadonlyMap<string, { active: boolean; autostart: boolean }>
  /** The files of the pool `store`. */
  volumes: ReadonlyMap<string, Volume>
  /** How many processes there are that run a guest. */
  processes: number
}

export async function observe(): Promise<Reality> {
  const { guests, networks, pools } = await namesOf()
  const questions = [
    ...guests.flatMap((name) => [
      ['dumpxml', '--inactive', name],
      ['dumpxml', name],
      ['dominfo', name],
      ['snapshot-list', name, '--name'],
    ]),
    ...networks.flatMap((name) => [
      ['net-dumpxml', '--inactive', name],
      ['net-info', name],
    ]),
    ...pools.map((name) => ['pool-info', name]),
  ]
  const answers = (await virsh(...questions)).values()
  const next = () => answers.next().value ?? ''
  const plugged = await execa('ip', ['-oneline', 'link', 'show', 'type', 'tun'], { timeout: 5_000 })
  return {
    guests: new Map(guests.map((name) => [name, guestOf(next(), next(), next(), next(), plugged.stdout)])),
    networks: new Map(networks.map((name) => [name, networkOf(next(), next())])),
    pools: new Map(pools.map((name) => [name, stateOf(next())])),
    volumes: await volumes(),
    processes: await processes(),
  }
}

function guestOf(inactive: string, live: string, info: string, snapshots: string, links: string): Guest {
  const xml = parseXml(inactive)
  const running = /^State:\s+running/m.test(info)
  const taps = running ? interfacesOf(parseXml(live)).map((each) => get(each, 'target@dev') ?? '') : []
  const isPlugged = (tap: string) =>
    links.split('\n').some((line) => line.includes(` ${tap}: `) && /\bmaster\b/.test(line))
  return {
    uuid: get(xml, 'uuid') ?? '',
    macs: interfacesOf(xml).map((each) => get(each, 'mac@address') ?? ''),
    running,
    autostart: /^Autostart:\s+enable/m.test(info),
    vcpus: Number(get(xml, 'vcpu')),
    disks: Object.fromEntries(
      all(xml, 'devices/disk').map((disk) => [get(disk, 'target@dev') ?? '', get(disk, 'source@file') ?? '']),
    ),
    snapshots: snapshots.split('\n').filter((line) => line.trim() !== '').length,
    pending: get(xml, 'metadata/lares:domain@pending'),
    unplugged: taps.filter((tap) => !isPlugged(tap)),
  }
}

const interfacesOf = (domain: Xml): Xml[] => all(domain, 'devices/interface')

const stateOf = (info: string) => ({
  active: /^(?:State:\s+running|Active:\s+yes)/m.test(info),
  autostart: /^Autostart:\s+yes/m.test(info),
})

function networkOf(document: string, info: string): Network {
  const xml = parseXml(document)
  return {
    ...stateOf(info),
    domain: get(xml, 'domain@name'),
    reserved: all(xml, 'ip/dhcp/host').map(({ attributes: { mac, ip } }) => `${mac} ${ip}`),
  }
}

async function volumes(): Promise<Map<string, Volume>> {
  const names = await readdir(directory).catch(() => [])
  const read = async (name: string): Promise<[string, Volume]> => {
    const file = join(directory, name)
    const [content, { ino }] = await Promise.all([readFile(file), stat(file)])
    const isQcow2 = content.subarray(0, 4).toString('latin1') === 'QFI\xfb'
    const capacity = isQcow2 ? Number(content.readBigUInt64BE(24)) : 0
    return [name, { capacity, inode: ino, holds: [DATA, SYSTEM].filter((text) => content.includes(text)), content }]
  }
  return new Map(await Promise.all(names.map(read)))
}

async function processes(): Promise<number> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const programs = await Promise.all(ids.map((id) => readFile(`/proc/${id}/comm`, 'utf8').catch(() => '')))
  return programs.filter((program) => program.startsWith('qemu-system')).length
}

import type { LibvirtError } from './error.ts'
import type { Libvirt } from './virsh.ts'
import { all, get, parseXml, type Xml } from './xml.ts'

/** A network as libvirt keeps it. */
export interface NetworkState {
  /** Its persistent definition; of a network that has none, what runs. */
  document: Xml
  active: boolean
  autostart: boolean
  persistent: boolean
  /** Names of the running guests that are plugged into it. */
  guests: string[]
}

const flag = (info: string, name: string): boolean => new RegExp(`^${name}:\\s+yes`, 'm').test(info)

/** Networks by name, in the order of the questions: null where there is none. */
export async function readNetworks(
  libvirt: Libvirt,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<(NetworkState | null | LibvirtError)[]> {
  if (names.length === 0) return []
  const each = 3
  const answers = await libvirt.read(
    names.flatMap((name) => [
      ['net-dumpxml', name, '--inactive'],
      ['net-info', name],
      ['net-port-list', name],
    ]),
    signal,
  )
  const guests = await guestsOf(
    libvirt,
    names,
    answers.filter((_, index) => index % each === 2),
    signal,
  )
  return names.map((_, index) => {
    const [document, info] = answers.slice(index * each, index * each + each)
    if (typeof document !== 'string') return document?.code === 'not_found' ? null : document!
    if (typeof info !== 'string') return info?.code === 'not_found' ? null : info!
    return {
      document: parseXml(document),
      active: flag(info, 'Active'),
      autostart: flag(info, 'Autostart'),
      persistent: flag(info, 'Persistent'),
      guests: guests[index]!,
    }
  })
}

async function guestsOf(
  libvirt: Libvirt,
  names: readonly string[],
  lists: readonly (string | LibvirtError)[],
  signal: AbortSignal | undefined,
): Promise<string[][]> {
  const ports = lists.map((list) => (typeof list === 'string' ? (list.match(/[0-9a-f-]{36}/g) ?? []) : []))
  const questions = ports.flatMap((uuids, index) => uuids.map((uuid) => ['net-port-dumpxml', names[index]!, uuid]))
  const answers = questions.length > 0 ? await libvirt.read(questions, signal) : []
  let next = 0
  return ports.map((uuids) => {
    const mine = answers.slice(next, next + uuids.length)
    next += uuids.length
    return mine
      .flatMap((answer) => (typeof answer === 'string' ? (get(parseXml(answer), 'owner/name') ?? []) : []))
      .sort()
  })
}

/** Interfaces of running guests on a network, as devices of the host: `vnet0`. */
export async function tapsOf(libvirt: Libvirt, network: string, signal?: AbortSignal): Promise<string[]> {
  const domains = (await libvirt.virsh(['list', '--name'], { signal })).split('\n').filter((name) => name.trim() !== '')
  const answers = await libvirt.read(
    domains.map((domain) => ['dumpxml', domain.trim()]),
    signal,
  )
  return answers.flatMap((answer) =>
    typeof answer !== 'string'
      ? []
      : all(parseXml(answer), 'devices/interface').flatMap((each) =>
          get(each, 'source@network') === network ? (get(each, 'target@dev') ?? []) : [],
        ),
  )
}

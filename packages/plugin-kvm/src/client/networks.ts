import type { LibvirtError } from './error.ts'
import { namesIn } from './names.ts'
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
  /** Ends of running guests that are on no bridge and should be, as after a restart of the network. */
  unplugged: Plug[]
}

const flag = (info: string, name: string): boolean => new RegExp(`^${name}:\\s+yes`, 'm').test(info)

/** Networks by name, in the order of the questions: null where there is none. */
export async function readNetworks(
  libvirt: Libvirt,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<(NetworkState | null | LibvirtError)[]> {
  if (names.length === 0) return []
  const each = 2
  const [answers, plugs, loose] = await Promise.all([
    libvirt.read(
      names.flatMap((name) => [
        ['net-dumpxml', name, '--inactive'],
        ['net-info', name],
      ]),
      signal,
    ),
    plugsOf(libvirt, signal),
    looseLinks(libvirt, signal),
  ])
  return names.map((name, index) => {
    const [document, info] = answers.slice(index * each, index * each + each)
    if (typeof document !== 'string') return document?.code === 'not_found' ? null : document!
    if (typeof info !== 'string') return info?.code === 'not_found' ? null : info!
    const mine = plugs.filter(({ network }) => network === name)
    const xml = parseXml(document)
    return {
      document: xml,
      active: flag(info, 'Active'),
      autostart: flag(info, 'Autostart'),
      persistent: flag(info, 'Persistent'),
      guests: [...new Set(mine.map(({ guest }) => guest))].sort(),
      unplugged: get(xml, 'bridge@name') === undefined ? [] : mine.filter(({ tap }) => loose.has(tap)),
    }
  })
}

/** An interface of a running guest on a network. */
export interface Plug {
  guest: string
  network: string
  /** The host's end of it: `vnet0`. */
  tap: string
}

/**
 * Which running guests are plugged into which networks. libvirt's own list of a network's ports forgets them when the
 * network is restarted, so the guests are asked.
 */
export async function plugsOf(libvirt: Libvirt, signal?: AbortSignal): Promise<Plug[]> {
  const guests = await namesIn(libvirt, ['list', '--name'], signal)
  const answers = await libvirt.read(
    guests.map((guest) => ['dumpxml', guest]),
    signal,
  )
  return answers.flatMap((answer, index) =>
    typeof answer !== 'string'
      ? []
      : all(parseXml(answer), 'devices/interface').flatMap((each) => {
          const network = get(each, 'source@network')
          const tap = get(each, 'target@dev') ?? ''
          return network === undefined ? [] : [{ guest: guests[index]!, network, tap }]
        }),
  )
}

/** Links of the host that are part of no bridge. */
async function looseLinks({ host }: Libvirt, signal: AbortSignal | undefined): Promise<Set<string>> {
  const { stdout } = await host.ask('ip -oneline link show', { signal })
  return new Set(
    stdout.split('\n').flatMap((line) => {
      const [, name] = /^\d+: ([^:@]+)[:@]/.exec(line) ?? []
      return name === undefined || / master \S/.test(line) ? [] : [name]
    }),
  )
}

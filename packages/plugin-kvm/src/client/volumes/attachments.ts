import { namesIn } from '../names.ts'
import type { Libvirt } from '../virsh.ts'
import { all, get, parseXml, type Xml } from '../xml.ts'
import type { Volume } from './document.ts'
import { listVolumes } from './read.ts'

/** Where a disk's file or device is attached. */
export interface Attachment {
  domain: string
  /** `vda`. */
  target: string
  /** Attached to the guest that runs now; otherwise only to its definition. */
  running: boolean
}

/** Which guests have a file or device as a disk: those that run, and definitions. */
export async function attachmentsOf(libvirt: Libvirt, path: string, signal?: AbortSignal): Promise<Attachment[]> {
  const domains = await namesIn(libvirt, ['list', '--all', '--name'], signal)
  const running = new Set(await namesIn(libvirt, ['list', '--name'], signal))
  const questions = domains.flatMap((domain) => [
    ...(running.has(domain) ? [{ domain, running: true, args: ['dumpxml', domain] }] : []),
    { domain, running: false, args: ['dumpxml', '--inactive', domain] },
  ])
  const answers =
    questions.length > 0
      ? await libvirt.read(
          questions.map(({ args }) => args),
          signal,
        )
      : []
  const found = answers.flatMap((answer, index) => {
    if (typeof answer !== 'string') return []
    const { domain, running } = questions[index]!
    return diskPaths(answer)
      .filter((disk) => disk.path === path)
      .map(({ target }) => ({ domain, target, running }))
  })
  return found.filter((each) => each.running || !found.some((other) => other.running && other.domain === each.domain))
}

/** The file or device of every disk of a guest, with what is below it. */
function diskPaths(text: string): { path: string; target: string }[] {
  const sourcesOf = (xml: Xml): string[] => {
    const source = get(xml, 'source@file') ?? get(xml, 'source@dev')
    return [...(source === undefined ? [] : [source]), ...all(xml, 'backingStore').flatMap(sourcesOf)]
  }
  return all(parseXml(text), 'devices/disk').flatMap((disk) =>
    sourcesOf(disk).map((path) => ({ path, target: get(disk, 'target@dev') ?? '' })),
  )
}

/** The volumes of started pools that are laid over a file or device: without it they are lost. */
export async function volumesOver(libvirt: Libvirt, path: string, signal?: AbortSignal): Promise<Volume[]> {
  const pools = await namesIn(libvirt, ['pool-list', '--name'], signal)
  const volumes = await listVolumes(libvirt, pools, signal)
  return volumes.filter(({ backing }) => backing?.path === path)
}

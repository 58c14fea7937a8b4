import { namesIn, parseXml, type Xml } from '../../client/index.ts'
import { perConnection } from '../../client/per-connection.ts'

/** A guest of a hypervisor, whoever made it. */
export interface Neighbour {
  name: string
  /** The document that it starts with the next time. */
  domain: Xml
}

/** All guests of a hypervisor, as they were when a connection was first asked for them. */
export const neighboursOf = perConnection(async (libvirt, signal): Promise<Neighbour[]> => {
  const names = await namesIn(libvirt, ['list', '--all', '--name'], signal)
  if (names.length === 0) return []
  const documents = await libvirt.read(
    names.map((name) => ['dumpxml', '--inactive', name]),
    signal,
  )
  // One that went meanwhile is none any more.
  return documents.flatMap((document, index) =>
    typeof document === 'string' ? [{ name: names[index]!, domain: parseXml(document) }] : [],
  )
})

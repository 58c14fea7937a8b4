import type { DiagnosticInput } from '@lares/core'
import type { Parts, ServicePart } from '../../compose/translate/parts.ts'
import { networkInUse, strangersOn } from '../attachments.ts'
import { nextName } from '../container/read.ts'
import type { Work } from './carry-out.ts'
import type { Found } from './found.ts'
import type { Operation } from './operations.ts'
import type { Wanted } from './reconcile.ts'
import { lostWith } from './volume-users.ts'

type OfKind<K extends Operation['kind']> = Extract<Operation, { kind: K }>

const replaced = <K extends Operation['kind']>(operations: readonly Operation[], kind: K): OfKind<K>[] =>
  operations.filter((one): one is OfKind<K> => one.kind === kind && one.change.action === 'replace')

/** Volumes that are to be replaced and that containers of others have: an engine does not let go of them. */
export const heldVolumes = (operations: readonly Operation[], found: Found): DiagnosticInput[] =>
  replaced(operations, 'volume').flatMap(({ part: { name } }) => {
    const others = found.strangers.get(name)
    if (!others) return []
    const summary = `The volume ${name} can't be replaced: containers that are not the project's use it: ${others.join(', ')}`
    return [{ code: 'in_use', summary, advice: `Remove it first: docker rm --force ${others[0]}` }]
  })

/** Images that are to be there without being pulled, and are not. */
export function neverPulled({ images }: Wanted, operations: readonly Operation[]): DiagnosticInput[] {
  const services = operations.flatMap((one) =>
    one.kind === 'container' && one.service && one.change.action !== 'delete' ? [one.service] : [],
  )
  return [...new Set(services)]
    .filter(({ name, image }) => image.pull === 'never' && !images.get(name)?.image)
    .map(({ name, image: { reference } }) => {
      const summary = `The image ${reference} is not there yet, and ${name} says never to pull it`
      return { code: 'not_there_yet', summary }
    })
}

/** Networks that are to be replaced and have containers of others on them. */
async function heldNetworks(
  { connection, signal }: Work,
  operations: readonly Operation[],
  found: Found,
): Promise<DiagnosticInput[]> {
  const ours = new Set(found.containers.flatMap(({ name }) => [name, nextName(name)]))
  const networks = replaced(operations, 'network').map(({ name }) => found.networks.get(name)!)
  const ids = networks.flatMap(({ Id, twins }) => [Id, ...twins])
  const seen = await Promise.all(ids.map((id) => strangersOn(connection, id, ours, signal)))
  return seen.filter(({ others }) => others.length > 0).map(({ name, others }) => networkInUse(name, others))
}

/** Volumes whose containers would go with them and could not come back, because an image is not there. */
function withoutImages(
  { parts, images }: Wanted,
  missing: ReadonlySet<string>,
  operations: readonly Operation[],
  found: Found,
): DiagnosticInput[] {
  const byName = new Map(parts.services.map((service) => [service.name, service]))
  const lacksImage = ({ name, image: { reference } }: ServicePart) => missing.has(reference) || !images.get(name)?.image
  return replaced(operations, 'volume').flatMap(({ part: { name } }) => {
    const lost = lostWith(name, parts, found).map(({ service }) => service)
    const lacking = [...neededBy(lost, byName)].filter(lacksImage)
    const why = lacking.map((service) => `the image ${service.image.reference} of ${service.name} is not there`)
    if (lacking.length === 0) return []
    return [{ code: 'dependency_failed', summary: `volume ${name}: left alone, because ${why.join(', and ')}` }]
  })
}

/** Services, and all that they can't be without. */
function neededBy(names: readonly string[], byName: ReadonlyMap<string, Parts['services'][number]>): Set<ServicePart> {
  const needed = new Set<ServicePart>()
  const add = (name: string): void => {
    const service = byName.get(name)
    if (!service || needed.has(service)) return
    needed.add(service)
    for (const [other, { required }] of Object.entries(service.dependsOn)) if (required) add(other)
  }
  names.forEach(add)
  return needed
}

/**
 * Everything that keeps volumes and networks from being replaced, as far as it can be seen: what uses them is off or gone by
 * the time that an engine would say so.
 */
export async function obstaclesOf(
  work: Work,
  wanted: Wanted,
  missing: ReadonlySet<string>,
  operations: readonly Operation[],
  found: Found,
): Promise<DiagnosticInput[]> {
  return [
    ...heldVolumes(operations, found),
    ...(await heldNetworks(work, operations, found)),
    ...withoutImages(wanted, missing, operations, found),
  ]
}

import { canonical, fail, type Owner } from '@lares/core'
import type { NetworkInspect } from '../../client/index.ts'
import type { ServicePart } from '../../compose/translate/parts.ts'
import type { DockerConnection } from '../../provider.ts'
import { reattachContainers, removeAll } from '../attachments.ts'
import type { NumberedCheck } from '../checks/probe.ts'
import { markedLabels } from '../owner.ts'
import { createSole } from '../sole-network.ts'
import { createContainerWork } from './container-work.ts'
import type { Found } from './found.ts'
import { provideImages } from './images.ts'
import { labels, projectLabel } from './labels.ts'
import { observe } from './memory.ts'
import { checkExternal, checkNames } from './names.ts'
import { neverPulled, obstaclesOf } from './obstacles.ts'
import type { Operation, PartChange } from './operations.ts'
import { reconcile, type Wanted } from './reconcile.ts'
import { renameContainers } from './renames.ts'
import { createTroubles } from './troubles.ts'
import { lostWith } from './volume-users.ts'

export interface Work {
  connection: DockerConnection
  owner: Owner
  signal: AbortSignal
  log(message: string): void
  /** What has to be good before an old container is removed. */
  checks?: readonly NumberedCheck[]
}

type OfKind<K extends Operation['kind']> = Extract<Operation, { kind: K }>

const ofKind = <K extends Operation['kind']>(operations: readonly Operation[], kind: K): OfKind<K>[] =>
  operations.filter((one): one is OfKind<K> => one.kind === kind)

/**
 * Brings a project about as it was planned: images, networks and volumes first, then services after what they depend on.
 * What fails keeps only that from going on which depends on it.
 * @throws LaresError with everything that failed, `plan_stale` when something else is to be done than what was planned
 */
export async function carryOut(
  work: Work,
  project: string,
  wanted: Wanted,
  planned: readonly PartChange[],
): Promise<Found> {
  const { connection, owner, signal } = work
  const [found] = (await observe(connection, [project], signal)) as [Found]
  checkNames(wanted.parts, found, owner)
  checkExternal(wanted.parts, found, owner)
  const before = reconcile(wanted, found)
  checkPlanned(before, planned, owner)
  const troubles = createTroubles(owner, signal, namesIn(found))
  const { images, missing } = await provideImages(work, wanted, ofKind(before, 'image'), troubles)
  const known = { parts: wanted.parts, images }
  // A try after this one neither builds nor replaces again.
  connection.projects.wanted.set(owner.address, known)
  const operations = reconcile(known, found)
  const of = <K extends Operation['kind']>(kind: K) => ofKind(operations, kind)
  const [unwanted, networks] = [of('container').filter(isDeletion), of('network').filter((one) => !isDeletion(one))]
  const containers = createContainerWork(
    work,
    found,
    new Map(wanted.parts.services.map(({ name, hooks }) => [name, hooks])),
  )
  // All that can be looked at is looked at before anything is taken away.
  const obstacles = await obstaclesOf(work, known, missing, operations, found)
  if (obstacles.length > 0) troubles.throw(obstacles)

  for (const { found: there } of of('container')) if (there) connection.projects.looks.forget(there.inspect.Id)
  const lacksImages = missing.size > 0 || neverPulled(known, operations).length > 0
  await Promise.all(
    unwanted.map(({ found: there }) =>
      // A service that has another name now goes and comes: without its image it would only go.
      lacksImages
        ? troubles.skip(there!.name, 'the images that are missing: they may be of what replaces it')
        : troubles.watch(there!.name, () => containers.remove(there!)),
    ),
  )
  const made = await Promise.all([
    ...networks.map((one) => troubles.watch(`network ${one.name}`, () => makeNetwork(work, one, found))),
    ...of('volume').map((one) =>
      troubles.watch(`volume ${one.part.name}`, async () => {
        const lost = lostWith(one.part.name, wanted.parts, found)
        await Promise.all(lost.map(containers.remove))
        await makeVolume(work, one, found)
      }),
    ),
  ])
  let toBring = of('container').filter((one) => !isDeletion(one))
  const named = await troubles.watch('names of containers', async () => {
    toBring = await renameContainers(work, toBring)
  })
  if (made.includes(false) || !named) troubles.throw()
  await inOrder(wanted.parts.services, async (service, lacking) => {
    if (missing.has(service.image.reference)) return troubles.skip(service.name, `its image ${service.image.reference}`)
    const own = toBring.filter((one) => one.service === service)
    // One with nothing to be done stays as it is, and is up.
    if (lacking !== undefined) return own.length === 0 || troubles.skip(service.name, lacking)
    return await troubles.watch(service.name, () => containers.bring(service, own))
  })
  await Promise.all(
    of('network')
      .filter(isDeletion)
      .map(({ name }) => troubles.watch(`network ${name}`, () => removeNetwork(work, found, name))),
  )
  if (troubles.any) troubles.throw()
  return (await observe(connection, [project], signal))[0]!
}

const isDeletion = ({ change }: Operation): boolean => change.action === 'delete'

type PartAction = PartChange['action']

/** What an action may be the rest of, when a try before this one did a part. */
const BEGUN: Readonly<Record<PartAction, readonly PartAction[]>> = {
  create: ['create', 'update', 'replace'],
  update: ['create', 'update', 'replace'],
  replace: ['replace'],
  delete: ['delete'],
}

/** Names by short ids. */
const namesIn = ({ containers, networks }: Found): Map<string, string> =>
  new Map([
    ...containers.map(({ inspect, name }) => [inspect.Id.slice(0, 12), name] as const),
    ...[...networks.values()].map(({ Id, Name }) => [Id.slice(0, 12), Name] as const),
  ])

/** Every operation must have been shown: nothing is replaced or deleted that was not to be. */
function checkPlanned(operations: readonly Operation[], planned: readonly PartChange[], { address }: Owner): void {
  const shown = new Set(planned.map(({ path, action }) => canonical({ path, action })))
  const others = operations.filter(
    ({ change: { path, action } }) => !BEGUN[action].some((begun) => shown.has(canonical({ path, action: begun }))),
  )
  if (others.length === 0) return
  fail({
    code: 'plan_stale',
    address,
    summary: 'What was found is not what was planned',
    detail: others.map(({ change: { path, action } }) => `${path}: ${action}`).join('\n'),
    advice: 'Plan again.',
  })
}

/** Each service once those that it depends on are up, or with the first of them that could not be brought up. */
async function inOrder(
  services: readonly ServicePart[],
  bring: (service: ServicePart, lacking: string | undefined) => Promise<boolean>,
): Promise<void> {
  const up = new Map<string, Promise<boolean>>()
  for (const service of services) {
    const needed = Object.entries(service.dependsOn).map(([name, { required }]) => ({ name, required }))
    const begun = Promise.all(needed.map(({ name }) => up.get(name) ?? true)).then((ready) => {
      const lacking = needed.find(({ required }, i) => required && !ready[i])
      return bring(service, lacking?.name)
    })
    up.set(service.name, begun)
  }
  await Promise.all(up.values())
}

async function makeNetwork(work: Work, { name, part, change }: OfKind<'network'>, found: Found): Promise<void> {
  const { connection, owner, signal } = work
  const there = found.networks.get(name)
  const isKept = change.action === 'update'
  const former = there ? [...(isKept ? [] : [there.Id]), ...there.twins] : []
  const moved = await removeAll(connection, former, owner, signal, projectLabel(found))
  const spec = { ...part!.spec, labels: markedLabels(owner, part!.spec.labels) }
  const isOurs = ({ Labels }: NetworkInspect) => Labels?.[labels.project] === found.project
  const network = isKept ? there! : await createSole(connection, name, spec, isOurs, signal)
  await reattachContainers(connection, network.Id, moved, signal)
}

async function removeNetwork({ connection, owner, signal }: Work, found: Found, name: string): Promise<void> {
  const { Id, twins } = found.networks.get(name)!
  await removeAll(connection, [Id, ...twins], owner, signal, projectLabel(found))
}

async function makeVolume(
  { connection: { volumes }, owner, signal }: Work,
  { part: { name, driver, driverOptions, labels: given } }: OfKind<'volume'>,
  found: Found,
): Promise<void> {
  if (found.volumes.has(name)) await volumes.remove(name, { signal })
  await volumes.create(name, { driver, driverOptions, labels: markedLabels(owner, given) }, { signal })
}

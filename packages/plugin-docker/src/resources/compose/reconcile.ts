import { type Change, equal, formatPath, type Path } from '@lares/core'
import { canonicalImage, canonicalOptions, digestOf, type ImageInspect, networkFromEngine } from '../../client/index.ts'
import type { ContainerPart, NetworkPart, Parts, ServicePart, VolumePart } from '../../compose/translate/parts.ts'
import { containerOptions } from '../../options.ts'
import { attributesOf } from '../container/attributes.ts'
import { diffContainer, isDone } from '../container/diff.ts'
import { builtFrom, type Ingredients } from '../image/build.ts'
import { ownerOf } from '../owner.ts'
import { FILES_LABEL, filesDigest } from './files-digest.ts'
import type { Found, FoundContainer } from './found.ts'
import { hasOtherHooks } from './hooks.ts'
import { isBookkeeping, labels } from './labels.ts'
import type { Operation, PartChange } from './operations.ts'
import { emptied, isOver, volumesOf } from './volume-users.ts'
import { causeOf, shown } from './words.ts'

/** What is known of the image that a service names. */
export interface KnownImage {
  /** As the engine has it. */
  image: ImageInspect | undefined
  /** The registry's digest, for one that is pulled each time. */
  digest?: string
  /** What it would be built from. */
  ingredients?: Ingredients
}

export interface Wanted {
  parts: Parts
  /** By service. */
  images: ReadonlyMap<string, KnownImage>
}

/** What it takes to bring a project about, in the order of the files. Pure. */
export function reconcile({ parts, images }: Wanted, found: Found): Operation[] {
  const byImage = new Map(parts.services.map((service) => [service.image.reference, service]))
  const ofImages = [...byImage.values()].flatMap((one) => imageOperation(one, images.get(one.name)) ?? [])
  const ofNetworks = parts.networks.flatMap((part) => networkOperation(part, found) ?? [])
  const ofVolumes = parts.volumes.flatMap((part) => volumeOperation(part, found) ?? [])
  const replaced: Replaced = {
    images: new Set(ofImages.map((one) => one.service.image.reference)),
    volumes: new Set(ofVolumes.filter(({ change }) => change.action === 'replace').map(({ part }) => part.name)),
    data: new Set(
      ofVolumes.flatMap(({ part, change }) => emptied(part.name, change.action === 'create', parts, found)),
    ),
    services: new Set(),
  }
  const ofContainers = parts.services.flatMap((service) => {
    const operations = service.containers.flatMap((part) => {
      const known = images.get(service.name)
      return containerOperation({ service, part, image: known?.image, found, replaced }) ?? []
    })
    if (operations.some(({ change }) => change.action === 'replace')) replaced.services.add(service.name)
    return operations
  })
  return [
    ...ofImages,
    ...ofNetworks,
    ...ofVolumes,
    ...ofContainers,
    ...unwantedContainers(parts, found),
    ...unwantedNetworks(parts, found),
  ]
}

interface Replaced {
  /** What is pulled or built anew, by reference. */
  images: ReadonlySet<string>
  /** Names of volumes. */
  volumes: ReadonlySet<string>
  /** Services that begin with an empty volume. */
  data: ReadonlySet<string>
  /** Services whose containers are. */
  services: Set<string>
}

const part = (path: Path, action: PartChange['action'], more: Partial<PartChange> = {}): PartChange => ({
  path: formatPath(path),
  action,
  effect: 'live',
  cause: 'changed',
  ...more,
})

function imageOperation(service: ServicePart, known: KnownImage | undefined) {
  const { reference, pull, build } = service.image
  const path = ['images', reference]
  const operation = (change: PartChange) => ({ kind: 'image' as const, service, change })
  if (build) {
    if (!known?.image) return operation(part(path, 'create', { note: 'built' }))
    const built = builtFrom(known.image.Config?.Labels)
    // Of one that somebody else built nothing tells whether it is as it should be.
    const isSame = !known.ingredients || (built ? equal(built, known.ingredients) : pull !== 'build')
    return isSame ? undefined : operation(part(path, 'update', { note: 'what it is built from has changed' }))
  }
  if (!known?.image) return pull === 'never' ? undefined : operation(part(path, 'create', { note: 'pulled' }))
  const has = known.digest === undefined || digestOf(known.image, repositoryOf(reference)) === known.digest
  return has ? undefined : operation(part(path, 'update', { note: 'the registry has a newer one' }))
}

const repositoryOf = (reference: string): string =>
  canonicalImage(reference)
    .replace(/@.*$/, '')
    .replace(/:[^/]*$/, '')

function networkOperation(network: NetworkPart, found: Found) {
  if (network.external) return undefined
  const { key, name, spec } = network
  const path = ['networks', key]
  const operation = (change: PartChange) => ({ kind: 'network' as const, part: network, name, change })
  const there = found.networks.get(name)
  if (!there) return operation(part(path, 'create'))
  const plain = (all: Record<string, string> | undefined) =>
    Object.fromEntries(Object.entries(all ?? {}).filter(([label]) => !isBookkeeping(label)))
  const observed = networkFromEngine(there, spec) as Record<string, unknown>
  const wanted = spec as Record<string, unknown>
  const changes = [...new Set([...Object.keys(wanted), ...Object.keys(observed)])].flatMap((option): Change[] => {
    const sides = [observed, wanted].map((side) =>
      option === 'labels' ? plain(side['labels'] as never) : side[option],
    )
    const [before, after] = sides
    if (equal(before, after) || (option === 'labels' && isEmpty(before) && isEmpty(after))) return []
    return [withoutValues.has(option) ? { ...difference(option), cause: 'changed' } : difference(option, before, after)]
  })
  if (changes.length === 0 && there.twins.length === 0) return undefined
  if (changes.length === 0)
    return operation(part(path, 'update', { cause: 'drifted', note: 'an interrupted run left a second one' }))
  const note = `${changes.map(({ path: option }) => option).join(', ')}; its containers are moved over`
  return operation(part(path, 'replace', { effect: 'restart', note, nested: changes }))
}

/** Options of a network that may hold a secret, as those of a container may. */
const withoutValues: ReadonlySet<string> = new Set(['labels', 'driverOptions', 'ipamOptions'])

const isEmpty = (value: unknown): boolean => Object.keys(value ?? {}).length === 0

const difference = (path: string, before?: unknown, after?: unknown): Change => ({
  path,
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
  effect: 'replace',
  cause: after === undefined ? 'unset' : 'changed',
})

function volumeOperation(volume: VolumePart, found: Found) {
  if (volume.external) return undefined
  const { key, name, driver = 'local', driverOptions = {} } = volume
  const path = ['volumes', key]
  const operation = (change: PartChange) => ({ kind: 'volume' as const, part: volume, change })
  const there = found.volumes.get(name)
  if (!there) return operation(part(path, 'create'))
  const changes = [
    ...(there.Driver === driver ? [] : [difference('driver', there.Driver, driver)]),
    ...(equal(there.Options ?? {}, driverOptions)
      ? []
      : // The password of a share is among them.
        [{ path: 'driver_opts', effect: 'replace', cause: 'changed' } as const]),
  ]
  if (changes.length === 0) return undefined
  const note = `${changes.map(({ path: option }) => option).join(', ')}; what is in it is lost`
  return operation(part(path, 'replace', { effect: 'restart', note, nested: changes, loses: `volumes/${key}` }))
}

interface Subject {
  service: ServicePart
  part: ContainerPart
  image: ImageInspect | undefined
  found: Found
  replaced: Replaced
}

/** A container of a service by its number. */
export const pathOf = (service: string, number: number, isOnly: boolean): Path =>
  isOnly ? ['services', service] : ['services', service, number]

function containerOperation(subject: Subject) {
  const { service, part: wanted, found } = subject
  const path = pathOf(service.name, wanted.number, service.containers.length === 1)
  const there = placeHolder(service.name, wanted, found)
  const base = { kind: 'container' as const, service, part: wanted }
  if (!there) return { ...base, change: part(path, 'create') }
  const changes = containerChanges(subject, there)
  if (changes.length === 0) return undefined
  const note = [...new Set(changes.map(causeOf))].join('; ')
  const effects = new Set(changes.map(({ effect }) => effect))
  const isReplaced = effects.has('replace')
  const isDrift = changes.every(({ cause }) => cause === 'drifted')
  const cause = isDrift ? 'drifted' : 'changed'
  const effect = isReplaced || effects.has('restart') ? 'restart' : 'live'
  const nested = changes.filter((one) => one.path !== '').map(shown)
  const change = part(path, isReplaced ? 'replace' : 'update', {
    effect,
    cause,
    note,
    ...(nested.length > 0 ? { nested } : {}),
  })
  return { ...base, found: there, changes, change }
}

/** What a container is compared by, as docker.container is. */
export function observedOf({ found }: Pick<Subject, 'found'>, wanted: ContainerPart, there: FoundContainer) {
  const { inspect, image, unfinished } = there
  const options = canonicalOptions(wanted.options)
  const byId = new Map(found.containers.map((one) => [one.inspect.Id, one.name]))
  return attributesOf({
    ...{ container: inspect, image: image ?? NOTHING, defaults: found.defaults, name: wanted.name, unfinished },
    wanted: options,
    nameOf: (id) => byId.get(id),
    madeAsWanted: isMadeAsWanted(wanted, there),
  })
}

/** The files said the same when it was made. */
const isMadeAsWanted = ({ options }: ContainerPart, { inspect }: FoundContainer): boolean =>
  inspect.Config.Labels?.[labels.hash] === options.labels?.[labels.hash]

/** An image that was removed by force tells nothing about its containers any more. */
const NOTHING = { Config: null, Os: '', Architecture: '' }

function containerChanges(subject: Subject, there: FoundContainer): Change[] {
  const { service, part: wanted, image, replaced } = subject
  const observed = observedOf(subject, wanted, there)
  const compared = withoutBookkeeping(observed)
  const desired = { ...wanted.options, name: wanted.name }
  const was = there.inspect.Config.Labels ?? {}
  const isSame = isMadeAsWanted(wanted, there)
  const changes = diffContainer({
    desired: desired as never,
    // All that a container has beyond its image and the engine's defaults was said for it.
    recorded: saidIn(compared),
    observed: compared as never,
    prepared: { imageId: image?.Id ?? null },
    recordedPrepared: undefined,
  })
    .filter(({ path }) => !isBookkeepingPath(path) && !(path === 'state' && isDone(restartOf(wanted), observed)))
    .map((change): Change => ({ ...change, cause: isSame ? 'drifted' : change.cause }))
  const because = (note: string): Change => ({ path: '', effect: 'replace', cause: 'dependency replaced', note })
  const files = wanted.files.length > 0 ? filesDigest(wanted.files) : undefined
  const isFilled = was[FILES_LABEL] === files
  const volume = volumesOf(wanted).find((name) => replaced.volumes.has(name))
  const undone = isOver(there) ? Object.keys(service.dependsOn).find((other) => replaced.data.has(other)) : undefined
  return [
    ...changes,
    ...(there.name === wanted.name
      ? []
      : [{ ...difference('name', there.name, wanted.name), effect: 'live' as const }]),
    ...(replaced.images.has(service.image.reference) && !changes.some(({ path }) => path.startsWith('image'))
      ? [because('new image')]
      : []),
    ...(isFilled ? [] : [{ path: 'files', effect: 'replace', cause: 'changed', note: 'configs or secrets' } as const]),
    ...(ownerOf(was).owner && hasOtherHooks(was, service.hooks)
      ? [{ path: 'post_start', effect: 'replace', cause: 'changed' } as const]
      : []),
    ...(volume === undefined ? [] : [because('volume replaced')]),
    ...(undone === undefined ? [] : [because(`${undone} begins with an empty volume`)]),
    ...service.attachedTo.filter((other) => replaced.services.has(other)).map((other) => because(`${other} replaced`)),
  ]
}

/** One that ends by itself is not started again, unless that was asked for. */
export const restartOf = ({ options }: ContainerPart): string => options.restart ?? 'no'

/** The options among attributes. */
const saidIn = (attributes: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(attributes).filter(([option]) => option in containerOptions.shape))

const isBookkeepingPath = (path: string): boolean => /^labels(?:\.|\[")(?:com\.docker\.compose|dev\.lares)\./.test(path)

function withoutBookkeeping<T extends { labels?: Record<string, string> | undefined }>(observed: T): T {
  if (!observed.labels) return observed
  return {
    ...observed,
    labels: Object.fromEntries(Object.entries(observed.labels).filter(([label]) => !isBookkeeping(label))),
  }
}

/** Of several with one number it is that which has the name: an interrupted Compose leaves the former one beside it. */
function placeHolder(service: string, { number, name }: ContainerPart, { containers }: Found) {
  const all = containers.filter((one) => one.service === service && one.number === number)
  return all.find((one) => one.name === name) ?? all[0]
}

function unwantedContainers({ services }: Parts, found: Found) {
  const wanted = new Set(
    services.flatMap(({ name, containers }) => containers.map((one) => placeHolder(name, one, found))),
  )
  const numbers = new Set([...wanted].flatMap((one) => (one ? `${one.service} ${one.number}` : [])))
  const known = new Set(services.map(({ name }) => name))
  return found.containers
    .filter((there) => !wanted.has(there))
    .map((there) => {
      const isSecond = numbers.has(`${there.service} ${there.number}`)
      const note = isSecond
        ? `${there.name}, a second one`
        : known.has(there.service)
          ? 'scaled down'
          : 'not in the files'
      const path = pathOf(there.service, there.number, !known.has(there.service))
      return {
        kind: 'container' as const,
        found: there,
        change: part(path, 'delete', { effect: 'restart', cause: 'unset', note }),
      }
    })
}

function unwantedNetworks({ networks }: Parts, found: Found) {
  const wanted = new Set(networks.map(({ name }) => name))
  return [...found.networks.values()]
    .filter(({ Name }) => !wanted.has(Name))
    .map(({ Name, Labels }) => ({
      kind: 'network' as const,
      name: Name,
      change: part(['networks', Labels?.[labels.network] ?? Name], 'delete', {
        cause: 'unset',
        note: 'not in the files',
      }),
    }))
}

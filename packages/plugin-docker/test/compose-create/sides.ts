import { mkdir } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Diagnostic } from '@lares/core'
import { execa } from 'execa'
import { extract } from 'tar-stream'
import {
  type ContainerInspect,
  type DockerClient,
  DockerError,
  type ImageInspect,
  type NetworkInspect,
  type VolumeInspect,
} from '../../src/client/index.ts'
import { type LoadOptions, loadProject } from '../../src/compose/load/load-project.ts'
import { withImageLabel } from '../../src/compose/translate/labels.ts'
import type { FilePart, Parts } from '../../src/compose/translate/parts.ts'
import { partsOf } from '../../src/compose/translate/parts-of.ts'
import { projectLabel } from '../../src/resources/compose/labels.ts'
import { compose, type ProjectFiles } from '../compose/project-files.ts'

/** What is there of a project, by name. */
export type Inspected = {
  containers: Record<string, ContainerInspect>
  networks: Record<string, NetworkInspect>
  volumes: Record<string, VolumeInspect>
  /** Images that were built, by name. */
  images: Record<string, ImageInspect>
  /** What was put into containers, by container and path. */
  files: Record<string, FilePart>
}

export type Translated = { parts?: Parts; diagnostics: Diagnostic[] }

export async function translate(load: LoadOptions, apiVersion: string): Promise<Translated> {
  const { project, diagnostics } = await loadProject(load)
  if (project === undefined) return { diagnostics }
  const translated = partsOf(project, { apiVersion })
  return { parts: translated.parts, diagnostics: [...diagnostics, ...translated.diagnostics] }
}

/** Brings a project up with Docker Compose, without starting it. @returns why it refused, or nothing */
export async function createWithCompose(project: ProjectFiles, signal: AbortSignal): Promise<string | undefined> {
  const result = await compose(project, ['create', '--pull', 'never'], signal)
  return result.exitCode === 0 ? undefined : result.stderr
}

/** Brings the parts of a project up with nothing but the plugin's client. */
export async function createWithLares(client: DockerClient, parts: Parts, signal: AbortSignal): Promise<void> {
  for (const { name, external, spec } of parts.networks) {
    if (!external) await client.networks.create(name, spec, { signal })
  }
  for (const { name, external, driver, driverOptions, labels } of parts.volumes) {
    const isMissing = (await client.volumes.inspect(name, { signal })) === undefined
    if (external && isMissing) throw new DockerError('not_found', `the external volume ${name} is not there`)
    if (!external) await client.volumes.create(name, { driver, driverOptions, labels }, { signal })
  }
  for (const { image, containers } of parts.services) {
    if (image.build) await client.images.build({ ...image.build, signal })
    const { Id } = (await client.images.inspect(image.reference, { signal })) ?? { Id: '' }
    for (const { name, options, files } of containers) {
      await client.containers.create(name, withImageLabel(options, Id), { signal })
      if (files.length > 0) await client.containers.putFiles(name, files, { signal })
    }
  }
}

export async function inspectProject(
  client: DockerClient,
  name: string,
  parts: Parts | undefined,
  signal: AbortSignal,
): Promise<Inspected> {
  const labels = projectLabel({ project: name })
  const [containers, networks, volumes] = await Promise.all([
    client.containers.list({ labels, signal }),
    client.networks.list({ labels, signal }),
    client.volumes.list({ labels, signal }),
  ])
  const containerInspects = await Promise.all(containers.map(({ id }) => client.containers.inspect(id, { signal })))
  const networkInspects = await Promise.all(networks.map(({ Id }) => client.networks.inspect(Id, { signal })))
  return {
    containers: byName(containerInspects, ({ Name }) => Name.slice(1)),
    networks: byName(networkInspects, ({ Name }) => Name),
    volumes: byName(volumes, ({ Name }) => Name),
    images: await builtImages(client, parts, signal),
    files: await filesOf(parts, signal),
  }
}

const byName = <Item>(items: readonly (Item | undefined)[], nameOf: (item: Item) => string): Record<string, Item> =>
  Object.fromEntries(items.filter((it) => it !== undefined).map((item) => [nameOf(item), item]))

async function builtImages(client: DockerClient, parts: Parts | undefined, signal: AbortSignal) {
  const built = parts?.services.flatMap(({ image }) => (image.build ? [image.reference] : [])) ?? []
  const images = await Promise.all(built.map((reference) => client.images.inspect(reference, { signal })))
  return byName(images, ({ RepoTags }) => RepoTags?.[0] ?? '')
}

async function filesOf(parts: Parts | undefined, signal: AbortSignal): Promise<Record<string, FilePart>> {
  const found: Record<string, FilePart> = {}
  for (const { name, files } of parts?.services.flatMap(({ containers }) => containers) ?? []) {
    for (const { target } of files) found[`${name}:${target}`] = await fileIn(name, target, signal)
  }
  return found
}

/** A file of a container, read with Docker's own program. */
async function fileIn(container: string, target: string, signal: AbortSignal): Promise<FilePart> {
  const limits = { timeout: 30_000, cancelSignal: signal, encoding: 'buffer' as const }
  const { stdout } = await execa('docker', ['cp', `${container}:${target}`, '-'], limits)
  for await (const entry of Readable.from([stdout]).pipe(extract())) {
    const { uid = 0, gid = 0, mode = 0 } = entry.header
    return { target, content: await text(entry), uid, gid, mode: mode & 0o777 }
  }
  throw new Error(`There is no ${target} in ${container}`)
}

/** Removes what is there of a project. */
export async function removeProject(client: DockerClient, name: string): Promise<void> {
  const signal = AbortSignal.timeout(60_000)
  const { containers, networks, volumes } = await inspectProject(client, name, undefined, signal)
  await Promise.all(
    Object.values(containers).map(({ Id }) => client.containers.remove(Id, { force: true, volumes: true, signal })),
  )
  await Promise.all(Object.values(networks).map(({ Id }) => client.networks.remove(Id, { signal })))
  await Promise.all(Object.keys(volumes).map((volume) => client.volumes.remove(volume, { signal })))
  const images = await client.images.list({ labels: projectLabel({ project: name }), signal })
  await Promise.all(images.map(({ id }) => client.images.remove(id, { force: true, signal })))
}

/** Makes the paths of the project's directory that an engine does not make by itself. */
export async function providePaths({ services, volumes }: Parts, directory: string): Promise<void> {
  const devices = volumes.map(({ driverOptions }) => ({ type: 'bind', source: driverOptions?.['device'] }))
  const mounts = services.flatMap(({ containers }) => containers.flatMap(({ options }) => options.mounts ?? []))
  for (const mount of [...mounts, ...devices]) {
    if (typeof mount === 'string' || mount.type !== 'bind' || !mount.source?.startsWith(directory)) continue
    await mkdir(mount.source, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

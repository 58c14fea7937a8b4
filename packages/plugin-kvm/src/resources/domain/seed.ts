import { readFile } from 'node:fs/promises'
import type { Owner } from '@lares/core'
import { cloudInitDigest, cloudInitImage, instanceIdOf, type Libvirt, renderCloudInit } from '../../client/index.ts'
import { createVolume, deleteVolume } from '../../client/volumes/change.ts'
import { findVolume } from '../../client/volumes/read.ts'
import { newHostKey } from './host-key.ts'
import type { Mark } from './metadata.ts'
import type { DomainInputs } from './schema.ts'
import { namedInterfaces, nameOf, volumeName } from './wanted.ts'

type CloudInit = NonNullable<DomainInputs['cloudInit']>

const userDataFileOf = async ({ userDataFile }: CloudInit, signal: AbortSignal) =>
  userDataFile === undefined ? {} : { userDataFile: await readFile(userDataFile, { encoding: 'utf8', signal }) }

/**
 * What tells whether what cloud-init is given has changed; without what is made up for each guest, and without the host
 * name that only the guest's name says: a guest that is renamed is the same guest.
 */
export async function seedDigest(inputs: DomainInputs, owner: Owner, signal: AbortSignal): Promise<string | undefined> {
  const { cloudInit } = inputs
  if (!cloudInit) return undefined
  const macs = namedInterfaces(inputs.interfaces, owner).map(({ mac }) => mac)
  const file = await userDataFileOf(cloudInit, signal)
  return cloudInitDigest(renderCloudInit(cloudInit, { instanceId: '', hostname: '', macs, ...file }))
}

/** The seed of a guest, ready to be written; its host key is new each time. */
export async function makeSeed(
  inputs: DomainInputs,
  owner: Owner,
  { uuid, pool, macs, target }: { uuid: string; pool: string; macs: readonly string[]; target: string },
  signal: AbortSignal,
): Promise<{ content: Uint8Array; mark: Pick<Mark, 'seed' | 'hostKey'> } | undefined> {
  const { cloudInit } = inputs
  if (!cloudInit) return undefined
  const digest = (await seedDigest(inputs, owner, signal))!
  const isRaw = cloudInit.userData !== undefined || cloudInit.userDataFile !== undefined
  const said = cloudInit.hostKeys?.ed25519?.public
  const key = isRaw || cloudInit.hostKeys ? undefined : newHostKey()
  const rendered = renderCloudInit(key ? { ...cloudInit, hostKeys: { ed25519: key } } : cloudInit, {
    instanceId: instanceIdOf(uuid, cloudInit, digest),
    hostname: nameOf(inputs, owner),
    macs,
    ...(await userDataFileOf(cloudInit, signal)),
  })
  const hostKey = key?.public ?? said
  return {
    content: cloudInitImage(rendered),
    mark: {
      seed: { target, pool, volume: volumeName(owner, 'seed', '.iso'), digest },
      ...(hostKey === undefined ? {} : { hostKey }),
    },
  }
}

/** Writes the seed in place of the one that is there. */
export async function writeSeed(
  libvirt: Libvirt,
  { pool, volume: name }: NonNullable<Mark['seed']>,
  content: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  if (await findVolume(libvirt, { pool, name }, signal)) await deleteVolume(libvirt, { pool, name }, { signal })
  await createVolume(libvirt, { pool, name, format: 'raw', mode: '0600', content }, { signal })
}

import { fail, type UpdateContext } from '@lares/core'
import { get, isLibvirtError, type Libvirt } from '../../client/index.ts'
import { readVolume } from '../../client/volumes/read.ts'
import { renameVolume } from '../../client/volumes/rename.ts'
import { defineNew } from './create.ts'
import { readDomain } from './facts.ts'
import { finish, readDocument, remark } from './finish.ts'
import { readMark } from './metadata.ts'
import { shutDown } from './power.ts'
import type { DomainAttributes, DomainInputs } from './schema.ts'
import { updateDomain } from './update.ts'
import { nameOf } from './wanted.ts'

type Context = UpdateContext<DomainInputs, DomainAttributes, Libvirt>

/**
 * Puts a new guest in the place of one: its root disk is set aside under another name, its data disks go to the new one,
 * which has the same identity and addresses. A new name alone needs no new guest.
 */
export async function replaceDomain(context: Context): Promise<DomainAttributes> {
  const { connection, inputs, owner, observed, changes, signal, log } = context
  const name = nameOf(inputs, owner)
  if (name !== observed.name) await rename(context, name)
  const facts = await readDomain(connection, name, signal)
  if (!facts) return fail({ code: 'not_found', summary: `The guest "${name}" is gone` })
  if (!changes.some(({ effect }) => effect === 'replace') && name !== observed.name)
    return await updateDomain({
      ...context,
      observed: { ...observed, name, running: false },
      // A run that ended before the renaming had stopped it to be started again.
      inputs: { ...inputs, running: inputs.running ?? (observed.running || observed.pending === 'restart') },
    })

  const aside = stamp()
  // What the old disks are to be called is written down before one of them is renamed.
  await remark(context, name, (mark) => ({
    ...mark,
    pending: 'replace',
    disks: mark.disks.map((disk) =>
      disk.role === 'data' || disk.volume === undefined || disk.aside !== undefined
        ? disk
        : { ...disk, aside: asideName(disk.volume, aside) },
    ),
  }))
  await shutDown(context, name, inputs.shutdown)
  const before = await readDocument(context, name)
  const mark = readMark(before)
  const setAside = [...mark.setAside]
  for (const { pool, volume, aside: other } of mark.disks) {
    if (pool === undefined || volume === undefined || other === undefined) continue
    if (await readVolume(connection, { pool, name: volume }, signal)) {
      log(`setting aside ${volume} as ${other}`)
      await renameVolume(connection, { pool, name: volume }, other, { signal })
    }
    setAside.push(`${pool}/${other}`)
  }
  await defineNew(context, { ...mark, setAside }, get(before, 'uuid'))
  return await finish(context)
}

const stamp = () => new Date().toISOString().replace(/\D/g, '').slice(0, 14)

/** `home.plex.root.qcow2` becomes `home.plex.root.until-20261123010203.qcow2`. */
const asideName = (volume: string, until: string): string =>
  volume.includes('.') ? volume.replace(/(\.[^.]+)$/, `.until-${until}$1`) : `${volume}.until-${until}`

/** libvirt renames a guest only while it is off. */
async function rename(context: Context, name: string): Promise<void> {
  const { connection, observed, inputs, signal } = context
  if (await readDomain(connection, name, signal)) return
  if (observed.running) await remark(context, observed.name, (mark) => ({ ...mark, pending: 'restart' }))
  await shutDown(context, observed.name, inputs.shutdown)
  try {
    await connection.virsh(['domrename', observed.name, name], { signal })
  } catch (error) {
    if (!isLibvirtError(error, 'not_found')) throw error
  }
}

import { type DeleteContext, milliseconds } from '@lares/core'
import { get, isLibvirtError, type Libvirt } from '../../client/index.ts'
import { deleteVolume } from '../../client/volumes/change.ts'
import { addressOf, interfacesOf } from './devices/interface.ts'
import { readDomain } from './facts.ts'
import { readMark } from './metadata.ts'
import { powerOff, shutDown } from './power.ts'
import { changeReservation } from './reservations.ts'
import type { DomainAttributes, DomainInputs } from './schema.ts'

/** Takes a guest away, and of its volumes those that may be lost. Its definition goes last, since it says what is its. */
export async function deleteDomain(context: DeleteContext<DomainInputs, DomainAttributes, Libvirt>): Promise<void> {
  const { connection, observed, inputs, keep, signal } = context
  const kept = new Set(keep)
  const facts = await readDomain(connection, observed.name, signal)
  if (facts) {
    // What goes for good needs no time to put its data in order.
    const stays = observed.disks.some(({ name, volume }) => volume === undefined || kept.has(`disks/${name}`))
    if (stays) await shutDown(context, observed.name, inputs?.shutdown ?? { force: true })
    else await powerOff(context, observed.name)
  }
  for (const { name, pool, volume } of observed.disks)
    if (pool !== undefined && volume !== undefined && !kept.has(`disks/${name}`))
      await deleteVolume(connection, { pool, name: volume }, { signal })
  if (!facts) return
  const { seed } = readMark(facts.inactive)
  if (seed) await deleteVolume(connection, { pool: seed.pool, name: seed.volume }, { signal })
  for (const each of interfacesOf(facts.inactive)) {
    const network = get(each, 'source@network')
    if (network !== undefined && facts.reserved.has(addressOf(each)))
      await changeReservation(connection, network, addressOf(each), undefined, signal)
  }
  await undefine(connection, observed.name, kept.size > 0, signal)
}

/** Its snapshots are in its disks; variables of UEFI and TPM belong to the disks, too. */
async function undefine(libvirt: Libvirt, name: string, keepsState: boolean, signal: AbortSignal): Promise<void> {
  const state = keepsState ? ['--keep-nvram', '--keep-tpm'] : ['--nvram', '--tpm']
  const attempts = [
    ['--managed-save', '--snapshots-metadata', '--checkpoints-metadata', ...state],
    ['--managed-save', '--snapshots-metadata', '--checkpoints-metadata', state[0]!],
    ['--managed-save', '--snapshots-metadata'],
    [],
  ]
  for (const [index, flags] of attempts.entries()) {
    try {
      return void (await libvirt.virsh(['undefine', name, ...flags], { signal, timeout: milliseconds('60s') }))
    } catch (error) {
      if (isLibvirtError(error, 'not_found')) return
      // Older ones, and other drivers, don't know every flag.
      if (index === attempts.length - 1 || !isLibvirtError(error, 'unsupported', 'invalid', 'libvirt_error'))
        throw error
    }
  }
}

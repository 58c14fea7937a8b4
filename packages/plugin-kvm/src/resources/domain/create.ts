import { type CreateContext, equal, fail } from '@lares/core'
import { type Libvirt, LibvirtError, readHypervisor } from '../../client/index.ts'
import { newDocument } from './document.ts'
import { readDomain } from './facts.ts'
import { define, finish, type WorkContext } from './finish.ts'
import { placeDisks, readPlaces } from './layout.ts'
import { type Mark, readMark } from './metadata.ts'
import type { DomainAttributes, DomainInputs } from './schema.ts'
import { nameOf } from './wanted.ts'

/**
 * Makes a guest. It is defined first, with whose it is and that it is not finished: from then on whatever is made for it
 * belongs to something, wherever this ends.
 */
export async function createDomain(context: CreateContext<DomainInputs, Libvirt>): Promise<DomainAttributes> {
  const { connection, inputs, owner, signal } = context
  const name = nameOf(inputs, owner)
  const there = await readDomain(connection, name, signal)
  if (there && !equal(readMark(there.inactive).owner, owner))
    fail({ code: 'already_exists', summary: `A guest "${name}" is there already, and this lab did not make it` })
  if (!there) await defineNew(context, { disks: [], interfaces: [], setAside: [] })
  return await finish(context)
}

/** Defines a guest from nothing but what is declared, under the identity of one that it takes the place of. */
export async function defineNew(context: WorkContext, former: Mark, uuid?: string): Promise<void> {
  const { connection, inputs, owner, signal } = context
  const [hypervisor, places] = await Promise.all([
    readHypervisor(connection, signal),
    readPlaces(connection, inputs, signal),
    expectNetworks(connection, inputs, signal),
  ])
  const mark: Mark = { owner, pending: 'create', disks: [], interfaces: [], setAside: former.setAside }
  const disks = placeDisks(inputs.disks, owner, places, undefined, mark)
  // What the former guest's data is called stays.
  const placed = disks.map((disk) => {
    const old = former.disks.find(({ name, role }) => name === disk.wanted.name && role === 'data')
    if (old?.volume === undefined || old.pool === undefined || disk.mark.volume === undefined) return disk
    const path = `${places.pools.get(old.pool)?.path}/${old.volume}`
    return { ...disk, mark: { ...disk.mark, pool: old.pool, volume: old.volume }, source: { ...disk.source, path } }
  })
  await define(context, newDocument(inputs, owner, hypervisor, placed, mark, uuid))
}

/** libvirt would miss them only when the guest is started, with its disks made. */
async function expectNetworks(
  libvirt: Libvirt,
  { interfaces = [], running }: Pick<DomainInputs, 'interfaces' | 'running'>,
  signal: AbortSignal,
): Promise<void> {
  const wanted = interfaces.flatMap(({ network, bridge, macvtap }, index) =>
    bridge === undefined && macvtap === undefined
      ? [{ name: network ?? 'default', path: `interfaces[${index}].network` }]
      : [],
  )
  if (running === false || wanted.length === 0) return
  const answers = await libvirt.read(
    wanted.map(({ name }) => ['net-info', name]),
    signal,
  )
  for (const [index, { name, path }] of wanted.entries()) {
    const info = answers[index]!
    if (info instanceof LibvirtError && info.code !== 'not_found') throw info
    if (info instanceof LibvirtError)
      fail({
        code: 'no_network',
        path,
        summary: `There is no network "${name}"`,
        advice: `Declare one: kvm.network('${name}', { … }); or name another one, or a bridge of the host.`,
      })
    if (!/^Active:\s+yes/m.test(info))
      fail({
        code: 'no_network',
        path,
        summary: `The network "${name}" is not started`,
        advice: `Start it on the hypervisor: virsh net-start ${name}.`,
      })
  }
}

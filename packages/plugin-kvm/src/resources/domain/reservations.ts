import type { Owner } from '@lares/core'
import { all, element, formatXml, type Libvirt, parseXml, STDIN } from '../../client/index.ts'
import type { DomainInputs } from './schema.ts'
import { namedInterfaces, nameOf } from './wanted.ts'

/** Lets networks lease the addresses that were asked for. */
export async function reserveAddresses(
  libvirt: Libvirt,
  inputs: DomainInputs,
  owner: Owner,
  macs: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const name = nameOf(inputs, owner)
  for (const each of namedInterfaces(inputs.interfaces, owner)) {
    if (each.address === undefined) continue
    const network = each.network ?? 'default'
    const mac = macs.get(each.name) ?? each.mac
    await changeReservation(libvirt, network, mac, { ip: each.address, name }, signal)
  }
}

/** Gives an interface an address in its network, in place of what it had there, or none. */
export async function changeReservation(
  libvirt: Libvirt,
  network: string,
  mac: string,
  wanted: { ip: string; name: string } | undefined,
  signal: AbortSignal,
): Promise<void> {
  const document = parseXml(await libvirt.virsh(['net-dumpxml', network, '--inactive'], { signal }))
  const found = all(document, 'ip/dhcp/host').filter(({ attributes }) => attributes.mac?.toLowerCase() === mac)
  if (found.length === (wanted ? 1 : 0) && found.every(({ attributes }) => attributes.ip === wanted?.ip)) return
  const active = /^Active:\s+yes/m.test(await libvirt.virsh(['net-info', network], { signal }))
  const update = (verb: 'add-last' | 'delete', host: ReturnType<typeof element>) =>
    libvirt.virsh(['net-update', network, verb, 'ip-dhcp-host', STDIN, '--config', ...(active ? ['--live'] : [])], {
      input: formatXml(host),
      signal,
    })
  for (const host of found) await update('delete', host)
  if (wanted) await update('add-last', element('host', { mac, ...wanted }))
}

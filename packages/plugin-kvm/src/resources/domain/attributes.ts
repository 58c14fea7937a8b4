import { formatSize } from '@lares/core'
import { get } from '../../client/index.ts'
import { disksOf, readDisk, targetOf } from './devices/disk.ts'
import { addressOf, interfacesOf, readInterface } from './devices/interface.ts'
import { readFilesystems, readGraphics, readHostDevices } from './devices/others.ts'
import { addressesOf, type DomainFacts, isRunning } from './facts.ts'
import { readFields } from './fields.ts'
import { readMark } from './metadata.ts'
import type { DomainAttributes } from './schema.ts'

/** What is reported of a guest. `known` is the address that it had when it was last seen. */
export function attributesOf(facts: DomainFacts, known?: string): DomainAttributes {
  const { name, inactive, document, state, autostart, sizes, reserved } = facts
  const mark = readMark(inactive)
  const marks = new Map(mark.disks.map((disk) => [disk.target, disk]))
  const names = new Map(mark.interfaces.map((each) => [each.mac, each.name]))
  const addresses = addressesOf(facts)
  const ip = addresses[0] ?? known
  return {
    ...(readFields(inactive) as Pick<
      DomainAttributes,
      'domainType' | 'vcpus' | 'maxVcpus' | 'memory' | 'maxMemory' | 'firmware' | 'secureBoot' | 'tpm'
    > &
      Pick<DomainAttributes, 'serialConsole' | 'agent' | 'rng' | 'balloon' | 'resources'>),
    name,
    uuid: get(inactive, 'uuid') ?? '',
    state,
    running: isRunning(facts),
    disks: disksOf(inactive)
      .filter((disk) => targetOf(disk) !== mark.seed?.target)
      .map((disk) => {
        const said = readDisk(disk)
        const { aside: _, ...marked } = marks.get(said.target) ?? { name: said.target }
        const size = sizes.get(said.target)
        return { ...said, ...marked, ...(size === undefined ? {} : { size: formatSize(size) }) }
      }),
    interfaces: interfacesOf(inactive).map((each) => {
      const mac = addressOf(each)
      const address = reserved.get(mac)
      return {
        ...readInterface(each),
        ...(names.has(mac) ? { name: names.get(mac)! } : {}),
        ...(address === undefined ? {} : { address }),
      }
    }),
    hostDevices: readHostDevices(inactive),
    filesystems: readFilesystems(inactive),
    graphics: readGraphics(inactive),
    autostart,
    ...(ip === undefined ? {} : { ip }),
    addresses,
    ...(mark.hostKey === undefined ? {} : { hostKey: mark.hostKey }),
    ...(mark.seed ? { seed: mark.seed.digest } : {}),
    setAside: mark.setAside,
    ...(mark.pending === undefined ? {} : { pending: mark.pending }),
    document,
    ...(mark.owner ? { owner: mark.owner } : {}),
  }
}

import type { Owner } from '@lares/core'
import { all, element, get, type Hypervisor, made, put, type Xml } from '../../client/index.ts'
import { disksOf, targetOf, writeDisk } from './devices/disk.ts'
import { addressOf, interfacesOf, readInterface, writeInterface } from './devices/interface.ts'
import { writeFilesystems, writeGraphics, writeHostDevices } from './devices/others.ts'
import { pairInterfaces } from './diff-interfaces.ts'
import { fields, type Tree, valueIn } from './fields.ts'
import type { PlacedDisk } from './layout.ts'
import { type Mark, writeMark } from './metadata.ts'
import { merge, parseFragment } from './raw-xml.ts'
import type { DomainInputs } from './schema.ts'
import { namedInterfaces, nameOf, settingsOf } from './wanted.ts'

/** What a guest gets that nobody said anything about. */
const usual = { serialConsole: true, agent: true, rng: true }

/** How many devices can be added to a guest of PCI Express while it runs. */
const SPARE_PORTS = 14

/** The document of a guest that is not there yet. Its identity may be that of one whose place it takes. */
export function newDocument(
  inputs: DomainInputs,
  owner: Owner,
  hypervisor: Hypervisor,
  disks: readonly PlacedDisk[],
  mark: Mark,
  uuid?: string,
): Xml {
  const type = inputs.domainType ?? hypervisor.domainType
  const domain = element('domain', { type }, element('name', {}, nameOf(inputs, owner)))
  put(domain, 'uuid', uuid)
  const isPc = /^(x86_64|i686)$/.test(hypervisor.architecture)
  const machine = hypervisor.machines.includes('q35') ? 'q35' : undefined
  put(domain, 'os/type', 'hvm')
  put(domain, 'os/type@machine', inputs.machine ?? machine)
  domain.children.push(
    element('features', {}, element('acpi'), ...(isPc ? [element('apic')] : [])),
    element('clock', { offset: 'utc' }),
    element('on_crash', {}, 'restart'),
    element('devices'),
  )
  if (type === 'kvm') put(domain, 'cpu@mode', 'host-passthrough')
  if (/q35/.test(inputs.machine ?? machine ?? '')) addPorts(domain)
  writeSettings(domain, { ...usual, ...settingsOf(inputs as Tree) })
  writeDevices(domain, inputs, owner, disks, mark)
  return domain
}

function addPorts(domain: Xml): void {
  const devices = made(domain, 'devices')
  devices.children.push(
    element('controller', { type: 'pci', index: 0, model: 'pcie-root' }),
    ...Array.from({ length: SPARE_PORTS }, (_, index) =>
      element('controller', { type: 'pci', index: index + 1, model: 'pcie-root-port' }),
    ),
  )
}

/** Writes settings into a document, in place; `only` those of these inputs. */
export function writeSettings(domain: Xml, wanted: Tree, only?: ReadonlySet<string>): void {
  for (const { path, read, write } of fields) {
    const value = valueIn(wanted, path)
    if (value === undefined || (only && !only.has(path))) continue
    if (JSON.stringify(read(domain)) !== JSON.stringify(value)) write(domain, value)
  }
}

/** Writes lists of devices and the mark into a document, in place. What is not declared and not ours stays. */
export function writeDevices(
  domain: Xml,
  inputs: Partial<Pick<DomainInputs, 'disks' | 'interfaces' | 'hostDevices' | 'filesystems' | 'graphics' | 'xml'>>,
  owner: Owner,
  disks: readonly PlacedDisk[],
  mark: Mark,
): void {
  const devices = made(domain, 'devices')
  if (inputs.disks) {
    const goes = new Set(mark.disks.map(({ target }) => target))
    for (const { before } of disks) if (before) goes.add(targetOf(before))
    const stays = new Set(disks.map(({ before }) => before && targetOf(before)))
    const old = disksOf(domain).filter((disk) => goes.has(targetOf(disk)) || stays.has(targetOf(disk)))
    const written = disks.map(({ wanted, target, source, before }) => writeDisk(wanted, target, source, before))
    replaceIn(devices, old, written)
    mark.disks = disks.map((disk) => disk.mark)
    if (written.some((disk) => get(disk, 'boot@order') !== undefined)) put(domain, 'os/boot', undefined)
  }
  if (inputs.interfaces) {
    const there = interfacesOf(domain)
    const marked = new Set(mark.interfaces.map(({ mac }) => mac))
    const wanted = namedInterfaces(inputs.interfaces, owner)
    const names = new Map(mark.interfaces.map(({ mac, name }) => [mac, name]))
    const observed = there.map((each) => {
      const name = names.get(addressOf(each))
      return { ...readInterface(each), ...(name === undefined ? {} : { name }) }
    })
    const pairs = pairInterfaces(wanted, observed).map(([one, found]) => {
      // One that is there keeps its address unless another was asked for.
      const said = inputs.interfaces?.[wanted.indexOf(one)]?.mac
      const mac = said ?? found?.mac ?? one.mac
      return { one: { ...one, mac }, before: found && there[observed.indexOf(found)] }
    })
    const old = there.filter((each) => marked.has(addressOf(each)) || pairs.some(({ before }) => before === each))
    replaceIn(
      devices,
      old,
      pairs.map(({ one, before }) => writeInterface(one, before)),
    )
    mark.interfaces = pairs.map(({ one: { name, mac } }) => ({ name, mac }))
    if (all(domain, 'devices/interface/boot').length > 0) put(domain, 'os/boot', undefined)
  }
  if (inputs.hostDevices) writeHostDevices(domain, inputs.hostDevices)
  if (inputs.filesystems) writeFilesystems(domain, inputs.filesystems)
  if (inputs.graphics) writeGraphics(domain, inputs.graphics)
  if (inputs.xml !== undefined) merge(domain, parseFragment(inputs.xml))
  mark.owner = owner
  writeMark(domain, mark)
}

/** Puts new elements where the first of the old ones was, or at the end. */
function replaceIn(parent: Xml, old: readonly Xml[], written: readonly Xml[]): void {
  const first = parent.children.findIndex((each) => typeof each !== 'string' && old.includes(each))
  const place = first < 0 ? parent.children.length : first
  const before = parent.children.slice(0, place)
  const after = parent.children.slice(place).filter((each) => typeof each === 'string' || !old.includes(each))
  parent.children = [...before, ...written, ...after]
}

import { withoutUndefined } from './devices/disk.ts'
import type { DomainAttributes } from './schema.ts'
import { disk } from './schema-parts.ts'

/** What a config would say of a guest that is there. What only libvirt decides is left out. */
export function inputsOf(attributes: DomainAttributes) {
  const { name, title, description, domainType, machine, vcpus, maxVcpus, memory, maxMemory } = attributes
  const { cpu, firmware, secureBoot, tpm, boot, disks, interfaces, hostDevices, filesystems, graphics } = attributes
  const { video, serialConsole, agent, rng, balloon, watchdog, clock, resources, autostart } = attributes
  const said = {
    ...{ name, title, description, domainType, machine, vcpus, memory },
    maxVcpus: maxVcpus === vcpus ? undefined : maxVcpus,
    maxMemory: maxMemory === memory ? undefined : maxMemory,
    cpu: cpu && withoutUndefined(cpu),
    firmware: firmware === 'bios' ? undefined : firmware,
    secureBoot: secureBoot || undefined,
    tpm: tpm || undefined,
    boot: boot?.kernel === undefined ? undefined : boot,
    disks: filled(disks.filter(isSayable).map(diskInputs)),
    interfaces: filled(interfaces.map(interfaceInputs)),
    hostDevices: hostDevices.pci.length + hostDevices.usb.length > 0 ? hostDevices : undefined,
    filesystems: filled(filesystems.map(({ readOnly, ...rest }) => ({ ...rest, ...(readOnly ? { readOnly } : {}) }))),
    graphics: filled(graphics.filter(({ type }) => type === 'vnc' || type === 'spice')),
    ...{ video, serialConsole, agent, rng, balloon, watchdog, clock },
    resources: Object.keys(resources).length > 0 ? resources : undefined,
    autostart: autostart || undefined,
  }
  return withoutUndefined(said) as never
}

const BUSES = new Set(disk.shape.bus.unwrap().options as readonly string[])

/** Floppies and disks over the network are left as they are. */
const isSayable = ({ device, bus, path, volume }: DomainAttributes['disks'][number]): boolean =>
  (device === 'disk' || device === 'cdrom') &&
  BUSES.has(bus ?? '') &&
  (path === undefined ? device === 'cdrom' || volume !== undefined : path.startsWith('/'))

const filled = <T>(list: T[]): T[] | undefined => (list.length > 0 ? list : undefined)

/** What a disk of another tool is: the file that is there, and not a volume to be made. */
const diskInputs = ({ volume, pool, image, size, readOnly, device, ...rest }: DomainAttributes['disks'][number]) =>
  withoutUndefined({
    ...rest,
    device: device === 'cdrom' ? device : undefined,
    readOnly: readOnly || undefined,
    ...(volume === undefined ? {} : { path: undefined, pool, size }),
  })

const interfaceInputs = ({ name, ...rest }: DomainAttributes['interfaces'][number]) =>
  withoutUndefined({ name, ...rest })

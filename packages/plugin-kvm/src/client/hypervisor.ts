import { isLibvirtError, LibvirtError } from './error.ts'
import type { Libvirt } from './virsh.ts'
import { all, get, parseXml, textOf } from './xml.ts'

/** What a hypervisor is, and what guests without wishes of their own get from it. */
export interface Hypervisor {
  uri: string
  libvirtVersion: string
  /** QEMU's version; absent for other drivers. */
  qemuVersion?: string
  cpus: number
  /** Bytes. */
  memory: number
  architecture: string
  /** What a guest runs on by default: `kvm` with hardware virtualization, `qemu` without. */
  domainType: string
  /** True when the processor's virtualization can be used. */
  hardwareVirtualization: boolean
  /** Machine types that can be asked for, aliases such as `q35` included. */
  machines: string[]
  /** Guests can boot by UEFI; `secureBoot`: with keys enrolled. */
  uefi: boolean
  secureBoot: boolean
  tpm: boolean
}

/** Describes the hypervisor behind a connection. Rejects with `unreachable` when nobody answers. */
export async function readHypervisor(libvirt: Libvirt, signal?: AbortSignal): Promise<Hypervisor> {
  const [version, node, capabilities, domain] = await libvirt.read(
    [['version'], ['nodeinfo'], ['capabilities'], ['domcapabilities']],
    signal,
  )
  if (capabilities === undefined || capabilities instanceof Error) throw capabilities
  if (node === undefined || node instanceof Error) throw node
  // The test driver has no capabilities of domains.
  if (domain instanceof Error && !isLibvirtError(domain, 'unsupported')) throw domain
  const host = parseXml(capabilities)
  const guests = domain === undefined || domain instanceof LibvirtError ? undefined : parseXml(domain)
  const architecture = get(host, 'host/cpu/arch') ?? 'x86_64'
  const mine = all(host, 'guest').filter(
    (guest) => get(guest, 'os_type') === 'hvm' && get(guest, 'arch@name') === architecture,
  )
  const types = mine.flatMap((guest) => all(guest, 'arch/domain').map((each) => each.attributes.type))
  const text = version instanceof Error ? '' : (version ?? '')
  const qemuVersion = /Running hypervisor: QEMU (\S+)/.exec(text)?.[1]
  return {
    uri: libvirt.uri,
    libvirtVersion: /Using library: libvirt (\S+)/.exec(text)?.[1] ?? '',
    ...(qemuVersion === undefined ? {} : { qemuVersion }),
    cpus: Number(/^CPU\(s\):\s+(\d+)/m.exec(node)?.[1] ?? 0),
    memory: Number(/^Memory size:\s+(\d+) KiB/m.exec(node)?.[1] ?? 0) * 1024,
    architecture,
    domainType: get(guests, 'domain') ?? types[0] ?? 'qemu',
    hardwareVirtualization: types.includes('kvm'),
    machines: [
      ...new Set(mine.flatMap((guest) => all(guest, 'arch/machine').map((each) => textOf(each) ?? ''))),
    ].sort(),
    uefi: all(guests, 'os/enum').some(
      (each) => each.attributes.name === 'firmware' && all(each, 'value').some((value) => textOf(value) === 'efi'),
    ),
    secureBoot: all(guests, 'os/loader/enum').some(
      (each) => each.attributes.name === 'secure' && all(each, 'value').some((value) => textOf(value) === 'yes'),
    ),
    tpm: get(guests, 'devices/tpm@supported') === 'yes',
  }
}

import type { DomainInputs } from '../../src/index.ts'

type Inputs = Partial<DomainInputs>

/** Every setting of a guest, alone. `POOL` is a pool of the test. */
export const cases = (pool: string): Record<string, object> => {
  const size = '4MiB'
  const disk = (more: object) => ({ disks: [{ size, pool, ...more }] })
  const nic = (more: object) => ({ interfaces: [more] })
  const all: Record<string, object> = {
    title: { title: 'A <title> & "more"' },
    description: { description: 'Two\nlines' },
    'domain type': { domainType: 'qemu' },
    'machine q35': { machine: 'q35' },
    'machine pc': { machine: 'pc' },
    vcpus: { vcpus: 2 },
    'vcpus within maximum': { vcpus: 1, maxVcpus: 4 },
    memory: { memory: '300MiB' },
    'memory in bytes': { memory: 300_000_001 },
    'memory within maximum': { memory: '256m', maxMemory: '1g' },
    'cpu mode': { cpu: { mode: 'maximum' } },
    'cpu host-model': { cpu: { mode: 'host-model' } },
    'cpu model': { cpu: { model: 'qemu64' } },
    'cpu topology': { vcpus: 4, cpu: { topology: { sockets: 1, cores: 2, threads: 2 } } },
    'cpu features': { cpu: { model: 'qemu64', features: { aes: 'disable', rdrand: 'require' } } },
    bios: { firmware: 'bios' },
    uefi: { firmware: 'uefi' },
    'no secure boot': { firmware: 'uefi', secureBoot: false },
    'secure boot': { firmware: 'uefi', secureBoot: true },
    tpm: { tpm: true },
    'no tpm': { tpm: false },
    kernel: { boot: { kernel: '/boot/vmlinuz', initrd: '/boot/initrd', commandLine: 'console=ttyS0 a="b"' } },
    video: { video: 'virtio' },
    'no console': { serialConsole: false },
    'no agent': { agent: false },
    'no rng': { rng: false },
    'no balloon': { balloon: false },
    balloon: { balloon: true },
    watchdog: { watchdog: { model: 'i6300esb', action: 'poweroff' } },
    'usual watchdog': { watchdog: {} },
    clock: { clock: 'localtime' },
    shares: { resources: { cpuShares: 300 } },
    'cpu limit': { resources: { cpuLimit: 0.5 } },
    'memory limit': { resources: { memoryLimit: '3GiB' } },
    'soft limit': { resources: { memorySoftLimit: '2000000000' } },
    'io weight': { resources: { ioWeight: 200 } },
    autostart: { autostart: true },
    'no autostart': { autostart: false },
    'pci device': { hostDevices: { pci: ['0000:00:1f.2'] } },
    'usb device': { hostDevices: { usb: ['1d6b:0002', '046d:c52b'] } },
    virtiofs: { filesystems: [{ source: '/srv', target: 'srv' }] },
    '9p': { filesystems: [{ source: '/srv', target: 'srv', driver: '9p', access: 'mapped', readOnly: true }] },
    'two of them': {
      filesystems: [
        { source: '/srv', target: 'a' },
        { source: '/home', target: 'b', driver: '9p' },
      ],
    },
    vnc: { graphics: [{ type: 'vnc' }] },
    'vnc in detail': { graphics: [{ type: 'vnc', listen: '0.0.0.0', port: 5999 }] },
    'vnc with a password': { graphics: [{ type: 'vnc', password: 'abcdefgh' }] },
    disk: disk({}),
    'no disks': { disks: [] },
    'disk raw': disk({ format: 'raw' }),
    'disk sata': disk({ bus: 'sata' }),
    'disk scsi': disk({ bus: 'scsi' }),
    'disk usb': disk({ bus: 'usb' }),
    'disk target': disk({ target: 'vdc' }),
    'disk tuned': disk({ cache: 'none', discard: 'unmap', io: 'native' }),
    'disk boot': disk({ bootOrder: 1 }),
    'disk serial': disk({ serial: 'ROOT-1' }),
    'disk read only': disk({ readOnly: true }),
    'disk named': disk({ name: 'system', role: 'root' }),
    'disk there already': { disks: [{ path: '/var/lib/libvirt/images/other.img', format: 'raw' }] },
    'disk a device': { disks: [{ path: '/dev/null' }] },
    cdrom: { disks: [{ device: 'cdrom', path: '/var/lib/libvirt/images/install.iso', bootOrder: 2 }] },
    'empty cdrom': { disks: [{ device: 'cdrom' }] },
    'several disks': {
      disks: [
        { size, pool, bootOrder: 1 },
        { name: 'data', size: '8MiB', pool, role: 'data' },
        { bus: 'sata', size, pool },
        { device: 'cdrom', path: '/var/lib/libvirt/images/a.iso' },
      ],
    },
    interface: nic({}),
    'no interfaces': { interfaces: [] },
    network: nic({ network: 'lares-round' }),
    bridge: nic({ bridge: 'br7' }),
    macvtap: nic({ macvtap: 'eth7' }),
    mac: nic({ mac: '52:54:00:01:02:03' }),
    lease: nic({ network: 'lares-round', address: '10.77.9.5' }),
    'interface model': nic({ model: 'e1000e' }),
    vlan: nic({ bridge: 'br7', vlan: 12 }),
    mtu: nic({ bridge: 'br7', mtu: 9000 }),
    'link down': nic({ link: 'down' }),
    isolated: nic({ bridge: 'br7', isolated: true }),
    'network boot': nic({ bootOrder: 1 }),
    'several interfaces': {
      interfaces: [{ network: 'lares-round' }, { bridge: 'br7', name: 'lan' }, { macvtap: 'eth7' }],
    },
    'raw xml': { xml: "<domain><features><hyperv mode='custom'><relaxed state='on'/></hyperv></features></domain>" },
    'raw amounts': { xml: "<domain><features><tcg><tb-cache unit='MiB'>96</tb-cache></tcg></features></domain>" },
    'raw device': { xml: "<domain><devices><sound model='ich9'/><vsock model='virtio'/></devices></domain>" },
    'raw tuning': { xml: '<domain><on_crash>preserve</on_crash><iothreads>2</iothreads></domain>' },
    'raw arguments': {
      xml: "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:commandline><qemu:arg value='-name'/><qemu:arg value='x'/></qemu:commandline></domain>",
    },
    shutdown: { shutdown: { timeout: '5s', force: true } },
    'snapshot before': { snapshotBefore: true },
    'ssh alone': { ssh: { user: 'ops', address: '10.0.0.9' } },
    'cloud-init': { ...disk({}), cloudInit: { user: 'ops', packages: ['htop'] } },
    'cloud-init with network': {
      ...disk({}),
      ...nic({}),
      cloudInit: { onChange: 'new-instance-id', network: [{ addresses: ['10.0.0.9/24'] }] },
    },
    'cloud-init as a whole': { ...disk({}), cloudInit: { onChange: 'replace-guest', userData: '#cloud-config\n{}\n' } },
  }
  for (const priority of ['low', 'normal', 'high', 'critical'] satisfies Inputs['priority'][])
    all[`priority ${priority}`] = { priority }
  return all
}

/** Which of them are tried together. */
export const combinations: readonly (readonly string[])[] = [
  ['title', 'description', 'machine q35', 'vcpus within maximum', 'memory within maximum', 'cpu mode', 'uefi', 'tpm'],
  ['machine pc', 'vcpus', 'memory', 'cpu model', 'bios', 'watchdog', 'clock', 'no agent', 'no rng', 'several disks'],
  ['several disks', 'several interfaces', 'priority high', 'cpu limit', 'two of them', 'vnc in detail', 'video'],
  ['secure boot', 'tpm', 'disk tuned', 'network', 'shares', 'autostart', 'raw xml', 'cpu topology', 'usual watchdog'],
  ['priority low', 'shares', 'io weight', 'memory limit', 'usb device', 'raw device', 'no console', 'no balloon'],
  ['cloud-init', 'several interfaces', 'virtiofs', 'vnc', 'raw tuning', 'kernel', 'disk raw', 'lease'],
]

import { resourceContract } from '@lares/core/testing'
import { connectHost } from '@lares/transport'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import kvm, { connectLibvirt, type Libvirt } from '../src/index.ts'

const name = 'lares-contract'
const pool = 'lares-contract'
const directory = '/var/lib/libvirt/images/lares-contract'
let libvirt: Libvirt

beforeAll(async () => {
  libvirt = connectLibvirt({ host: await connectHost() })
  await libvirt.host.exec(['mkdir', '-p', directory])
  await libvirt.virsh(['pool-define-as', pool, 'dir', '--target', directory])
  await libvirt.virsh(['pool-start', pool])
})
afterAll(async () => {
  await libvirt.virsh(['pool-destroy', pool])
  await libvirt.virsh(['pool-undefine', pool])
  await libvirt.host.exec(['rm', '-r', directory])
  await libvirt.host.close()
})

// Without a system to boot, a guest is defined and never started.
resourceContract(
  { describe, it, expect },
  {
    type: 'kvm.domain',
    factory: kvm.domain,
    base: { name, running: false },
    options: {
      processors: { vcpus: 2, maxVcpus: 4, cpu: { model: 'qemu64' } },
      memory: { memory: '256MiB', maxMemory: '512MiB' },
      disks: {
        disks: [
          { size: '8MiB', pool },
          { name: 'data', size: '4MiB', pool, cache: 'none', discard: 'unmap' },
        ],
      },
      interfaces: { interfaces: [{ bridge: 'br0' }, { macvtap: 'eth0', mac: '52:54:00:aa:bb:cc' }] },
      firmware: { firmware: 'uefi', tpm: true },
      sharing: { filesystems: [{ source: '/srv', target: 'srv' }], graphics: [{ type: 'vnc', listen: '127.0.0.1' }] },
      controls: { priority: 'high', resources: { cpuLimit: 1.5, memoryLimit: '2GiB' }, autostart: true },
    },
    outside: {
      snapshot: async () => [
        await libvirt.virsh(['list', '--all']),
        await libvirt.virsh(['vol-list', pool]).then((list) => list.split('\n').sort()),
      ],
      plant: async () => {
        const document = `<domain type='qemu'><name>${name}</name><memory>1024</memory><os><type>hvm</type></os></domain>`
        await libvirt.virsh(['define', '/dev/stdin'], { input: document })
      },
      remove: async () => void (await libvirt.virsh(['undefine', name, '--nvram']).catch(() => '')),
    },
    killAfter: [0, 20, 100, 300],
  },
)

import { readFile } from 'node:fs/promises'
import { connectHost, type Host } from '@lares/transport'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import { testLab } from '../../../../e2e/test-lab.ts'
import kvm, { connectLibvirt, type DomainAttributes, type Libvirt, STDIN } from '../../src/index.ts'

const { libvirt: real, hosts } = rig()
const identityFile = hosts[0]!.identityFile
const pool = 'lares-guest'
const directory = '/var/lib/libvirt/images/lares-guest'
const network = `<network><name>lares-guest</name><forward mode='nat'/><bridge name='larguest0' stp='off' delay='0'/>
<ip address='10.78.3.1' netmask='255.255.255.0'><dhcp><range start='10.78.3.100' end='10.78.3.200'/></dhcp></ip></network>`
/** What makes software emulation start fast. */
const tuning = "<domain><features><tcg><tb-cache unit='MiB'>96</tb-cache></tcg></features></domain>"
const MINUTE = 60_000

let libvirt: Libvirt
let key: string
const lab = testLab('lares-guest')

beforeAll(async () => {
  key = (await readFile(`${identityFile}.pub`, 'utf8')).trim()
  libvirt = connectLibvirt({ host: await connectHost() })
  await libvirt.host.exec(['mkdir', '-p', directory])
  await libvirt.virsh(['pool-define-as', pool, 'dir', '--target', directory])
  await libvirt.virsh(['pool-start', pool])
  await libvirt.virsh(['net-define', STDIN], { input: network })
  await libvirt.virsh(['net-start', 'lares-guest'])
})
afterAll(async () => {
  for (const [command, ...args] of [
    ['destroy', 'guest'],
    ['undefine', 'guest', '--nvram', '--snapshots-metadata'],
    ['net-destroy', 'lares-guest'],
    ['net-undefine', 'lares-guest'],
    ['pool-destroy', pool],
    ['pool-undefine', pool],
  ])
    await libvirt.virsh([command!, ...args]).catch(() => {})
  await libvirt.host.exec(['rm', '-r', directory])
  await libvirt.host.close()
})

const image = (name: 'debian' | 'tiny') => ({ url: real.images[name].url, sha256: real.images[name].sha256 })
const base = () => ({
  vcpus: 2,
  memory: '512MiB',
  maxMemory: '640MiB',
  cpu: { model: 'qemu64' },
  disks: [
    { image: image('debian'), pool, size: '2GiB' },
    { name: 'data', pool, size: '16MiB' },
  ],
  interfaces: [{ network: 'lares-guest' }],
  cloudInit: { user: 'ops', authorizedKeys: [key] },
  ssh: { identityFiles: [identityFile] },
  shutdown: { timeout: '4m', force: true },
  xml: tuning,
  // On a busy machine, software emulation takes its time.
  addressTimeout: '10m',
})
type Inputs = ReturnType<typeof base> & Record<string, unknown>

/** The guest, and something that waits until it is ready. */
const declared = (inputs: Inputs) => {
  const guest = kvm.domain('guest', inputs as never)
  return [guest, kvm.hypervisor('after', { dependsOn: [guest] })]
}
const attributes = async () => (await lab.store.read())!.resources['guest']!.attributes as unknown as DomainAttributes
const planned = async (inputs: Inputs) => {
  const { nodes } = await lab.plan(declared(inputs))
  const { action, effect, changes } = nodes.find(({ address }) => address === 'guest')!
  return { action, effect, changes: changes.map(({ path, effect }) => `${path}: ${effect}`) }
}
async function inside<T>(body: (guest: Host) => Promise<T>): Promise<T> {
  const { ip, hostKey } = await attributes()
  if (ip === undefined) throw new Error('it has no address')
  const guest = await connectHost({ address: ip, user: 'ops', identityFiles: [identityFile], hostKey })
  try {
    return await body(guest)
  } finally {
    await guest.close()
  }
}
const asked = (command: string) =>
  inside(async (guest) => (await guest.exec(['sudo', 'sh', '-c', command])).stdout.trim())
const bootId = () => asked('cat /proc/sys/kernel/random/boot_id')
let inputs: Inputs
let boot: string

test('a guest is made from an image, and is ready when cloud-init is', { timeout: 15 * MINUTE }, async () => {
  inputs = base()
  await lab.apply(declared(inputs))
  expect(await lab.rest(declared(inputs))).toBe('')
  const { ip, hostKey, state } = await attributes()
  expect(ip).toMatch(/^10\.78\.3\./)
  expect(hostKey).toMatch(/^ssh-ed25519 /)
  expect(state).toBe('running')
  boot = await bootId()
  expect(await asked('hostname')).toBe('guest')
})

test('memory, shares, disks and interfaces change while it runs', { timeout: 15 * MINUTE }, async () => {
  await asked('echo kept > /dev/vdb; sync')
  const more: Inputs = {
    ...inputs,
    memory: '600MiB',
    disks: [inputs.disks[0]!, { name: 'data', pool, size: '32MiB' }, { name: 'more', pool, size: '8MiB' }] as never,
    interfaces: [...inputs.interfaces, { network: 'lares-guest', name: 'second' }] as never,
    resources: { cpuShares: 300 },
  }
  expect(await planned(more)).toMatchObject({ action: 'update', effect: 'live' })
  await lab.apply(declared(more))
  expect(await lab.rest(declared(more))).toBe('')
  expect(await bootId()).toBe(boot)
  expect(await asked('blockdev --getsize64 /dev/vdb')).toBe(String(32 * 2 ** 20))
  // The seed is vdc.
  expect(await asked('blockdev --getsize64 /dev/vdd')).toBe(String(8 * 2 ** 20))
  expect(await asked('ls /sys/class/net | grep -vc lo')).toBe('2')
  expect(await libvirt.virsh(['schedinfo', 'guest', '--live'])).toMatch(/cpu_shares\s*:\s*300/)
  const memory = async () => Number(/^actual (\d+)/m.exec(await libvirt.virsh(['dommemstat', 'guest']))?.[1])
  await expect.poll(memory, { timeout: 120_000 }).toBe(600 * 1024)

  await lab.apply(declared({ ...more, memory: '400MiB' }))
  await expect.poll(memory, { timeout: 120_000 }).toBe(400 * 1024)
  const less: Inputs = { ...inputs, disks: [inputs.disks[0]!, { name: 'data', pool, size: '32MiB' }] as never }
  await lab.apply(declared(less))
  expect(await lab.rest(declared(less))).toBe('')
  expect(await bootId()).toBe(boot)
  expect(await asked('ls /sys/class/net | grep -vc lo; ls /dev/vd?')).toBe('1\n/dev/vda\n/dev/vdb\n/dev/vdc')
  expect(await libvirt.virsh(['vol-list', pool])).toContain('lares-guest.guest.more.qcow2')
  inputs = less
})

test('what a running guest cannot take restarts it', { timeout: 15 * MINUTE }, async () => {
  inputs = { ...inputs, vcpus: 1, watchdog: { action: 'reset' }, snapshotBefore: true }
  expect(await planned(inputs)).toMatchObject({ action: 'update', effect: 'restart' })
  const { uuid, hostKey } = await attributes()
  await lab.apply(declared(inputs))
  expect(await lab.rest(declared(inputs))).toBe('')
  expect(await bootId()).not.toBe(boot)
  expect(await asked('nproc; head -c 4 /dev/vdb')).toBe('1\nkept')
  expect(await attributes()).toMatchObject({ uuid, hostKey })
  expect(await libvirt.virsh(['snapshot-list', 'guest', '--name'])).toContain('lares-before-')
  for (const name of (await libvirt.virsh(['snapshot-list', 'guest', '--name'])).trim().split('\n'))
    await libvirt.virsh(['snapshot-delete', 'guest', name])
})

test('shrinking is refused before anything is done', async () => {
  const smaller = { ...inputs, disks: [inputs.disks[0]!, { name: 'data', pool, size: '8MiB' }] as never }
  await expect(lab.apply(declared(smaller))).rejects.toThrow('data_loss')
  await expect(lab.apply(declared(smaller), { allowDataLoss: ['guest/disks/data'] })).rejects.toThrow(
    'never made smaller',
  )
})

test('switched off, it has nothing to be done to it, and nobody can reach it', async () => {
  const { ip } = await attributes()
  await libvirt.virsh(['destroy', 'guest'])
  expect(await lab.rest(declared(inputs))).toBe('')
  expect((await attributes()).ip).toBe(ip)
})

test('another image makes a new guest with the old data', { timeout: 15 * MINUTE }, async () => {
  const { uuid, interfaces } = await attributes()
  const other: Inputs = {
    ...inputs,
    disks: [{ ...inputs.disks[0]!, image: image('tiny') }, inputs.disks[1]!] as never,
  }
  expect(await planned(other)).toMatchObject({ action: 'replace' })
  await lab.apply(declared(other))
  expect(await lab.rest(declared(other))).toBe('')
  const after = await attributes()
  expect(after).toMatchObject({ uuid, interfaces: [{ mac: interfaces[0]!.mac }] })
  expect(after.setAside).toEqual([expect.stringMatching(/^lares-guest\/lares-guest\.guest\.root\.until-\d+\.qcow2$/)])
  expect(await libvirt.virsh(['vol-list', pool])).toContain(after.setAside[0]!.split('/')[1])
  expect(await asked('head -c 4 /dev/vdb')).toBe('kept')
  inputs = other
})

test('destroyed, it leaves its disks, and finds them again', { timeout: 15 * MINUTE }, async () => {
  await lab.destroy(declared(inputs))
  expect(await libvirt.virsh(['list', '--all', '--name'])).not.toContain('guest')
  expect(await libvirt.virsh(['vol-list', pool])).toContain('lares-guest.guest.data.qcow2')
  await lab.apply(declared(inputs))
  expect(await asked('head -c 4 /dev/vdb')).toBe('kept')
  await lab.destroy(declared(inputs), ['guest/disks/root', 'guest/disks/data'])
  expect(await libvirt.virsh(['vol-list', pool])).not.toMatch(/guest\.(root|data)\.qcow2|seed/)
})

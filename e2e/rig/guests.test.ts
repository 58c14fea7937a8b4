import { readFile } from 'node:fs/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { bootGuest, emptyHypervisor, isOff, onGuest, sshGuest, virsh } from './hypervisor.ts'
import { rig } from './rig.ts'

afterAll(emptyHypervisor)

describe('the tiny guest', () => {
  let address: string

  test('boots by itself, with the name and keys of its seed', async () => {
    address = await bootGuest('little', { image: rig().libvirt.images.tiny, memory: 192 })
    expect((await sshGuest(address, 'ops', 'hostname; sudo -n id -u; cloud-init status --wait')).stdout).toBe(
      'little\n0\nstatus: done',
    )
    await expect(sshGuest(address, 'nobody', 'true')).rejects.toThrow(/Permission denied/)
  }, 900_000)

  test('keeps what is on its disk and its host key through a restart', async () => {
    const keyOf = async () => (await onGuest('little', 'dropbearkey', '-y', '-f', '/etc/dropbear/host_key')).stdout
    const [key, boot] = [await keyOf(), (await onGuest('little', 'cat', '/proc/sys/kernel/random/boot_id')).stdout]
    await sshGuest(address, 'root', 'echo kept > /root/note; sync')
    await virsh('shutdown', 'little', '--mode', 'acpi')
    await isOff('little')
    await virsh('start', 'little')
    await expect
      .poll(() => onGuest('little', 'cat', '/root/note'), { timeout: 120_000 })
      .toMatchObject({ stdout: 'kept' })
    expect(await keyOf()).toBe(key)
    expect((await onGuest('little', 'cat', '/proc/sys/kernel/random/boot_id')).stdout).not.toBe(boot)
    await virsh('shutdown', 'little', '--mode', 'agent')
    await isOff('little')
  }, 900_000)
})

// The other Debian image is the same without the engine; the guests of @lares/plugin-kvm boot it.
describe('the Debian guest with an engine', () => {
  let address: string

  test('has run what cloud-init was told, on a root file system as large as its disk', async () => {
    const key = (await sshKey()).trim()
    const userData = `#cloud-config
users:
  - name: ops
    sudo: ALL=(ALL) NOPASSWD:ALL
    ssh_authorized_keys: ['${key}']
packages: [hello]
write_files:
  - { path: /etc/motto, content: "kept by cloud-init\\n" }
runcmd:
  - [sh, -c, 'hello > /run/greeting']
`
    const spec = { image: rig().libvirt.images.docker, memory: 1024, size: '6G', userData }
    address = await bootGuest('whale', spec)
    const look = 'cloud-init status --wait; hostname; cat /etc/motto /run/greeting; df --output=size -BG / | tail -n 1'
    const { stdout } = await sshGuest(address, 'ops', look)
    expect(stdout).toMatch(/status: done\nwhale\nkept by cloud-init\nHello, world!\n +6G/)
    expect((await sshGuest(address, 'ops', 'sudo -n systemctl is-system-running')).stdout).toBe('running')
  }, 900_000)

  test('runs a container from the registry of the rig', async () => {
    const { stdout } = await sshGuest(address, 'ops', 'sudo docker version --format {{.Server.Os}}')
    expect(stdout).toBe('linux')
    expect((await sshGuest(address, 'ops', `sudo docker run --rm ${rig().images.busybox} echo alive`)).stdout).toBe(
      'alive',
    )
  }, 900_000)

  test('answers through its agent and shuts down by ACPI', async () => {
    expect(await onGuest('whale', 'cat', '/etc/hostname')).toMatchObject({ exitCode: 0, stdout: 'whale' })
    expect(await virsh('domifaddr', 'whale', '--source', 'agent')).toContain(address)
    await virsh('shutdown', 'whale', '--mode', 'acpi')
    await isOff('whale')
  }, 300_000)
})

describe('the hypervisor', () => {
  test('gives guests shares of the processor, in cgroups of the rig', async () => {
    await virsh('start', 'little')
    await virsh('schedinfo', 'little', '--live', '--set', 'cpu_shares=2048')
    expect(await virsh('schedinfo', 'little', '--live')).toMatch(/cpu_shares +: 2048/)
  }, 60_000)

  test('can be emptied', async () => {
    await emptyHypervisor()
    for (const list of ['list', 'net-list', 'pool-list']) expect(await virsh(list, '--all', '--name')).toBe('')
  }, 60_000)
})

async function sshKey(): Promise<string> {
  return await readFile(`${rig().home}/.ssh/id_ed25519.pub`, 'utf8')
}

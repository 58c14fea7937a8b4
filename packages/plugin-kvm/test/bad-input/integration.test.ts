import { readFile } from 'node:fs/promises'
import type { AnyResource, Diagnostic } from '@lares/core'
import { localHost } from '@lares/transport'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { emptyHypervisor } from '../../../../e2e/rig/hypervisor.ts'
import { rig } from '../../../../e2e/rig/rig.ts'
import { type Attempt, testLab } from '../../../../e2e/test-lab.ts'
import kvm, { connectLibvirt, IMAGE_POOL, STDIN } from '../../src/index.ts'

vi.setConfig({ testTimeout: 120_000 })
const libvirt = connectLibvirt({ host: localHost() })
const pool = 'lares-bad'
const directory = '/var/lib/libvirt/images/lares-bad'
const network = 'lares-bad'
const reserved = { mac: '52:54:00:00:00:99', ip: '10.78.9.99' }
const networkXml = `<network><name>${network}</name><bridge name='larbad0'/><ip address='10.78.9.1' netmask='255.255.255.0'>
  <dhcp><range start='10.78.9.100' end='10.78.9.200'/><host mac='${reserved.mac}' name='printer' ip='${reserved.ip}'/></dhcp></ip></network>`
const theirs = `<domain type='qemu'><name>theirs</name><memory unit='MiB'>64</memory><os><type>hvm</type></os><devices>
  <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${directory}/theirs.img'/><target dev='vda' bus='virtio'/></disk>
  <interface type='network'><mac address='52:54:00:00:00:01'/><source network='${network}'/></interface>
  <graphics type='vnc' port='5911' autoport='no'/></devices></domain>`

beforeAll(async () => {
  await execa('mkdir', ['-p', directory])
  await libvirt.virsh(['pool-define-as', pool, 'dir', '--target', directory])
  await libvirt.virsh(['pool-start', pool])
  await libvirt.virsh(['net-define', STDIN], { input: networkXml })
  await libvirt.virsh(['net-start', network])
  await libvirt.virsh(['define', STDIN], { input: theirs })
})
afterAll(emptyHypervisor)

const tiny = () => ({ url: rig().libvirt.images.tiny.url, sha256: rig().libvirt.images.tiny.sha256 })
/** A guest that is made and not started. */
const declared = (inputs: object) => [kvm.domain('guest', { running: false, memory: '64MiB', ...inputs } as never)]
const onDisk = (image: object) => declared({ disks: [{ image, pool }] })
const told = ({ diagnostics }: Pick<Attempt, 'diagnostics'>): Partial<Diagnostic>[] => diagnostics
const refused = async (planned: Promise<unknown>) =>
  told((await planned.catch((error: unknown) => error)) as { diagnostics: Diagnostic[] })

/** Leaves so much free where volumes are. A mount would not be seen by libvirt, which has mounts of its own. */
async function leaveFree(bytes: number): Promise<void> {
  const { stdout } = await execa('df', ['--block-size=1', '--output=used', '/var/lib/libvirt'])
  const size = Number(stdout.split('\n').at(-1)) + bytes
  await execa('mount', ['-o', `remount,size=${size}`, '/var/lib/libvirt'])
}
const GiB = 2 ** 30

/** Everything that a lab could leave, apart from images that are kept on purpose. */
async function remains(): Promise<unknown> {
  const lines = async (...args: string[]) =>
    (await libvirt.virsh(args)).split('\n').map((line) => line.trim().split(/\s/)[0])
  const kept = await libvirt.virsh(['vol-list', IMAGE_POOL.name]).catch(() => '')
  return {
    guests: (await lines('list', '--all', '--name')).filter(Boolean),
    volumes: (await lines('vol-list', pool)).filter(Boolean),
    partial: kept.includes('lares-partial'),
    reservations: (await libvirt.virsh(['net-dumpxml', network])).match(/<host /g)?.length,
  }
}
const nothing = { guests: ['theirs'], volumes: [], partial: false, reservations: 1 }

/** With the fault mended, the next apply converges; destroyed, nothing is left. */
async function mended(lab: ReturnType<typeof testLab>, resources: AnyResource[], ...data: string[]): Promise<void> {
  await lab.apply(resources)
  expect(await lab.rest(resources)).toBe('')
  await lab.destroy(resources, data)
  expect(await remains()).toEqual(nothing)
  expect((await lab.store.read()).resources).toEqual({})
}

describe('an image', () => {
  test('of no known name is refused before anything is looked at', async () => {
    const lab = testLab('bad-image')
    const summary = expect.stringMatching(/no image "debain:12" in the catalogue. Did you mean "debian:12"\?/)
    const volume = [kvm.volume('disk', { pool, image: 'debain:12' })]
    expect(await refused(lab.plan(volume))).toEqual([
      expect.objectContaining({ code: 'invalid_input', address: 'disk', path: 'image', summary }),
    ])
    expect(await refused(lab.plan(declared({ disks: [{ image: 'debain:12', pool }] })))).toEqual([
      expect.objectContaining({ code: 'invalid_input', address: 'guest', path: 'disks[0].image', summary }),
    ])
    expect(await remains()).toEqual(nothing)
  })

  test('of another checksum leaves a guest that is ours and unfinished', async () => {
    const lab = testLab('bad-checksum')
    const wrong = { ...tiny(), sha256: '0'.repeat(64) }
    expect(told(await lab.attempt(onDisk(wrong)))).toEqual([
      expect.objectContaining({
        code: 'wrong_checksum',
        address: 'guest',
        summary: expect.stringContaining(tiny().sha256),
        detail: expect.stringContaining(wrong.sha256),
        advice: expect.stringContaining('Nothing of it was kept'),
      }),
    ])
    expect(await remains()).toEqual({ ...nothing, guests: ['guest', 'theirs'] })
    await mended(lab, onDisk(tiny()), 'guest/disks/root')
  })

  test('that is not there, and then nothing of it is wanted any more', async () => {
    const lab = testLab('no-image')
    const missing = { ...tiny(), url: `${tiny().url}.gone` }
    expect(told(await lab.attempt(onDisk(missing)))).toEqual([
      expect.objectContaining({
        code: 'image_not_found',
        address: 'guest',
        summary: expect.stringContaining(missing.url),
      }),
    ])
    await lab.destroy(onDisk(missing), ['guest/disks/root'])
    expect(await remains()).toEqual(nothing)
    expect(await lab.store.read()).toMatchObject({ resources: {}, kept: {} })
  })

  test('in a file of the hypervisor outside all pools is copied', async () => {
    const lab = testLab('outside')
    const path = `${rig().home}/outside.qcow2`
    await execa('cp', [rig().libvirt.images.tiny.path, path])
    const image = { path }
    const resources = [
      ...declared({
        disks: [
          { image, pool },
          { image, pool, format: 'raw' },
          { image, pool, backing: 'overlay' },
        ],
      }),
      kvm.volume('loose', { pool, image, format: 'raw' }),
    ]
    await lab.apply(resources)
    expect(await remains()).toMatchObject({ partial: false })
    const made = ['outside.guest.root.qcow2', 'outside.guest.disk1.raw', 'outside.guest.disk2.qcow2', 'loose']
    for (const name of made) {
      const { stdout } = await execa('qemu-img', ['compare', '-U', path, `${directory}/${name}`])
      expect(stdout).toMatch(/identical/)
    }
    const data = ['root', 'disk1', 'disk2'].map((disk) => `guest/disks/${disk}`)
    await mended(lab, resources, ...data, 'loose')
  })
})

describe('a pool', () => {
  test('that is full says so, and goes on when it is not', async () => {
    const lab = testLab('full')
    const resources = [
      ...onDisk(tiny()),
      kvm.volume('disk', { pool, size: '64MiB', allocation: '64MiB', format: 'raw' }),
    ]
    // The image is there already.
    await leaveFree(16 * 2 ** 20)
    onTestFinished(() => leaveFree(8 * GiB))
    const { diagnostics } = await lab.attempt(resources)
    const full = { code: 'no_space', advice: expect.stringContaining('Make room') }
    expect(diagnostics.toSorted((a, b) => a.address!.localeCompare(b.address!))).toEqual([
      expect.objectContaining({
        ...full,
        address: 'disk',
        summary: expect.stringContaining('No space left on device'),
      }),
      expect.objectContaining({
        ...full,
        address: 'guest',
        summary: expect.stringContaining('No space left on device'),
      }),
    ])
    expect(await remains()).toEqual({ ...nothing, guests: ['guest', 'theirs'] })
    await leaveFree(8 * GiB)
    await mended(lab, resources, 'guest/disks/root', 'disk')
  })

  test('that is not there is missed before anything is made', async () => {
    const lab = testLab('no-pool')
    const guest = declared({ disks: [{ size: '4MiB', pool: 'nowhere' }] })
    const missing = { code: 'no_pool', advice: expect.stringContaining("kvm.pool('nowhere'") }
    expect(told(await lab.attempt(guest))).toEqual([
      expect.objectContaining({ ...missing, address: 'guest', path: 'disks[0].pool' }),
    ])
    const volume = [kvm.volume('disk', { pool: 'nowhere', size: '4MiB' })]
    expect(told(await lab.attempt(volume))).toEqual([expect.objectContaining({ ...missing, address: 'disk' })])
    expect(await remains()).toEqual(nothing)
    const nowhere = kvm.pool('nowhere', { path: `${directory}/nowhere` })
    const [domain] = declared({ disks: [{ size: '4MiB', pool: 'nowhere' }], dependsOn: [nowhere] })
    await mended(lab, [nowhere, domain!], 'nowhere', 'guest/disks/root')
  })
})

describe('a network', () => {
  const plugged = () => declared({ interfaces: [{ network: 'elsewhere' }], running: true, addressTimeout: '1s' })

  test('that is not there, or not started, is missed before anything is made', async () => {
    const lab = testLab('no-network')
    expect(told(await lab.attempt(plugged()))).toEqual([
      expect.objectContaining({
        code: 'no_network',
        address: 'guest',
        path: 'interfaces[0].network',
        advice: expect.stringContaining("kvm.network('elsewhere'"),
      }),
    ])
    const still = "<network><name>elsewhere</name><ip address='10.78.8.1' netmask='255.255.255.0'/></network>"
    await libvirt.virsh(['net-define', STDIN], { input: still })
    expect(told(await lab.attempt(plugged()))).toEqual([
      expect.objectContaining({ code: 'no_network', advice: expect.stringContaining('virsh net-start elsewhere') }),
    ])
    expect(await remains()).toEqual(nothing)
    await libvirt.virsh(['net-start', 'elsewhere'])
    await mended(lab, plugged())
  })

  test('whose bridge is not there leaves a guest that is ours and unfinished', async () => {
    const lab = testLab('no-bridge')
    const bridged = (bridge: string) => declared({ running: true, interfaces: [{ bridge }], addressTimeout: '1s' })
    expect(told(await lab.attempt(bridged('br-nowhere')))).toEqual([
      expect.objectContaining({ address: 'guest', summary: expect.stringContaining('br-nowhere') }),
    ])
    await mended(lab, bridged('larbad0'))
  })
})

describe("somebody else's guest", () => {
  const wanting = (inputs: object) => declared({ interfaces: [{ network, ...inputs }] })
  const clash = (path: string, text: string) =>
    expect.objectContaining({
      severity: 'error',
      code: 'already_taken',
      address: 'guest',
      path,
      summary: expect.stringContaining(text),
    })

  test('of the same name is left alone', async () => {
    const lab = testLab('bad-name')
    const before = await libvirt.virsh(['dumpxml', 'theirs'])
    const attempt = await lab.attempt(declared({ name: 'theirs' }))
    expect(told(attempt)).toEqual([
      expect.objectContaining({
        code: 'already_exists',
        address: 'guest',
        advice: expect.stringContaining('lares import guest'),
      }),
    ])
    expect(attempt.result).toMatchObject({ done: 0, skipped: 1 })
    expect(await libvirt.virsh(['dumpxml', 'theirs'])).toBe(before)
  })

  test.each([
    ['MAC address', { interfaces: [{ network, mac: '52:54:00:00:00:01' }] }, 'interfaces[0].mac', '"theirs"'],
    ['IP address', { interfaces: [{ network, address: reserved.ip }] }, 'interfaces[0].address', '"printer"'],
    ['port', { graphics: [{ type: 'vnc', port: 5911 }] }, 'graphics[0].port', '"theirs"'],
    ['disk', { disks: [{ path: `${directory}/theirs.img` }] }, 'disks[0].path', '"theirs"'],
  ])('keeps its %s', async (kind, inputs, path, holder) => {
    const lab = testLab('bad-claim')
    const { diagnostics, result } = await lab.attempt(declared(inputs))
    expect(diagnostics).toEqual([clash(path, holder)])
    expect(diagnostics[0]?.summary).toContain(`has the ${kind}`)
    expect(result).toMatchObject({ done: 0, skipped: 1 })
    expect(await remains()).toEqual(nothing)
    await mended(lab, declared({}))
  })

  test('that takes the address of a guest that is there is only told', async () => {
    const lab = testLab('late-claim')
    const guest = wanting({ mac: '52:54:00:00:00:77' })
    await lab.apply(guest)
    await libvirt.virsh(['define', STDIN], { input: theirs.replaceAll('theirs', 'late').replace(':00:01', ':00:77') })
    const { diagnostics } = await lab.plan(guest)
    expect(diagnostics).toEqual([expect.objectContaining({ severity: 'warning', code: 'already_taken' })])
    expect(await lab.rest(guest)).toBe('')
    await libvirt.virsh(['undefine', 'late'])
    await lab.destroy(guest)
    expect(await remains()).toEqual(nothing)
  })
})

test('guests that may take more than there is are told with who uses what, each of them', async () => {
  const lab = testLab('too-much')
  const total = Number(/MemTotal:\s+(\d+)/.exec(await readFile('/proc/meminfo', 'utf8'))?.[1]) * 1024
  const half = Math.ceil(total / 2 / 2 ** 20)
  const big = (name: string) => kvm.domain(name, { memory: `${half}MiB`, vcpus: 60, running: false })
  const { diagnostics } = await lab.plan([big('one'), big('two'), big('three')])
  expect(diagnostics.map(({ severity, code, path }) => [severity, code, path])).toEqual([
    ['warning', 'overcommitted', 'memory'],
    ['warning', 'overcommitted', 'vcpus'],
  ])
  expect(diagnostics[1]?.summary).toMatch(/^The guests may take 181 processors, and the hypervisor has \d+ processors$/)
  for (const { detail } of diagnostics)
    expect(detail?.split('\n').map((line) => line.split(/\s+/)[0])).toEqual(['one', 'two', 'three', 'theirs'])
  expect(diagnostics[0]?.detail).toMatch(/^theirs\s+64MiB\s+1 vcpus$/m)
})

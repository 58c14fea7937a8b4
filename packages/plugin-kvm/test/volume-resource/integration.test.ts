import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { resourceContract } from '@lares/core/testing'
import { localHost } from '@lares/transport'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { type TestLab, testLab } from '../../../../e2e/test-lab.ts'
import kvm, { connectLibvirt, deleteVolume, listVolumes } from '../../src/index.ts'

vi.setConfig({ testTimeout: 300_000 })
const libvirt = connectLibvirt({ host: localHost() })
const pool = 'lares-vol'
const directory = '/var/lib/libvirt/images/lares-vol'
const image = `${directory}/image.qcow2`

beforeAll(async () => {
  await mkdir(directory, { recursive: true })
  await execa('qemu-img', ['create', '-f', 'qcow2', image, '4M'])
  await libvirt.virsh(['pool-define-as', pool, 'dir', '--target', directory])
  await libvirt.virsh(['pool-start', pool])
})
afterAll(async () => {
  await libvirt.virsh(['pool-destroy', pool])
  await libvirt.virsh(['pool-undefine', pool])
  await rm(directory, { recursive: true })
})

resourceContract(
  { describe, it, expect },
  {
    type: 'kvm.volume',
    factory: kvm.volume,
    base: { name: 'disk', pool, size: '4MiB' },
    replacement: { format: 'raw' },
    options: {},
    outside: {
      snapshot: async () =>
        (await listVolumes(libvirt, pool)).map(({ name, capacity, format }) => [name, capacity, format]),
      plant: async () => void (await libvirt.virsh(['vol-create-as', pool, 'disk', '4M', '--format', 'qcow2'])),
      remove: async () => void (await deleteVolume(libvirt, { pool, name: 'disk' })),
    },
    killAfter: [0, 20, 60, 150],
  },
)

const MiB = 2 ** 20
let lab: TestLab
beforeEach(() => {
  lab = testLab('lares-vol')
})
const disk = (inputs: object) => [kvm.volume('disk', { pool, ...inputs } as never)]
const made = async () => (await listVolumes(libvirt, pool)).find(({ name }) => name === 'disk')

describe('a volume of its own', () => {
  test.each([
    ['blank', { size: '4MiB' }, { format: 'qcow2', capacity: 4 * MiB }],
    [
      'raw, in odd bytes',
      { size: 10_000_001, format: 'raw', allocation: 0 + 1 },
      { format: 'raw', capacity: 10_000_001 },
    ],
    ['with permissions', { size: '1MiB', mode: '0640', owner: 1, group: 2 }, { mode: '0640', owner: 1, group: 2 }],
    ['a copy of an image', { image: { path: image }, size: '8MiB' }, { capacity: 8 * MiB, format: 'qcow2' }],
    [
      'over an image',
      { image: { path: image }, backing: 'overlay' },
      { capacity: 4 * MiB, backing: { path: image, format: 'qcow2' } },
    ],
    ['a copy of a volume', { copyOf: { name: 'image.qcow2' } }, { capacity: 4 * MiB }],
  ])('%s: made, nothing is left to do, and kept until it is named', async (_, inputs, expected) => {
    await lab.apply(disk(inputs))
    expect(await made()).toMatchObject(expected)
    expect(await lab.rest(disk(inputs))).toBe('')
    expect((await lab.destroy(disk(inputs))).nodes.map(({ action }) => action)).toEqual(['keep'])
    expect(await made()).toBeDefined()
    await lab.destroy(disk(inputs), ['disk'])
    expect(await made()).toBe(undefined)
  })

  test('grows, is not made smaller, and says so', async () => {
    await lab.apply(disk({ size: '4MiB' }))
    await lab.apply(disk({ size: '8MiB' }))
    expect(await made()).toMatchObject({ capacity: 8 * MiB })
    expect(JSON.stringify(await lab.plan(disk({ size: '4MiB' })))).toContain('refused: a volume is not made smaller')
    await expect(lab.apply(disk({ size: '4MiB' }))).rejects.toThrow('is not made smaller')
    expect(await made()).toMatchObject({ capacity: 8 * MiB })
    await lab.destroy(disk({ size: '8MiB' }), ['disk'])
  })

  test('is not deleted while something lives on it', async () => {
    await lab.apply(disk({ size: '4MiB' }))
    const over = [
      ...disk({ size: '4MiB' }),
      kvm.volume('over', { pool, image: { path: `${directory}/disk` }, backing: 'overlay' }),
    ]
    await lab.apply(over)
    await expect(lab.destroy(disk({ size: '4MiB' }), ['disk'])).rejects.toThrow(
      'the volume "over", which is laid over it',
    )
    await lab.apply(over)
    await lab.destroy(over, ['over']).catch(() => {})
    const { path } = (await made())!
    const guest = `<domain type='qemu'><name>lares-holder</name><memory>1024</memory><os><type>hvm</type></os>
      <devices><disk type='file' device='disk'><source file='${path}'/><target dev='vda'/></disk></devices></domain>`
    await libvirt.virsh(['define', '/dev/stdin'], { input: guest })
    await expect(lab.destroy(disk({ size: '4MiB' }), ['disk', 'over'])).rejects.toThrow('the guest "lares-holder"')
    await libvirt.virsh(['undefine', 'lares-holder'])
    await lab.destroy(disk({ size: '4MiB' }), ['disk', 'over'])
    expect(await made()).toBe(undefined)
  })

  test('an image that is larger is refused before anything is made', async () => {
    await expect(lab.apply(disk({ image: { path: image }, size: '1MiB' }))).rejects.toThrow('too_small')
    expect(await made()).toBe(undefined)
  })

  test.each([
    ['that libvirt knows', true],
    ['that nobody told libvirt of', false],
  ])('bytes of somebody else are not touched, in a file %s', async (_, known) => {
    await writeFile(`${directory}/disk`, 'precious')
    if (known) await libvirt.virsh(['pool-refresh', pool])
    for (const wish of [{ size: '4MiB' }, { size: '4MiB', format: 'raw' }, { copyOf: { name: 'image.qcow2' } }]) {
      await expect(testLab('lares-vol').apply(disk(wish))).rejects.toThrow('already')
      expect(await readFile(`${directory}/disk`, 'utf8')).toBe('precious')
    }
    await libvirt.virsh(['pool-refresh', pool])
    await deleteVolume(libvirt, { pool, name: 'disk' })
    expect((await listVolumes(libvirt, pool)).map(({ name }) => name)).toEqual(['image.qcow2'])
  })
})

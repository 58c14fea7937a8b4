import { chmod, link, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { localHost } from '@lares/transport'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  attachmentsOf,
  connectLibvirt,
  createVolume,
  deleteVolume,
  type Libvirt,
  listVolumes,
  readVolume,
  renameVolume,
  resizeVolume,
  STDIN,
  volumesOver,
} from '../../src/client/index.ts'

const pool = 'lares-volumes'
const MiB = 2 ** 20
let directory: string
let libvirt: Libvirt

beforeAll(async () => {
  directory = await mkdtemp('/var/lib/libvirt/images/lares-volumes-')
  await chmod(directory, 0o755)
  libvirt = connectLibvirt({ host: localHost() })
  await libvirt.virsh(['pool-create-as', pool, 'dir', '--target', directory])
})
afterAll(async () => {
  await libvirt.virsh(['pool-destroy', pool])
  await rm(directory, { recursive: true })
})

const path = (name: string) => join(directory, name)

describe('a volume', () => {
  test.each([
    ['blank', { format: 'qcow2', capacity: 8 * MiB }],
    ['raw in odd bytes', { format: 'raw', capacity: 10_000_001, allocation: 0 }],
    ['with permissions', { format: 'raw', capacity: MiB, mode: '0640', owner: 1, group: 2 }],
    ['with a mode alone', { format: 'raw', capacity: MiB, mode: '0644' }],
    ["named: it's odd & <strange>", { format: 'qcow2', capacity: MiB }],
  ])('is read as it was made: %s', async (name, spec) => {
    const made = await createVolume(libvirt, { pool, name, ...spec })
    const { allocation: _, ...rest } = { ...spec, allocation: 0 }
    expect(made).toMatchObject({ pool, name, ...rest })
    expect(await listVolumes(libvirt, pool)).toEqual([made])
    await expect(createVolume(libvirt, { pool, name, ...spec })).rejects.toMatchObject({ code: 'already_exists' })
    expect(await deleteVolume(libvirt, made)).toBe(true)
    expect(await deleteVolume(libvirt, made)).toBe(false)
    expect(await readVolume(libvirt, made)).toBe(null)
  })

  test('holds the bytes that it is given, whole', async () => {
    const content = Buffer.alloc(3 * MiB, 'lares')
    const made = await createVolume(libvirt, { pool, name: 'seed.iso', format: 'raw', content })
    expect(made.capacity).toBe(content.length)
    expect(content.equals(await readFile(made.path))).toBe(true)
    await deleteVolume(libvirt, made)
  })

  test('copies another one, larger and in another format', async () => {
    const content = Buffer.alloc(MiB, 'lares')
    const origin = await createVolume(libvirt, { pool, name: 'origin', format: 'raw', content })
    const made = await createVolume(libvirt, { pool, name: 'copy', format: 'qcow2', copyOf: origin, capacity: 4 * MiB })
    expect(made).toMatchObject({ format: 'qcow2', capacity: 4 * MiB })
    expect(made.backing).toBe(undefined)
    await expect(createVolume(libvirt, { pool, name: 'less', copyOf: origin, capacity: 512 })).rejects.toThrow(
      'smaller',
    )
    expect((await listVolumes(libvirt, pool)).map(({ name }) => name)).toEqual(['copy', 'origin'])
    for (const volume of [made, origin]) await deleteVolume(libvirt, volume)
  })

  test('does not mind what an interrupted copy left', async () => {
    const origin = await createVolume(libvirt, { pool, name: 'origin', format: 'raw', capacity: MiB })
    const control = new AbortController()
    const copying = createVolume(libvirt, { pool, name: 'copy', copyOf: origin }, { signal: control.signal })
    setTimeout(() => control.abort(), 25)
    await copying.catch(() => {})
    await deleteVolume(libvirt, { pool, name: 'copy' })
    const made = await createVolume(libvirt, { pool, name: 'copy', copyOf: origin })
    expect((await listVolumes(libvirt, pool)).map(({ name }) => name)).toEqual(['copy', 'origin'])
    for (const volume of [made, origin]) await deleteVolume(libvirt, volume)
  })

  test('is made while another one is copied, and three copies at once are whole', async () => {
    const content = Buffer.alloc(64 * MiB, 'lares')
    const origin = await createVolume(libvirt, { pool, name: 'origin', format: 'raw', content })
    const names = ['one', 'two', 'three']
    const made = await Promise.all([
      ...names.map((name) => createVolume(libvirt, { pool, name, format: 'raw', copyOf: origin })),
      createVolume(libvirt, { pool, name: 'blank', capacity: MiB }),
    ])
    for (const { name, path } of made.slice(0, 3))
      expect([name, content.equals(await readFile(path))]).toEqual([name, true])
    for (const volume of [...made, origin]) await deleteVolume(libvirt, volume)
    expect(await listVolumes(libvirt, pool)).toEqual([])
  })

  test('is laid over another one, which shows', async () => {
    const base = await createVolume(libvirt, { pool, name: 'base', format: 'qcow2', capacity: MiB })
    const backing = { path: base.path, format: 'qcow2' }
    const made = await createVolume(libvirt, { pool, name: 'over', format: 'qcow2', capacity: 2 * MiB, backing })
    expect(made).toMatchObject({ capacity: 2 * MiB, backing })
    expect((await volumesOver(libvirt, base.path)).map(({ name }) => name)).toEqual(['over'])
    for (const volume of [made, base]) await deleteVolume(libvirt, volume)
  })

  test('grows, and is not made smaller', async () => {
    const made = await createVolume(libvirt, { pool, name: 'data', format: 'qcow2', capacity: 2 * MiB })
    expect((await resizeVolume(libvirt, made, 4 * MiB)).capacity).toBe(4 * MiB)
    await expect(resizeVolume(libvirt, made, MiB)).rejects.toMatchObject({ code: 'invalid' })
    expect((await resizeVolume(libvirt, made, 4 * MiB)).capacity).toBe(4 * MiB)
    await deleteVolume(libvirt, made)
  })

  test('is gone when its file is', async () => {
    const made = await createVolume(libvirt, { pool, name: 'lost', format: 'raw', capacity: MiB })
    await rm(made.path)
    expect(await readVolume(libvirt, made)).toBe(null)
    const again = await createVolume(libvirt, { pool, name: 'lost', format: 'raw', capacity: MiB })
    await deleteVolume(libvirt, again)
  })

  test('cannot be read while its pool is stopped: that is not absence', async () => {
    await libvirt.virsh(['pool-define-as', 'lares-stopped', 'dir', '--target', path('stopped')])
    await expect(readVolume(libvirt, { pool: 'lares-stopped', name: 'x' })).rejects.toMatchObject({
      code: 'not_running',
    })
    await libvirt.virsh(['pool-undefine', 'lares-stopped'])
    expect(await readVolume(libvirt, { pool: 'lares-nowhere', name: 'x' })).toBe(null)
  })
})

describe('renaming', () => {
  const make = async (name: string, text: string) => {
    await writeFile(path(name), text)
    await libvirt.virsh(['pool-refresh', pool])
  }
  const clear = async () => {
    for (const volume of await listVolumes(libvirt, pool)) await deleteVolume(libvirt, volume)
  }

  test('moves a volume, and nothing else', async () => {
    await make('-a b', 'one')
    const renamed = await renameVolume(libvirt, { pool, name: '-a b' }, "it's")
    expect(renamed.path).toBe(path("it's"))
    expect(await readFile(renamed.path, 'utf8')).toBe('one')
    expect((await listVolumes(libvirt, pool)).map(({ name }) => name)).toEqual(["it's"])
    await clear()
  })

  test('never goes over another volume', async () => {
    await make('a', 'one')
    await make('b', 'two')
    await expect(renameVolume(libvirt, { pool, name: 'a' }, 'b')).rejects.toMatchObject({ code: 'already_exists' })
    expect(await readFile(path('b'), 'utf8')).toBe('two')
    await clear()
  })

  test('goes on from where it was interrupted', async () => {
    await make('a', 'one')
    await link(path('a'), path('b'))
    expect((await renameVolume(libvirt, { pool, name: 'a' }, 'b')).name).toBe('b')
    expect((await renameVolume(libvirt, { pool, name: 'a' }, 'b')).name).toBe('b')
    await expect(stat(path('a'))).rejects.toThrow('ENOENT')
    await clear()
    await expect(renameVolume(libvirt, { pool, name: 'a' }, 'b')).rejects.toThrow('could not be renamed')
  })
})

describe('a volume of a guest', () => {
  test('grows while the guest runs, and is found by who has it', async () => {
    const data = await createVolume(libvirt, { pool, name: 'live', format: 'qcow2', capacity: 2 * MiB })
    const domain = `<domain type='qemu'><name>lares-volume</name><memory unit='MiB'>32</memory>
      <os><type>hvm</type></os><devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/>
      <source file='${data.path}'/><target dev='vda' bus='virtio'/></disk></devices></domain>`
    await libvirt.virsh(['define', STDIN], { input: domain })
    expect(await attachmentsOf(libvirt, data.path)).toEqual([{ domain: 'lares-volume', target: 'vda', running: false }])
    await libvirt.virsh(['start', 'lares-volume'])
    try {
      expect(await attachmentsOf(libvirt, data.path)).toEqual([
        { domain: 'lares-volume', target: 'vda', running: true },
      ])
      expect((await resizeVolume(libvirt, data, 4 * MiB)).capacity).toBe(4 * MiB)
      expect(await libvirt.virsh(['domblkinfo', 'lares-volume', 'vda'])).toMatch(/Capacity:\s+4194304/)
    } finally {
      await libvirt.virsh(['destroy', 'lares-volume'])
      await libvirt.virsh(['undefine', 'lares-volume'])
      await deleteVolume(libvirt, data)
    }
  }, 60_000)
})

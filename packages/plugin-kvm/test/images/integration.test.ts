import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Host, localHost } from '@lares/transport'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { imagePool } from '../../src/client/images/image-pool.ts'
import {
  connectLibvirt,
  createVolume,
  deleteVolume,
  ensureImage,
  IMAGE_POOL,
  type ImageInput,
  type Libvirt,
  listVolumes,
} from '../../src/client/index.ts'
import { startWebServer, type WebServer } from './web-server.ts'

const MiB = 2 ** 20
let libvirt: Libvirt
let web: WebServer
let directory: string
let qcow2: Buffer
const sum = (data: Uint8Array, algorithm = 'sha256') => createHash(algorithm).update(data).digest('hex')

beforeAll(async () => {
  directory = await mkdtemp('/var/lib/libvirt/images/lares-test-')
  libvirt = connectLibvirt({ host: localHost() })
  web = await startWebServer()
  const raw = join(directory, 'raw')
  await writeFile(raw, Buffer.concat([randomBytes(3 * MiB), Buffer.alloc(5 * MiB)]))
  await execa('qemu-img', ['convert', '-O', 'qcow2', raw, join(directory, 'disk.qcow2')])
  qcow2 = await readFile(join(directory, 'disk.qcow2'))
})
afterAll(async () => {
  await web.close()
  await rm(directory, { recursive: true })
  await clear()
  await libvirt.virsh(['pool-destroy', IMAGE_POOL.name])
  await libvirt.virsh(['pool-undefine', IMAGE_POOL.name])
})

async function clear(): Promise<void> {
  const names = await readdir(IMAGE_POOL.path).catch(() => [])
  for (const name of names) await rm(join(IMAGE_POOL.path, name))
  await libvirt.virsh(['pool-refresh', IMAGE_POOL.name]).catch(() => {})
}
beforeEach(async () => {
  await clear()
  web.files = new Map<string, Uint8Array>([['disk.qcow2', qcow2]])
  web.requests = []
  Object.assign(web, { breakAfter: undefined, ranges: true, delay: 0 })
})

const image = (): ImageInput => ({ url: web.url('disk.qcow2'), sha256: sum(qcow2) })
const kept = () => readdir(IMAGE_POOL.path)
const failing = async (wish: ImageInput) => await ensureImage(libvirt, wish).catch((error: unknown) => error)

describe('an image', () => {
  test('makes its pool, however many want it at the same time', async () => {
    for (let round = 0; round < 3; round++) {
      await libvirt.virsh(['pool-destroy', IMAGE_POOL.name]).catch(() => {})
      await libvirt.virsh(['pool-undefine', IMAGE_POOL.name]).catch(() => {})
      const others = Array.from({ length: 4 }, () => connectLibvirt({ host: localHost() }))
      const paths = [...others, libvirt, libvirt].map(async (each) => (await imagePool(each)).path)
      expect(new Set(await Promise.all(paths))).toEqual(new Set([IMAGE_POOL.path]))
    }
  })

  test('is fetched once, verified, and kept read-only in a pool of its own', async () => {
    const found = await ensureImage(libvirt, image())
    const name = `disk-${sum(qcow2).slice(0, 16)}.img`
    expect(found).toEqual({
      path: join(IMAGE_POOL.path, name),
      format: 'qcow2',
      virtualSize: 8 * MiB,
      volume: { pool: IMAGE_POOL.name, name },
    })
    expect(qcow2.equals(await readFile(found.path))).toBe(true)
    expect((await stat(found.path)).mode & 0o777).toBe(0o444)
    expect(await ensureImage(libvirt, image())).toEqual(found)
    expect(web.requests).toEqual(['GET disk.qcow2'])
    expect(await kept()).toEqual([name])
    expect(await libvirt.virsh(['pool-info', IMAGE_POOL.name])).toMatch(/Autostart:\s+yes/)
  })

  test('is fetched once by two runs at a time', async () => {
    web.delay = 500
    const log: string[] = []
    const both = await Promise.all([1, 2].map(() => ensureImage(libvirt, image(), { log: (line) => log.push(line) })))
    expect(both[0]).toEqual(both[1])
    expect(web.requests).toEqual(['GET disk.qcow2'])
    expect(log).toContain('another run is fetching disk.qcow2: waiting for it')
  })

  test('goes on from where it broke off', async () => {
    await writePartial(qcow2.subarray(0, MiB))
    await ensureImage(libvirt, image())
    expect(web.requests).toEqual([`GET disk.qcow2 from ${MiB}`])
    expect(await kept()).toHaveLength(1)
  })

  test('begins anew when what was there was of something else, or the server knows no ranges', async () => {
    await writePartial(randomBytes(MiB))
    await ensureImage(libvirt, image())
    expect(web.requests).toEqual([`GET disk.qcow2 from ${MiB}`, 'GET disk.qcow2'])
    await clear()
    web.ranges = false
    await writePartial(qcow2.subarray(0, MiB))
    await ensureImage(libvirt, image())
    expect(await kept()).toHaveLength(1)
  })

  test('is whole although its fetching was cut off, in the next run at the latest', async () => {
    web.breakAfter = 2 * MiB
    await ensureImage(libvirt, image()).catch(() => ensureImage(libvirt, image()))
    expect(await kept()).toHaveLength(1)
    expect(web.requests.length).toBeGreaterThan(1)
  })

  test('survives a run that is ended', async () => {
    web.delay = 30_000
    const control = new AbortController()
    const fetching = ensureImage(libvirt, image(), { signal: control.signal })
    setTimeout(() => control.abort(), 500)
    await expect(fetching).rejects.toThrow()
    web.delay = 0
    await ensureImage(libvirt, image())
    expect(await kept()).toHaveLength(1)
  })

  test.each([
    ['SHA512SUMS', () => `${sum(randomBytes(9), 'sha512')}  other.qcow2\n${sum(qcow2, 'sha512')}  disk.qcow2\n`],
    ['CHECKSUM', () => `# disk.qcow2: 1 bytes\nSHA256 (disk.qcow2) = ${sum(qcow2)}\n`],
  ])('is verified by a published file, as %s', async (name, text) => {
    web.files.set(name, Buffer.from(text()))
    const found = await ensureImage(libvirt, { url: web.url('disk.qcow2'), checksums: web.url(name) })
    expect(found.format).toBe('qcow2')
    web.files.set(name, Buffer.from('nothing here'))
    expect(await failing({ url: web.url('disk.qcow2'), checksums: web.url(name) })).toMatchObject({
      code: 'no_checksum',
    })
  })

  test.each([
    ['xz', 'xz'],
    ['gz', 'gzip'],
    ['zst', 'zstd'],
  ])('is unpacked from .%s', async (extension, tool) => {
    const { stdout } = await execa(tool, ['-c'], { input: qcow2, encoding: 'buffer' })
    web.files.set(`disk.qcow2.${extension}`, stdout)
    const found = await ensureImage(libvirt, { url: web.url(`disk.qcow2.${extension}`), sha256: sum(stdout) })
    expect(qcow2.equals(await readFile(found.path))).toBe(true)
    expect(await kept()).toHaveLength(1)
  })

  test('of this machine is sent, and goes on from where it broke off', async () => {
    const file = join(directory, 'disk.qcow2')
    await writePartial(qcow2.subarray(0, MiB))
    const found = await ensureImage(libvirt, { file })
    expect(qcow2.equals(await readFile(found.path))).toBe(true)
    expect(await kept()).toHaveLength(1)
    expect(await failing({ file: join(directory, 'nothing') })).toMatchObject({ code: 'image_not_found' })
  })

  test('comes through this machine when the hypervisor has no way out', async () => {
    const host = localHost()
    const far: Host = {
      ...host,
      local: false,
      description: 'far',
      spawn: (command, more) => host.spawn(['unshare', '--net', ...command], more),
      exec: (command, more) => host.exec(command[0] === 'sh' ? ['unshare', '--net', ...command] : command, more),
    }
    web.files.set('SUMS', Buffer.from(`${sum(qcow2)}  disk.qcow2\n`))
    const log: string[] = []
    const wish = { url: web.url('disk.qcow2'), checksums: web.url('SUMS') }
    const found = await ensureImage(connectLibvirt({ host: far }), wish, { log: (line) => log.push(line) })
    expect(qcow2.equals(await readFile(found.path))).toBe(true)
    expect(log.join()).toContain('far cannot fetch')
    expect(web.requests).toEqual(['GET SUMS', 'GET disk.qcow2'])
  })

  test('of the hypervisor is used where it is', async () => {
    const path = join(directory, 'disk.qcow2')
    expect(await ensureImage(libvirt, { path })).toEqual({ path, format: 'qcow2', virtualSize: 8 * MiB })
    expect(await failing({ path: `${path}.gone` })).toMatchObject({ code: 'image_not_found' })
    const { path: mine, volume } = await ensureImage(libvirt, image())
    expect(await ensureImage(libvirt, { path: mine })).toMatchObject({ volume })
  })

  test('lies under a disk or is copied into one, and is never written', async () => {
    const { path, format, volume } = await ensureImage(libvirt, image())
    const pool = IMAGE_POOL.name
    const over = await createVolume(libvirt, {
      ...{ pool, name: 'over', format: 'qcow2', capacity: 16 * MiB },
      backing: { path, format },
    })
    const copy = await createVolume(libvirt, { pool, name: 'copy', format: 'raw', capacity: 16 * MiB, copyOf: volume })
    const content = await execa('qemu-img', ['compare', '-U', over.path, copy.path])
    expect(content.stdout).toMatch(/identical/)
    for (const made of [over, copy]) await deleteVolume(libvirt, made)
    expect(sum(await readFile(path))).toBe(sum(qcow2))
  })
})

describe('an image that cannot be had', () => {
  test('with another checksum', async () => {
    const error = await failing({ url: web.url('disk.qcow2'), sha256: sum(Buffer.from('else')) })
    expect(error).toMatchObject({ code: 'wrong_checksum', message: expect.stringContaining(sum(qcow2)) })
    expect(await kept()).toEqual([])
  })

  test('that is not there', async () => {
    const error = await failing({ url: web.url('nothing.qcow2'), sha256: sum(qcow2) })
    expect(error).toMatchObject({ code: 'image_not_found', detail: expect.stringContaining('404') })
    expect(await kept()).toEqual([])
  })

  test('whose server does not answer', async () => {
    const error = await failing({ url: 'http://127.0.0.1:9/disk.qcow2', sha256: sum(qcow2) })
    expect(error).toMatchObject({ code: 'image_unreachable' })
    expect((await failing({ url: 'http://127.0.0.1:9/a', checksums: 'http://127.0.0.1:9/b' })) as Error).toMatchObject({
      code: 'image_unreachable',
    })
  }, 30_000)

  test('that refers to a file of the hypervisor', async () => {
    const path = join(directory, 'thief.qcow2')
    await execa('qemu-img', ['create', '-f', 'qcow2', '-b', '/etc/shadow', '-F', 'raw', path, '1M'])
    const thief = await readFile(path)
    web.files.set('thief.qcow2', thief)
    expect(await failing({ url: web.url('thief.qcow2'), sha256: sum(thief) })).toMatchObject({ code: 'unusable_image' })
    expect(await failing({ path })).toMatchObject({ code: 'unusable_image' })
  })

  test('of another format than was said', async () => {
    expect(await failing({ ...(image() as object), format: 'raw' })).toMatchObject({ code: 'unusable_image' })
  })

  test('of no known name', async () => {
    expect(await failing('debain:12')).toMatchObject({
      code: 'unknown_image',
      advice: expect.stringContaining('debian:12'),
    })
  })

  test('that does not fit', async () => {
    const small = join(directory, 'small')
    await mkdir(small)
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'small', small])
    await libvirt.virsh(['pool-create-as', 'lares-small', 'dir', '--target', small])
    try {
      const known = await ensureImage(libvirt, image(), { pool: 'lares-small' }).catch((error: unknown) => error)
      expect(known).toMatchObject({ code: 'no_space', message: expect.stringContaining('are free') })
      const file = join(directory, 'disk.qcow2')
      const sent = await ensureImage(libvirt, { file }, { pool: 'lares-small' }).catch((error: unknown) => error)
      expect(sent).toMatchObject({ code: 'no_space' })
      expect(await readdir(small)).toEqual([])
      const { stdout } = await execa('xz', ['-c'], { input: Buffer.alloc(8 * MiB, 'x'), encoding: 'buffer' })
      web.files.set('big.raw.xz', stdout)
      const packed = { url: web.url('big.raw.xz'), sha256: sum(stdout) }
      const unpacked = await ensureImage(libvirt, packed, { pool: 'lares-small' }).catch((error: unknown) => error)
      expect(unpacked).toMatchObject({ code: 'no_space' })
      expect(await readdir(small)).not.toContain(expect.stringContaining('.img'))
      expect(await listVolumes(libvirt, 'lares-small')).not.toContainEqual(
        expect.objectContaining({ capacity: 8 * MiB }),
      )
    } finally {
      await libvirt.virsh(['pool-destroy', 'lares-small'])
      await execa('umount', ['--lazy', small])
    }
  })
})

/** What a run that was ended left. */
async function writePartial(data: Uint8Array): Promise<void> {
  await mkdir(IMAGE_POOL.path, { recursive: true })
  await writeFile(join(IMAGE_POOL.path, `lares-partial-${sum(qcow2).slice(0, 32)}`), data)
}

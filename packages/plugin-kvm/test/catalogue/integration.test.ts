import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localHost } from '@lares/transport'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { emptyHypervisor } from '../../../../e2e/rig/hypervisor.ts'
import { findChecksum } from '../../src/client/images/checksum.ts'
import { catalogued, catalogueNames, connectLibvirt, ensureImage } from '../../src/index.ts'
import { startWebServer, type WebServer } from '../images/web-server.ts'

vi.setConfig({ testTimeout: 120_000 })
const libvirt = connectLibvirt({ host: localHost() })
let web: WebServer
let image: Buffer

beforeAll(async () => {
  web = await startWebServer()
  const folder = await mkdtemp(join(tmpdir(), 'lares-catalogue-'))
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', join(folder, 'disk'), '4M'])
  image = await readFile(join(folder, 'disk'))
  await rm(folder, { recursive: true })
})
afterAll(async () => {
  await web.close()
  await emptyHypervisor()
})

const sum = (data: Uint8Array, algorithm: string) => createHash(algorithm).update(data).digest('hex')
const other = (algorithm: string, seed: string) => sum(Buffer.from(seed), algorithm)

const signed = (text: string) =>
  `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${text}-----BEGIN PGP SIGNATURE-----\n\niQIzBAEBCAAdFiEExu/S2AH5sqeJXmD6\n=Gq7X\n-----END PGP SIGNATURE-----\n`
const bsd = (name: string, data: Uint8Array) =>
  `# ${name}: ${data.length} bytes\nSHA256 (${name}) = ${sum(data, 'sha256')}\n`

/** What each distribution publishes beside an image, with the siblings that it must not be taken for. */
const published: Readonly<Record<string, (name: string, data: Uint8Array) => string>> = {
  debian: (name, data) =>
    [
      `${other('sha512', 'raw')}  ${name.replace('.qcow2', '.raw')}`,
      `${sum(data, 'sha512')}  ${name}`,
      `${other('sha512', 'generic')}  ${name.replace('genericcloud', 'generic')}\n`,
    ].join('\n'),
  ubuntu: (name, data) =>
    [
      `${other('sha256', 'tar')} *${name.replace('.img', '-root.tar.xz')}`,
      `${sum(data, 'sha256')} *${name}`,
      `${other('sha256', 'vmdk')} *${name.replace('.img', '.vmdk')}\n`,
    ].join('\n'),
  rocky: (name, data) => bsd(name.replace('.latest', '-9.6-20250531.0'), Buffer.from('dated')) + bsd(name, data),
  almalinux: (name, data) =>
    [
      `${other('sha256', 'dated')}  ${name.replace('latest', '9.7-20251118')}`,
      `${other('sha256', 'ext4')}  ${name.replace('latest', 'ext4-latest')}`,
      `${sum(data, 'sha256')}  ${name}\n`,
    ].join('\n'),
  fedora: (name, data) => signed(bsd(name.replace('Generic', 'UEFI-UKI'), Buffer.from('uki')) + bsd(name, data)),
  alpine: (_, data) => `${sum(data, 'sha512')}\n`,
}

const fileOf = (url: string) => new URL(url).pathname.slice(1)

describe.each(['x86_64', 'aarch64'] as const)('for %s', (architecture) => {
  test.each(catalogueNames)('the checksum of %s is found among those of its siblings', (name) => {
    const { url, checksums } = catalogued(name, architecture)
    expect([url, checksums].map((each) => new URL(each).protocol)).toEqual(['https:', 'https:'])
    expect(new URL(checksums).host).toBe(new URL(url).host)
    const [distribution = '', release = ''] = name.split(':')
    expect(url).toContain(release)
    expect(url).toMatch(architecture === 'x86_64' ? /x86_64|amd64/ : /aarch64|arm64/)
    const file = fileOf(url).split('/').at(-1)!
    const text = published[distribution]!(file, image)
    expect([sum(image, 'sha256'), sum(image, 'sha512')]).toContain(findChecksum(text, file)?.digest)
  })
})

/** The image as a server has it whose paths are those of the distribution. */
function publish(name: string): { url: string; checksums: string } {
  const { url, checksums } = catalogued(name)
  const file = fileOf(url)
  web.files.set(file, image)
  web.files.set(fileOf(checksums), Buffer.from(published[name.split(':')[0]!]!(file.split('/').at(-1)!, image)))
  return { url: web.url(file), checksums: web.url(fileOf(checksums)) }
}

test.each(['debian:12', 'ubuntu:24.04', 'rocky:9', 'almalinux:9', 'fedora:43', 'alpine:3.22'])(
  '%s is fetched from where its distribution keeps it, and not when it is another',
  async (name) => {
    const place = publish(name)
    // The cache goes by name and checksum.
    web.files.set(fileOf(place.url), Buffer.concat([image, Buffer.from('x')]))
    await expect(ensureImage(libvirt, place)).rejects.toMatchObject({ code: 'wrong_checksum' })
    expect(await ensureImage(libvirt, publish(name))).toMatchObject({ format: 'qcow2', virtualSize: 4 * 2 ** 20 })
  },
)

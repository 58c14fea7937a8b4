import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type MountInfo, mountAt, mountOf, nfsMount, parseMountInfo, parseNfsSource } from './mount-info.ts'

const nfs42 =
  '612 28 0:57 / /mnt/My\\040Films rw,relatime shared:331 - nfs4 nas.lan:/srv/My\\040Films rw,vers=4.2,rsize=262144,wsize=262144,namlen=255,hard,proto=tcp,timeo=600,retrans=2,sec=sys,clientaddr=10.0.0.2,local_lock=none,addr=10.0.0.1'
const nfs3 =
  '613 28 0:58 / /mnt/old ro,nosuid,relatime shared:332 master:1 propagate_from:2 - nfs 10.0.0.1:/old rw,vers=3,rsize=32768,wsize=32768,namlen=255,soft,nolock,proto=udp,port=2050,timeo=11,retrans=3,sec=sys,mountaddr=10.0.0.1,mountvers=3,mountport=20048,mountproto=udp,local_lock=all,addr=10.0.0.1'
const nfs6 =
  '614 28 0:59 /sub /mnt/six rw - nfs4 [fd00::1]:/ rw,vers=4.1,softerr,proto=tcp6,sec=krb5p,clientaddr=fd00::2,addr=fd00::1'

test('every field is there', () => {
  const [mount] = parseMountInfo(`${nfs3}\n`)
  expect(mount).toMatchObject({
    id: 613,
    parent: 28,
    device: '0:58',
    root: '/',
    target: '/mnt/old',
    options: ['ro', 'nosuid', 'relatime'],
    propagation: ['shared:332', 'master:1', 'propagate_from:2'],
    type: 'nfs',
    source: '10.0.0.1:/old',
  })
  expect(mount!.superOptions).toContain('mountport=20048')
  expect(parseMountInfo(nfs42)[0]).toMatchObject({
    target: '/mnt/My Films',
    source: 'nas.lan:/srv/My Films',
    propagation: ['shared:331'],
  })
})

test('a source can be empty, or a dash', () => {
  const lines = '1 0 0:1 / / rw - tmpfs  rw\n2 1 0:1 / /a rw - tmpfs - rw\n'
  expect(parseMountInfo(lines).map(({ source, superOptions }) => [source, superOptions])).toEqual([
    ['', ['rw']],
    ['-', ['rw']],
  ])
})

test.each([
  [
    nfs42,
    {
      server: 'nas.lan',
      path: '/srv/My Films',
      version: '4.2',
      address: '10.0.0.1',
      clientAddress: '10.0.0.2',
      protocol: 'tcp',
      security: 'sys',
      hard: true,
      readOnly: false,
      readSize: 262144,
      writeSize: 262144,
      timeout: 600,
      retransmissions: 2,
    },
  ],
  [
    nfs3,
    {
      server: '10.0.0.1',
      path: '/old',
      version: '3',
      address: '10.0.0.1',
      protocol: 'udp',
      port: 2050,
      security: 'sys',
      hard: false,
      readOnly: true,
      readSize: 32768,
      writeSize: 32768,
      timeout: 11,
      retransmissions: 3,
    },
  ],
  [
    nfs6,
    {
      server: 'fd00::1',
      path: '/',
      version: '4.1',
      address: 'fd00::1',
      clientAddress: 'fd00::2',
      protocol: 'tcp6',
      security: 'krb5p',
      hard: false,
      readOnly: false,
    },
  ],
  ['1 0 0:1 / / rw - ext4 /dev/sda1 rw', undefined],
])('what the kernel agreed on with a server: %s', (line, expected) => {
  expect(nfsMount(parseMountInfo(line)[0]!)).toEqual(expected)
})

test.each([
  ['nas:/srv', { server: 'nas', path: '/srv' }],
  ['[fe80::1%eth0]:/srv:x', { server: 'fe80::1%eth0', path: '/srv:x' }],
  ['nas', { server: 'nas', path: '' }],
])('%s', (source, expected) => {
  expect(parseNfsSource(source)).toEqual(expected)
})

test.each(['x', '1 2 3', '1 0 0:1 / / rw ext4 /dev/sda1 rw', 'a 0 0:1 / / rw - ext4 /dev/sda1 rw'])(
  'no kernel writes "%s"',
  (line) => {
    expect(() => parseMountInfo(line)).toThrow(RangeError)
  },
)

const at = (id: number, parent: number, target: string): MountInfo => ({
  ...{ id, parent, target, device: '0:1', root: '/', type: 'ext4', source: `${id}` },
  ...{ options: [], propagation: [], superOptions: [] },
})

test('what is mounted later covers what is below it', () => {
  const mounts = [
    at(1, 0, '/'),
    at(2, 1, '/mnt/a'),
    at(3, 1, '/srv'),
    at(4, 3, '/srv'),
    at(5, 1, '/mnt'),
    at(6, 5, '/mnt/b'),
    at(7, 6, '/mnt/b'),
  ]
  expect(mountAt(mounts, '/srv')?.id).toBe(4)
  expect(mountAt(mounts, '/mnt/a')).toBeUndefined()
  expect(mountAt(mounts, '/mnt/b')?.id).toBe(7)
  expect(mountOf(mounts, '/mnt/a/x')?.id).toBe(5)
  expect(mountOf(mounts, '/srvx')?.id).toBe(1)
  expect(mountOf([], '/')).toBeUndefined()
})

test('the mounts of this machine', async () => {
  const text = await readFile('/proc/self/mountinfo', 'utf8')
  const mounts = parseMountInfo(text)
  expect(mounts).toHaveLength(text.trimEnd().split('\n').length)
  expect(mountOf(mounts, '/proc/self')?.type).toBe('proc')
})

test('targets with any character are read as they are', () => {
  const names = fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .filter((name) => name.isWellFormed() && !name.includes('\0'))
  fc.assert(
    fc.property(names, (name) => {
      const mangled = name.replaceAll(/[ \t\n\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
      const [mount] = parseMountInfo(`1 0 0:1 / /${mangled} rw - nfs4 nas:/${mangled} rw`)
      expect(mount).toMatchObject({ target: `/${name}`, source: `nas:/${name}` })
    }),
  )
})

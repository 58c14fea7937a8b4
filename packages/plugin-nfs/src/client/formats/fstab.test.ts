import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fstabEntry as entry, fstabText as files, fstabPieces as pieces } from '../../../test/formats/arbitraries.ts'
import { type FstabEntry, formatFstab, formatFstabEntry, parseFstab, withMount, withoutMount } from './fstab.ts'

const entriesOf = (text: string) =>
  parseFstab(text).lines.flatMap((line) => (line.kind === 'entry' ? [line.entry] : []))

const debian = `# /etc/fstab: static file system information.
#
# Use 'blkid' to print the universally unique identifier for a
# device; this may be used with UUID= as a more robust way to name devices
# that works even if disks are added and removed. See fstab(5).
#
# systemd generates mount units based on this file, see systemd.mount(5).
# Please run 'systemctl daemon-reload' after making changes here.
#
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
# / was on /dev/vda1 during installation
UUID=0a3407de-014b-458b-b5c1-848e92a327a3 /               ext4    errors=remount-ro 0       1
# swap was on /dev/vda5 during installation
UUID=b411dc99-f0a0-4c87-9e05-184977be8539 none            swap    sw              0       0
/dev/sr0        /media/cdrom0   udf,iso9660 user,noauto     0       0
`
const fedora = `
#
# /etc/fstab
# Created by anaconda on Sat Apr 26 10:11:12 2025
#
# Accessible filesystems, by reference, are maintained under '/dev/disk/'.
# See man pages fstab(5), findfs(8), mount(8) and/or blkid(8) for more info.
#
# After editing this file, run 'systemctl daemon-reload' to update systemd
# units generated from this file.
#
UUID=7c1f8a8e-5d6a-4b7e-9c0d-000000000001 /                       btrfs   subvol=root,compress=zstd:1 0 0
UUID=7c1f8a8e-5d6a-4b7e-9c0d-000000000002 /boot                   ext4    defaults        1 2
UUID=4A5B-6C7D          /boot/efi               vfat    umask=0077,shortname=winnt 0 2
`
const ubuntu = `LABEL=cloudimg-rootfs	/	 ext4	discard,commit=30,errors=remount-ro	0 1
LABEL=BOOT	/boot	ext4	defaults	0 2
LABEL=UEFI	/boot/efi	vfat	umask=0077	0 1
/dev/vdb	/mnt	auto	defaults,nofail,x-systemd.after=cloud-init.service,_netdev,comment=cloudconfig	0	2
`
const homelab = `nas:/srv/media        /mnt/media         nfs4  rw,_netdev,nofail,x-systemd.automount,x-systemd.idle-timeout=600,x-systemd.mount-timeout=10s  0  0
[fe80::1%eth0]:/srv   /mnt/six           nfs   vers=4.2,soft   # no numbers
nas:/srv/My\\040Films  /mnt/My\\040Films   nfs4  defaults,context="system_u:object_r:nfs_t:s0:c1,c2" 0 0
//nas/share /mnt/share cifs credentials=/root/.smb,uid=1000
/dev/sdb1 /mnt/old
tmpfs\t/tmp\ttmpfs\tdefaults\t0\t0\r
junk
`

test.each([debian, fedora, ubuntu, homelab])('a real file comes out as it went in', (text) => {
  expect(formatFstab(parseFstab(text))).toBe(text)
})

test('real files are understood', () => {
  expect(entriesOf(debian).map(({ target, type, pass }) => [target, type, pass])).toEqual([
    ['/', 'ext4', 1],
    ['none', 'swap', 0],
    ['/media/cdrom0', 'udf,iso9660', 0],
  ])
  expect(entriesOf(fedora).map(({ dump, pass }) => [dump, pass])).toEqual([
    [0, 0],
    [1, 2],
    [0, 2],
  ])
  expect(entriesOf(ubuntu)[3]).toEqual({
    source: '/dev/vdb',
    target: '/mnt',
    type: 'auto',
    options: ['defaults', 'nofail', 'x-systemd.after=cloud-init.service', '_netdev', 'comment=cloudconfig'],
    dump: 0,
    pass: 2,
  })
  expect(entriesOf(homelab)).toEqual([
    {
      source: 'nas:/srv/media',
      target: '/mnt/media',
      type: 'nfs4',
      options: [
        'rw',
        '_netdev',
        'nofail',
        'x-systemd.automount',
        'x-systemd.idle-timeout=600',
        'x-systemd.mount-timeout=10s',
      ],
      dump: 0,
      pass: 0,
    },
    { source: '[fe80::1%eth0]:/srv', target: '/mnt/six', type: 'nfs', options: ['vers=4.2', 'soft'], dump: 0, pass: 0 },
    {
      source: 'nas:/srv/My Films',
      target: '/mnt/My Films',
      type: 'nfs4',
      options: ['defaults', 'context="system_u:object_r:nfs_t:s0:c1,c2"'],
      dump: 0,
      pass: 0,
    },
    {
      source: '//nas/share',
      target: '/mnt/share',
      type: 'cifs',
      options: ['credentials=/root/.smb', 'uid=1000'],
      dump: 0,
      pass: 0,
    },
    { source: '/dev/sdb1', target: '/mnt/old', type: 'auto', options: [], dump: 0, pass: 0 },
    { source: 'tmpfs', target: '/tmp', type: 'tmpfs', options: ['defaults'], dump: 0, pass: 0 },
  ])
  const ignored = parseFstab(homelab).lines.filter((line) => line.kind === 'entry' && line.ignored)
  expect(ignored.map(({ line }) => line)).toEqual([2, 5])
  expect(parseFstab(homelab).lines.at(-1)).toEqual({ kind: 'unreadable', line: 7, text: 'junk\n' })
})

const media: FstabEntry = {
  source: 'nas:/media',
  target: '/mnt/media',
  type: 'nfs',
  options: ['_netdev', 'nofail'],
  dump: 0,
  pass: 0,
}

test.each([
  ['', 'nas:/media  /mnt/media  nfs  _netdev,nofail  0  0\n'],
  ['# c', '# c\nnas:/media  /mnt/media  nfs  _netdev,nofail  0  0\n'],
  ['a /b ext4\n', 'a /b ext4\nnas:/media  /mnt/media  nfs  _netdev,nofail  0  0\n'],
  [
    'nas:/old     /mnt/media/   nfs4   defaults       0  0   # keep\r\na /b ext4\n',
    'nas:/media   /mnt/media    nfs    _netdev,nofail 0  0   # keep\r\na /b ext4\n',
  ],
  ['nas:/a-very-long-one  /mnt/media  nfs4  ro\n', 'nas:/media            /mnt/media  nfs   _netdev,nofail\n'],
  ['n:/ /mnt/media nfs ro 0 0', 'nas:/media /mnt/media nfs _netdev,nofail 0 0'],
  ['\tn:/\t\t/mnt/media\tnfs\tro\t0\t0\n', '\tnas:/media\t\t/mnt/media\tnfs\t_netdev,nofail\t0\t0\n'],
  ['x /mnt/media\n', 'nas:/media /mnt/media nfs _netdev,nofail\n'],
  ['x /mnt/media nfs ro # c\n', 'nas:/media /mnt/media nfs _netdev,nofail 0 0 # c\n'],
  ['x /mnt/media nfs ro 1 2\n', 'nas:/media /mnt/media nfs _netdev,nofail 0 0\n'],
  [
    'x /mnt/media nfs\nnas:/media /mnt/media nfs ro 0 0\n',
    'x /mnt/media nfs\nnas:/media /mnt/media nfs _netdev,nofail 0 0\n',
  ],
])('%j with a mount is %j', (before, after) => {
  expect(formatFstab(withMount(parseFstab(before), media))).toBe(after)
})

test('swap of another device stays', () => {
  const swap = { source: '/swap', target: 'none', type: 'swap', options: ['sw'], dump: 0, pass: 0 }
  expect(formatFstab(withMount(parseFstab('/dev/a none swap sw 0 0\n'), swap))).toBe(
    '/dev/a none swap sw 0 0\n/swap  none  swap  sw  0  0\n',
  )
})

test('numbers that a short line has no place for are put behind it', () => {
  const checked = { ...media, pass: 2 }
  expect(formatFstab(withMount(parseFstab('x /mnt/media nfs ro\n'), checked))).toBe(
    'nas:/media /mnt/media nfs _netdev,nofail 0 2\n',
  )
})

test.each<[string | undefined, string]>([
  [undefined, '# c\nd /e ext4\n'],
  ['a', '# c\nb\t/mnt/media nfs # x\nd /e ext4\n'],
  ['z', '# c\na /mnt/media nfs\nb\t/mnt/media nfs # x\nd /e ext4\n'],
])('without the mount of %s', (source, after) => {
  const before = '# c\na /mnt/media nfs\nb\t/mnt/media nfs # x\nd /e ext4\n'
  expect(formatFstab(withoutMount(parseFstab(before), '/mnt/media', source))).toBe(after)
})

test.each<Partial<FstabEntry>>([
  { source: '' },
  { target: '' },
  { type: '' },
  { target: '/a\0' },
  { options: ['a,b'] },
  { options: ['', 'a'] },
  { options: ['context="a'], type: '"' },
])('%o cannot be said', (wrong) => {
  const entry = { ...media, ...wrong }
  if (wrong.type === '"') expect(entriesOf(formatFstabEntry(entry))).toEqual([entry])
  else expect(() => formatFstabEntry(entry)).toThrow(RangeError)
})

test('any text comes out as it went in', () => {
  fc.assert(
    fc.property(files, (text) => {
      expect(formatFstab(parseFstab(text))).toBe(text)
    }),
    { numRuns: 3000 },
  )
})

test('a mount is read as it was meant', () => {
  fc.assert(
    fc.property(entry, (mount) => {
      expect(entriesOf(formatFstabEntry(mount))).toEqual([mount])
    }),
    { numRuns: 1000 },
  )
})

test('an edit is there, is gone again, and has changed nothing else', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.constantFrom(debian, fedora, ubuntu, homelab), files),
      entry,
      entry,
      (text, mount, other) => {
        const file = parseFstab(text)
        fc.pre(!entriesOf(text).some(({ target }) => target.replace(/(.)\/+$/, '$1') === mount.target))
        const before = text === '' || text.endsWith('\n') ? text : `${text}\n`
        const once = withMount(file, mount)
        expect(formatFstab(once)).toBe(`${before}${formatFstabEntry(mount)}\n`)
        expect(withMount(once, mount)).toEqual(once)
        const changed = { ...other, target: mount.target }
        const replaced = withMount(once, changed)
        expect(formatFstab(replaced).startsWith(before)).toBe(true)
        expect(replaced.lines.at(-1)).toMatchObject({ entry: changed })
        expect(formatFstab(withoutMount(replaced, mount.target))).toBe(before)
      },
    ),
    { numRuns: 1000 },
  )
})

test('what replaces a line is read as it was meant, however the line looked', () => {
  const lines = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('').replaceAll(/[\r\n]/g, ' '))
  fc.assert(
    fc.property(lines, entry, (tail, mount) => {
      const file = withMount(parseFstab(`  x ${'/mnt/x'} ${tail}\nb /b ext4\n`), { ...mount, target: '/mnt/x' })
      expect(file.lines.map((line) => line.kind === 'entry' && line.entry)).toMatchObject([
        { ...mount, target: '/mnt/x' },
        { target: '/b' },
      ])
    }),
    { numRuns: 2000 },
  )
})

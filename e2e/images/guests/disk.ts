import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { rootLabel } from './initrd.ts'

const sector = 512
const mebibyte = 1024 * 1024
/** The first mebibyte is for the boot sector and GRUB. */
const partitionStart = mebibyte
const grubModules = ['biosdisk', 'part_msdos', 'ext2', 'linux', 'normal', 'configfile', 'boot']
const earlyConfig = `set root=(hd0,msdos1)
set prefix=(hd0,msdos1)/boot/grub
configfile (hd0,msdos1)/boot/grub/grub.cfg
`
const kernelArguments = [
  ...[
    `root=LABEL=${rootLabel}`,
    'rw',
    'console=ttyS0',
    'quiet',
    'loglevel=3',
    'net.ifnames=0',
    'audit=0',
    'apparmor=0',
  ],
  // Neither mitigations nor checks of the clock are of use to a processor that is emulated.
  ...['mitigations=off', 'nokaslr', 'no_timer_check', 'tsc=reliable', 'cryptomgr.notests', 'no5lvl'],
]

/**
 * Makes a qcow2 image that boots by BIOS: GRUB, and one ext4 partition with the content of `root`, which needs a kernel
 * and `boot/initrd.img`. No loop device is used. `size` is that of the disk, in MiB; the file holds what is used,
 * compressed if that is said: smaller to fetch, slower to boot.
 */
export async function buildDisk(
  root: string,
  file: string,
  { size, compressed }: { size: number; compressed: boolean },
  signal: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(root, '../disk-'))
  const [raw, early, core] = [join(folder, 'disk.raw'), join(folder, 'early.cfg'), join(folder, 'core.img')] as const
  const run = (program: string, ...args: string[]) => execa(program, args, { cancelSignal: signal, timeout: 120_000 })
  try {
    await writeGrubConfig(root)
    await writeFile(early, earlyConfig)
    await run('grub-mkimage', '-O', 'i386-pc', '-o', core, '-c', early, '-p', '/boot/grub', ...grubModules)
    await writeBootSectors(raw, size, await readFile(core))
    const layout = ['-E', `lazy_itable_init=1,nodiscard,offset=${partitionStart}`, '-O', '^has_journal,^metadata_csum']
    const length = `${(size * mebibyte - partitionStart) / 1024}k`
    await run('mke2fs', '-q', '-t', 'ext4', ...layout, '-m', '0', '-L', rootLabel, '-d', root, raw, length)
    const compression = compressed ? ['-c', '-o', 'compression_type=zstd'] : []
    await run('qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', ...compression, raw, file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** An MBR with one bootable Linux partition, and GRUB's core image behind it. */
async function writeBootSectors(raw: string, size: number, core: Buffer): Promise<void> {
  const boot = Buffer.alloc(sector)
  ;(await readFile('/usr/lib/grub/i386-pc/boot.img')).copy(boot, 0, 0, 440)
  randomBytes(4).copy(boot, 440)
  boot[446] = 0x80
  boot[450] = 0x83
  boot.writeUInt32LE(partitionStart / sector, 454)
  boot.writeUInt32LE((size * mebibyte - partitionStart) / sector, 458)
  boot.writeUInt16BE(0x55aa, 510)
  if (core.length > partitionStart - sector) throw new Error('GRUB does not fit in front of the partition')
  const handle = await open(raw, 'w')
  try {
    await handle.truncate(size * mebibyte)
    await handle.write(Buffer.concat([boot, core]), 0)
  } finally {
    await handle.close()
  }
}

async function writeGrubConfig(root: string): Promise<void> {
  const boot = join(root, 'boot')
  const kernel = (await readdir(boot)).find((name) => name.startsWith('vmlinuz-'))
  if (kernel === undefined) throw new Error(`No kernel in ${boot}`)
  await mkdir(join(boot, 'grub'), { recursive: true })
  const start = `linux /boot/${kernel} ${kernelArguments.join(' ')}`
  await writeFile(join(boot, 'grub/grub.cfg'), `set timeout=0\n${start}\ninitrd /boot/initrd.img\nboot\n`)
}

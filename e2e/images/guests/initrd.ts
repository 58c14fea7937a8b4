import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { unpackPackages } from '../debian.ts'
import { kernelRelease } from './rootfs.ts'

/** What reaches a disk: virtio, SATA and SCSI. */
export const diskModules = ['virtio_pci', 'virtio_blk', 'virtio_scsi', 'ahci', 'sd_mod', 'sr_mod']

/** The label of every guest's root file system. */
export const rootLabel = 'guest-root'

const init = (modules: readonly string[]) => `#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in ${modules.join(' ')}; do insmod /modules/$module; done
tries=0
until root=$(findfs LABEL=${rootLabel} 2> /dev/null); do
  tries=$((tries + 1))
  [ $tries -lt 500 ] || { echo 'no disk is labelled ${rootLabel}'; exec sh; }
  usleep 20000
done
mount -o rw,noatime "$root" /new
umount /proc /sys
mount -o move /dev /new/dev
exec switch_root /new /sbin/init
`

/**
 * Writes an initramfs of one busybox and the modules that a disk needs to `file`: it mounts the file system that is
 * labelled `rootLabel` and hands over to its `/sbin/init`. The modules are those of the root file system's kernel.
 */
export async function buildInitrd(root: string, file: string, signal: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lares-initrd-'))
  try {
    const [unpacked, tree] = [join(folder, 'unpacked'), join(folder, 'tree')] as const
    for (const path of [unpacked, tree]) await mkdir(path)
    await unpackPackages(['busybox-static'], unpacked, signal)
    for (const name of ['bin', 'dev', 'proc', 'sys', 'new', 'modules']) await mkdir(join(tree, name))
    await copyFile(join(unpacked, 'bin/busybox'), join(tree, 'bin/busybox'))
    const modules = await moduleFiles(root, diskModules)
    for (const path of modules) await copyFile(path, join(tree, 'modules', basename(path)))
    await writeFile(join(tree, 'init'), init(modules.map((path) => basename(path))))
    await chmod(join(tree, 'init'), 0o755)
    const names = ['.', ...(await readdir(tree, { recursive: true })).sort()].join('\n')
    const cpio = [join(tree, 'bin/busybox'), 'cpio', '-o', '-H', 'newc', '-R', '0:0'] as const
    const options = { cwd: tree, input: names, encoding: 'buffer', cancelSignal: signal, timeout: 60_000 } as const
    await writeFile(file, (await execa(cpio[0], cpio.slice(1), options)).stdout)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * The files of kernel modules and of what they depend on, in the order to load them. Names that are built into the kernel,
 * or that it does not have, are left out.
 */
export async function moduleFiles(root: string, names: readonly string[]): Promise<string[]> {
  const folder = join(root, 'usr/lib/modules', await kernelRelease(root))
  const lines = (await readFile(join(folder, 'modules.dep'), 'utf8')).trim().split('\n')
  const dependencies = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.split(' ').slice(1)] as const),
  )
  const named = (name: string) => [...dependencies.keys()].find((path) => basename(path).split('.')[0] === name)
  const ordered = new Set<string>()
  const add = (path: string) => {
    // depmod lists the nearest dependency first.
    for (const needed of (dependencies.get(path) ?? []).toReversed()) ordered.add(needed)
    ordered.add(path)
  }
  for (const path of names.map(named)) if (path !== undefined) add(path)
  return [...ordered].map((path) => join(folder, path))
}

import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { addBusybox } from '../busybox.ts'
import { packageClosure, unpackPackages } from '../debian.ts'
import { buildDisk } from './disk.ts'
import { diskModules, moduleFiles } from './initrd.ts'

const files = fileURLToPath(new URL('tiny/', import.meta.url))
const modules = [
  ...diskModules,
  ...['virtio_net', 'virtio_console', 'virtio_balloon', 'virtio-rng', 'button', 'evdev', 'isofs'],
]

/**
 * Makes the disk image of a guest that is up in seconds: busybox, dropbear and the guest agent, with the kernel and the
 * initrd of `debian`. Of a NoCloud seed it takes name and keys. Size is the disk's, in MiB.
 */
export async function buildTiny(debian: string, file: string, size: number, signal: AbortSignal): Promise<void> {
  const root = await mkdtemp(join(debian, '../tiny-'))
  try {
    const closures = await Promise.all(
      ['dropbear-bin', 'qemu-guest-agent'].map((name) => packageClosure(name, /^(lib|zlib)/, signal)),
    )
    await unpackPackages([...new Set(closures.flat()), 'busybox-static'], root, signal)
    await trim(root)
    await addBusybox(root, signal)
    await cp(files, root, { recursive: true })
    await makeExecutable(root)
    await addFiles(root)
    await addKernel(debian, root)
    await buildDisk(root, file, { size, compressed: false }, signal)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function trim(root: string): Promise<void> {
  for (const name of ['usr/share', 'usr/lib/systemd', 'usr/lib/udev', 'etc'])
    await rm(join(root, name), { recursive: true, force: true })
  await mkdir(join(root, 'etc'))
}

async function makeExecutable(root: string): Promise<void> {
  const programs = [
    'etc/init.d/start',
    'etc/udhcpc/event',
    'etc/acpi/PWRF/00000080',
    'usr/bin/cloud-init',
    'usr/bin/sudo',
  ]
  for (const name of [...programs, 'usr/sbin/read_seed', 'usr/sbin/shutdown']) await chmod(join(root, name), 0o755)
}

async function addFiles(root: string): Promise<void> {
  await rm(join(root, 'sbin/init'), { force: true })
  await symlink('/bin/busybox', join(root, 'sbin/init'))
  for (const name of ['dev', 'proc', 'sys', 'run', 'mnt', 'home', 'var/log', 'var/lib', 'etc/dropbear', 'root/.ssh'])
    await mkdir(join(root, name), { recursive: true })
  await symlink('/run', join(root, 'var/run'))
  await writeFile(join(root, 'etc/hostname'), 'tiny\n')
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n')
  await writeFile(join(root, 'etc/shadow'), 'root:*:19000::::::\n')
  await writeFile(join(root, 'etc/shells'), '/bin/sh\n')
  await writeFile(join(root, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n')
}

async function addKernel(debian: string, root: string): Promise<void> {
  await mkdir(join(root, 'boot'), { recursive: true })
  for (const name of await readdir(join(debian, 'boot')))
    if (/^(vmlinuz-|initrd\.img$)/.test(name)) await copyFile(join(debian, 'boot', name), join(root, 'boot', name))
  const paths = await moduleFiles(debian, modules)
  await mkdir(join(root, 'usr/lib/modules'), { recursive: true })
  for (const path of paths) await copyFile(path, join(root, 'usr/lib/modules', basename(path)))
  await writeFile(join(root, 'etc/modules'), paths.map((path) => `${basename(path)}\n`).join(''))
}

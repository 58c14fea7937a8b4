import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { debianMirror, unpackOver } from '../debian.ts'

const packages = [
  ...['systemd', 'systemd-sysv', 'dbus', 'udev', 'kmod', 'procps', 'netbase', 'iproute2', 'sudo', 'ca-certificates'],
  ...['openssh-server', 'qemu-guest-agent', 'cloud-init', 'cloud-guest-utils', 'fdisk', 'e2fsprogs'],
]
const unused = ['man', 'locale', 'doc', 'info', 'i18n', 'lintian'].map((name) => `path-exclude=/usr/share/${name}/*`)

/**
 * Fills `root` with a Debian of systemd, sshd, cloud-init and the guest agent, and the kernel for virtual machines, only
 * unpacked: no initramfs is made. The package lists stay for `installInto`. Needs the package archive.
 */
export async function buildRootfs(root: string, signal: AbortSignal): Promise<void> {
  const { url, release, keyring } = await debianMirror(signal)
  const options = [
    '--quiet',
    '--variant=minbase',
    '--mode=root',
    `--include=${packages.join(',')}`,
    ...[...unused, 'force-unsafe-io'].map((option) => `--dpkgopt=${option}`),
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    '--skip=cleanup/apt/lists,cleanup/reproducible',
  ]
  const source = `deb [signed-by=${keyring}] ${url} ${release} main`
  const env = { LC_ALL: 'C', TMPDIR: join(root, '..') }
  // Its mounts of /proc and /sys end with the namespace, however it ends.
  const command = ['--mount', '--propagation', 'private', 'mmdebstrap', ...options, release, root, source]
  await execa('unshare', command, { env, timeout: 600_000, cancelSignal: signal })
  await unpackOver([await kernelPackage(signal)], root, signal)
  await execa('chroot', [root, 'depmod', await kernelRelease(root)], { timeout: 60_000, cancelSignal: signal })
}

/** Installs further packages into a root file system that `buildRootfs` made. */
export async function installInto(root: string, names: readonly string[], signal: AbortSignal): Promise<void> {
  const limits = { timeout: 600_000, cancelSignal: signal, env: { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' } }
  await execa('cp', ['--remove-destination', '/etc/resolv.conf', join(root, 'etc/resolv.conf')], limits)
  await execa('chroot', [root, 'apt-get', '-q', '-y', 'install', ...names], limits)
  await execa('chroot', [root, 'apt-get', 'clean'], limits)
}

/** The release of the kernel in a root file system, as `uname -r` says it. Throws when there is none. */
export async function kernelRelease(root: string): Promise<string> {
  const [release] = await readdir(join(root, 'usr/lib/modules'))
  if (release === undefined) throw new Error(`No kernel modules in ${root}`)
  return release
}

/** Forgets where packages came from, and says where they come from inside the rig. */
export async function pointAtArchive(root: string, url: string): Promise<void> {
  const sources = join(root, 'etc/apt/sources.list.d')
  for (const path of [join(root, 'var/lib/apt/lists'), sources]) await rm(path, { recursive: true, force: true })
  await mkdir(join(root, 'var/lib/apt/lists/partial'), { recursive: true })
  await mkdir(sources)
  await writeFile(join(root, 'etc/apt/sources.list'), `deb [trusted=yes] ${url} ./\n`)
}

async function kernelPackage(signal: AbortSignal): Promise<string> {
  const options = { cancelSignal: signal, timeout: 60_000, env: { LC_ALL: 'C' } }
  const { stdout } = await execa('apt-cache', ['depends', 'linux-image-cloud-amd64'], options)
  const name = /Depends: (linux-image-\S+)/.exec(stdout)?.[1]
  if (name === undefined) throw new Error('The distribution has no kernel for virtual machines')
  return name
}

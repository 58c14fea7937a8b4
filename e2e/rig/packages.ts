import { access, constants, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'

/** The commands (and files) that the rig uses, each with the packages that bring it (which one exists depends on the release). */
const needed: Record<string, readonly string[]> = {
  dockerd: ['docker.io'],
  docker: ['docker-cli', 'docker.io'],
  'docker-registry': ['docker-registry'],
  sshd: ['openssh-server'],
  ssh: ['openssh-client'],
  sudo: ['sudo'],
  ip: ['iproute2'],
  iptables: ['iptables'],
  unshare: ['util-linux'],
  libvirtd: ['libvirt-daemon-system', 'libvirt-daemon'],
  virsh: ['libvirt-clients'],
  'qemu-system-x86_64': ['qemu-system-x86'],
  'qemu-img': ['qemu-utils'],
  dnsmasq: ['dnsmasq-base'],
  'virt-install': ['virtinst'],
  '/usr/share/OVMF/OVMF_CODE.fd': ['ovmf'],
  swtpm: ['swtpm'],
  swtpm_setup: ['swtpm-tools'],
  genisoimage: ['genisoimage'],
  mmdebstrap: ['mmdebstrap'],
  'grub-mkimage': ['grub-common'],
  '/usr/lib/grub/i386-pc/boot.img': ['grub-pc-bin'],
  'systemd-nspawn': ['systemd-container'],
  dnf: ['dnf'],
  zypper: ['zypper'],
  pacman: ['pacman-package-manager'],
  exportfs: ['nfs-kernel-server'],
  'mount.nfs': ['nfs-common'],
  'nfs-cp': ['libnfs-utils'],
  'ganesha.nfsd': ['nfs-ganesha'],
  '/etc/ganesha/vfs.conf': ['nfs-ganesha-vfs'],
  'dbus-daemon': ['dbus-daemon', 'dbus'],
  netdata: ['netdata-core'],
  msmtp: ['msmtp'],
  ipmitool: ['ipmitool'],
  ipmi_sim: ['openipmi'],
  openssl: ['openssl'],
  curl: ['curl'],
  redfishtool: ['redfishtool'],
  '/usr/lib/python3/dist-packages/sushy': ['python3-sushy'],
  '/usr/lib/netdata/plugins.d/alarm-notify.sh': ['netdata-plugins-bash'],
  '/usr/lib/netdata/plugins.d/python.d.plugin': ['netdata-plugins-python'],
  rpmbuild: ['rpm'],
  createrepo_c: ['createrepo-c', 'createrepo'],
}

const searchPath = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']

/** Why this machine can't run the rig, or undefined when it can. */
export async function obstacle(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'the rig needs Linux'
  if (process.getuid?.() !== 0) return 'the rig needs root'
  const namespaces = ['--mount', '--net', '--uts', '--ipc', '--pid', '--fork']
  const tried = await execa('unshare', [...namespaces, 'true'], { reject: false, timeout: 10_000 })
  if (tried.failed) return `the rig needs namespaces: ${tried.stderr || tried.shortMessage}`
  const missing = await missingCommands()
  if (missing.length === 0 || (await isPresent('apt-get'))) return undefined
  return `the rig needs ${missing.join(', ')}, and installs them by itself only with apt`
}

/**
 * Installs the packages whose commands are missing, without starting anything that they bring.
 * Returns their names; throws with apt's message when it can't.
 */
export async function installPackages(signal: AbortSignal): Promise<string[]> {
  const missing = await missingCommands()
  if (missing.length === 0) return []
  const apt = { cancelSignal: signal, timeout: 600_000, env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' } }
  await execa('apt-get', ['-q', 'update'], apt)
  const candidates = new Set(missing.flatMap((command) => needed[command] ?? []))
  const { stdout } = await execa('apt-cache', ['--generate', 'pkgnames'], apt)
  const known = new Set(stdout.split('\n'))
  const packages = [...candidates].filter((name) => known.has(name))
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Options::=--force-confold', '--no-install-recommends']
  await withoutStarting(() => execa('apt-get', ['-q', '-y', ...options, 'install', ...packages], apt))
  const still = await missingCommands()
  if (still.length > 0) throw new Error(`Still missing after installing ${packages.join(', ')}: ${still.join(', ')}`)
  return packages
}

async function missingCommands(): Promise<string[]> {
  const present = await Promise.all(Object.keys(needed).map(isPresent))
  return Object.keys(needed).filter((_, index) => !present[index])
}

async function isPresent(command: string): Promise<boolean> {
  const paths = command.startsWith('/') ? [command] : searchPath.map((folder) => join(folder, command))
  const mode = command.startsWith('/') ? constants.R_OK : constants.X_OK
  const found = await Promise.allSettled(paths.map((path) => access(path, mode)))
  return found.some(({ status }) => status === 'fulfilled')
}

async function withoutStarting(install: () => Promise<unknown>): Promise<void> {
  const policy = '/usr/sbin/policy-rc.d'
  const ours = await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' }).then(
    () => true,
    () => false,
  )
  try {
    await install()
  } finally {
    if (ours) await rm(policy)
  }
}

import { chmod, cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installInto, pointAtArchive } from './rootfs.ts'

/** Units that a guest of the rig does without; starting each takes an emulated processor a while. */
const masked = [
  ...['e2scrub_reap.service', 'e2scrub_all.timer', 'apt-daily.timer', 'apt-daily-upgrade.timer', 'fstrim.timer'],
  ...['dpkg-db-backup.timer', 'systemd-binfmt.service', 'proc-sys-fs-binfmt_misc.automount', 'systemd-pstore.service'],
  ...['systemd-update-utmp.service', 'systemd-update-utmp-runlevel.service', 'systemd-random-seed.service'],
  ...['systemd-journal-flush.service', 'systemd-sysusers.service', 'kmod-static-nodes.service'],
  ...['systemd-tmpfiles-clean.timer', 'systemd-networkd-wait-online.service', 'getty@tty1.service'],
  ...['dev-hugepages.mount', 'dev-mqueue.mount', 'sys-kernel-debug.mount', 'sys-kernel-tracing.mount'],
  ...['sys-kernel-config.mount', 'sys-fs-fuse-connections.mount', 'modprobe@drm.service', 'modprobe@fuse.service'],
  ...['modprobe@configfs.service', 'modprobe@efi_pstore.service', 'modprobe@dm_mod.service', 'modprobe@loop.service'],
  // One process runs their stages: see cloud-init-stages.
  ...['cloud-init.service', 'cloud-config.service', 'cloud-final.service', 'cloud-init-hotplugd.socket'],
]

const files = fileURLToPath(new URL('debian/', import.meta.url))
const units = 'etc/systemd/system'

/** Makes a cloud image's root file system, one that has not booted yet, of what `buildRootfs` made. */
export async function makeCloudImage(root: string, archive: string): Promise<void> {
  for (const name of await readdir(join(root, 'etc/cloud/cloud.cfg.d')))
    await rm(join(root, 'etc/cloud/cloud.cfg.d', name))
  await cp(files, root, { recursive: true })
  await chmod(join(root, 'usr/local/sbin/cloud-init-stages'), 0o755)
  for (const unit of masked) await link('/dev/null', join(root, units, unit))
  await link('/lib/systemd/system/multi-user.target', join(root, units, 'default.target'))
  await enable(root, 'systemd-networkd.service', 'multi-user.target.wants')
  await enable(root, 'systemd-networkd.socket', 'sockets.target.wants')
  await link('/lib/systemd/system/systemd-networkd.service', join(root, units, 'dbus-org.freedesktop.network1.service'))
  for (const name of ['usr/lib/udev/hwdb.bin', 'usr/lib/udev/hwdb.d'])
    await rm(join(root, name), { recursive: true, force: true })
  await pointAtArchive(root, archive)
  await forgetIdentity(root)
}

/** Adds an engine that starts when its socket is first used, and may pull from the rig's registry. */
export async function addDocker(root: string, signal: AbortSignal): Promise<void> {
  await installInto(root, ['docker.io'], signal)
  for (const unit of ['docker.service', 'containerd.service'])
    await rm(join(root, units, 'multi-user.target.wants', unit), { force: true })
  await mkdir(join(root, 'etc/docker'), { recursive: true })
  await writeFile(join(root, 'etc/docker/daemon.json'), JSON.stringify({ 'insecure-registries': ['10.77.0.0/24'] }))
}

/** Adds an NFS server and what mounts from one. Nothing of it runs before it is asked for. */
export async function addNfs(root: string, signal: AbortSignal): Promise<void> {
  await installInto(root, ['nfs-kernel-server', 'nfs-common'], signal)
  for (const unit of ['nfs-server.service', 'nfs-client.target', 'nfs-blkmap.service', 'rpcbind.service'])
    for (const target of ['multi-user.target.wants', 'remote-fs.target.wants', 'nfs-client.target.wants'])
      await rm(join(root, units, target, unit), { force: true })
}

/** Every guest makes its own keys and machine-id when it first boots. */
async function forgetIdentity(root: string): Promise<void> {
  const ssh = join(root, 'etc/ssh')
  for (const name of await readdir(ssh)) if (name.startsWith('ssh_host_')) await rm(join(ssh, name))
  await writeFile(join(root, 'etc/machine-id'), '')
  await rm(join(root, 'etc/resolv.conf'), { force: true })
  // Name servers come with the lease; without resolved in the image, networkd has nobody to tell them.
  await writeFile(join(root, 'etc/resolv.conf'), 'options timeout:1 attempts:1\n')
}

async function enable(root: string, unit: string, target: string): Promise<void> {
  await link(`/lib/systemd/system/${unit}`, join(root, units, target, unit))
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  await rm(path, { force: true })
  await symlink(target, path)
}

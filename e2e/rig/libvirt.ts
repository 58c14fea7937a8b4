import { appendFile, mkdir, readdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { startDaemon } from './daemon.ts'

export const libvirtUri = 'qemu:///system'

/** Starts libvirtd, with no domain, network or pool defined, and returns once it answers. */
export async function startLibvirt(cgroupParent: string, signal: AbortSignal): Promise<void> {
  // Each guest's private /dev would be made of the machine's; the rig is private enough.
  await appendFile('/etc/libvirt/qemu.conf', '\nnamespaces = []\n')
  await rm('/etc/libvirt/qemu', { recursive: true, force: true })
  await mkdir('/etc/libvirt/qemu/networks/autostart', { recursive: true })
  await startDaemon('virtlogd', ['virtlogd'], {
    ready: async () => (await readdir('/run/libvirt')).includes('virtlogd-sock'),
    signal,
  })
  const [inCgroup, init] = ['in-cgroup.sh', 'libvirt-init.sh'].map((name) =>
    fileURLToPath(new URL(name, import.meta.url)),
  )
  const isolation = ['--cgroup', '--mount', '--propagation', 'private']
  const command = ['bash', inCgroup!, `${cgroupParent}/libvirt`, 'unshare', ...isolation, 'bash', init!]
  await startDaemon('libvirtd', command, {
    ready: async (attempt) => {
      const options = { cancelSignal: attempt, timeout: 5_000 }
      await execa('virsh', ['--connect', libvirtUri, '--quiet', 'list'], options)
      return true
    },
    signal,
  })
}

import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HostEndpoint } from '@lares/transport'
import { execa } from 'execa'
import { exists, keep } from './cache.ts'
import { answersSsh, bootGuest, ensureNetwork, isOff, onGuest, sshGuest, virsh, volumes } from './hypervisor.ts'
import { cacheDir } from './layout.ts'
import { rig } from './rig.ts'
import { until } from './wait.ts'

/** Addresses are fixed, and each guest knows both names. MiB; with 768 there is room for an engine. */
const specs = {
  server: { address: '192.168.150.2', memory: 512 },
  client: { address: '192.168.150.3', memory: 768 },
} as const
type Name = keyof typeof specs

const minutes = 60

/** A Debian guest with the kernel's NFS server and client and an engine, none of which runs at first. */
export interface NfsGuest {
  name: Name
  address: string
  /** For `connectHost`, and for `host.machine` in a lab. Root logs in; so does `ops`, who may use sudo. */
  endpoint: Required<Pick<HostEndpoint, 'address' | 'user' | 'hostKey'>> & { identityFiles: string[] }
  /** Runs a shell command as root, behind the product's back, and returns what it printed. Throws when it fails. */
  run(command: string): Promise<string>
  /** Shuts it down and boots it; resolves when one can log in again. */
  reboot(): Promise<void>
  /** Switches it off from one moment to the next; what was not synced may be lost. */
  powerOff(): Promise<void>
  /** Boots it after `powerOff` or a shutdown; resolves when one can log in. */
  start(): Promise<void>
  /** Stops its processors: whoever waits for it hangs. */
  freeze(): Promise<void>
  /** Lets it go on where it was. */
  thaw(): Promise<void>
}

export interface NfsGuests {
  server: NfsGuest
  client: NfsGuest
  /** Removes both with their disks. */
  remove(): Promise<void>
}

/**
 * An NFS server and client on one network, as fresh as after their first boot. They boot once; whoever asks again, in
 * this rig or the next, gets them back within seconds, without what was done to them. One pair at a time.
 */
export async function nfsGuests(): Promise<NfsGuests> {
  const kept = await keptFolder()
  if (!(await exists(kept))) await bootAndKeep(kept)
  const [server, client] = await Promise.all([takeUp('server', kept), takeUp('client', kept)])
  const remove = async () => {
    await Promise.all([removeGuest('server'), removeGuest('client')])
  }
  return { server, client, remove }
}

/** Both, booted and idle: their memory, disks and definitions, for one version of image, emulator and what made them. */
async function keptFolder(): Promise<string> {
  const { stdout } = await execa('qemu-system-x86_64', ['--version'], { timeout: 10_000 })
  const sources = ['nfs-guests.ts', 'hypervisor.ts'].map((name) => readFile(new URL(name, import.meta.url), 'utf8'))
  const ingredients = [rig().libvirt.images.docker.sha256, stdout, ...(await Promise.all(sources))]
  return await cacheDir('nfs-guests', ingredients.join('\0'), rig().cache)
}

async function bootAndKeep(kept: string): Promise<void> {
  const fresh = await mkdtemp(`${kept}.`)
  const userData = await cloudConfig()
  await Promise.all(
    (['server', 'client'] as const).map(async (name) => {
      await removeGuest(name)
      const { address } = specs[name]
      await bootGuest(name, { ...specs[name], image: rig().libvirt.images.docker, userData })
      const settle = 'cloud-init status --wait && systemctl is-system-running --wait'
      // It has done its work, and looking whether there is more takes most of a boot.
      await sshGuest(address, 'root', `${settle} && touch /etc/cloud/cloud-init.disabled && sync`)
      await onGuest(name, 'true')
      await writeFile(join(fresh, `${name}.xml`), await virsh('dumpxml', name, '--inactive'))
      await virsh('save', name, join(fresh, `${name}.memory`))
      for (const part of parts(name)) await copyFile(join(volumes, part), join(fresh, part))
    }),
  )
  await keep(fresh, kept)
}

async function takeUp(name: Name, kept: string): Promise<NfsGuest> {
  await removeGuest(name)
  await ensureNetwork()
  for (const part of parts(name)) await copyFile(join(kept, part), join(volumes, part))
  await virsh('define', join(kept, `${name}.xml`))
  await virsh('restore', join(kept, `${name}.memory`))
  await admitRig(name)
  const guest = await describe(name)
  await syncClock(guest)
  // Its file system has no journal: who is switched off before this is written does not let the rig in again.
  await guest.run('sync')
  return guest
}

/** Every rig has a key of its own. */
async function admitRig(name: Name): Promise<void> {
  await onGuest(name, 'true')
  for (const user of ['root', 'ops']) await virsh('set-user-sshkeys', name, user, publicKey(), '--reset')
}

async function describe(name: Name): Promise<NfsGuest> {
  const { address } = specs[name]
  const { stdout } = await execa('ssh-keyscan', ['-T', '60', '-t', 'ed25519', address], { timeout: 90_000 })
  const hostKey = stdout.trim().split(' ').slice(1).join(' ')
  const run = async (command: string) => String((await sshGuest(address, 'root', command)).stdout)
  const bootId = () => run('cat /proc/sys/kernel/random/boot_id')
  const start = async () => {
    await virsh('start', name)
    await comesUp(name, async () => (await bootId()) !== '')
  }
  const guest: NfsGuest = {
    ...{ name, address, run, start },
    endpoint: { address, user: 'root', hostKey, identityFiles: [identityFile()] },
    reboot: async () => {
      const before = await bootId()
      await virsh('reboot', name, '--mode', 'acpi')
      await comesUp(name, async () => (await bootId()) !== before)
    },
    powerOff: async () => {
      await virsh('destroy', name)
      await isOff(name)
    },
    freeze: async () => {
      await virsh('suspend', name)
    },
    thaw: async () => {
      await virsh('resume', name)
      await syncClock(guest)
    },
  }
  return guest
}

async function comesUp(name: Name, isUp: () => Promise<boolean>): Promise<void> {
  const { address } = specs[name]
  const seconds = 10 * minutes
  const probe = async () => {
    await answersSsh(name, address, seconds)
    return await isUp()
  }
  await until(name, probe, { seconds, signal: AbortSignal.timeout(seconds * 1000) })
}

/** A clock stands still while its guest does. */
async function syncClock({ run }: NfsGuest): Promise<void> {
  await run(`date --set @${Math.round(Date.now() / 1000)}`)
}

async function cloudConfig(): Promise<string> {
  const key = (await readFile(publicKey(), 'utf8')).trim()
  const keys = { ssh_authorized_keys: [key] }
  const ops = { name: 'ops', sudo: 'ALL=(ALL) NOPASSWD:ALL', shell: '/bin/bash', ...keys }
  const names = Object.entries(specs).map(([name, { address }]) => `${address} ${name}\n`)
  const hosts = { path: '/etc/hosts', content: `127.0.0.1 localhost\n::1 localhost\n${names.join('')}` }
  const config = { users: [{ name: 'root', ...keys }, ops], manage_etc_hosts: false, write_files: [hosts] }
  return `#cloud-config\n${JSON.stringify(config, null, 2)}\n`
}

async function removeGuest(name: Name): Promise<void> {
  await virsh('destroy', name).catch(() => {})
  await virsh('undefine', name, '--managed-save', '--snapshots-metadata').catch(() => {})
  for (const part of parts(name)) await rm(join(volumes, part), { force: true })
}

const identityFile = () => join(rig().home, '.ssh/id_ed25519')
const publicKey = () => `${identityFile()}.pub`
const parts = (name: Name) => [`${name}.qcow2`, `${name}.iso`]

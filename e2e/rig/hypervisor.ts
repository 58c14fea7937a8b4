import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { execa, type Result } from 'execa'
import { greets } from './hosts.ts'
import { libvirtUri } from './libvirt.ts'
import { type RigGuestImage, rig } from './rig.ts'
import { until } from './wait.ts'

/** Where guests' disks are, of those that are made by hand. */
export const volumes = '/var/lib/libvirt/images'
const network = 'rig'
const gateway = '192.168.150.1'
const networkXml = `<network>
  <name>${network}</name>
  <forward mode='nat'/>
  <bridge name='virbr-rig' stp='off' delay='0'/>
  <mac address='52:54:00:00:96:01'/>
  <ip address='${gateway}' netmask='255.255.255.0'>
    <dhcp><range start='192.168.150.10' end='192.168.150.250'/></dhcp>
  </ip>
</network>`

/** Runs virsh on the rig's hypervisor and returns what it printed. Throws with what it said when it fails. */
export async function virsh(...args: string[]): Promise<string> {
  const options = { timeout: 120_000, env: { LC_ALL: 'C' } } as const
  const { stdout } = await execa('virsh', ['--connect', libvirtUri, '--quiet', ...args], options)
  return stdout.trim()
}

/** What a guest that a test makes by hand is made of. */
export interface GuestSpec {
  image: RigGuestImage
  /** MiB; 192 for the tiny guest is enough, 512 for Debian. */
  memory: number
  vcpus?: number
  /** cloud-init's user data. `ops` with the rig's key when it is left out. */
  userData?: string
  /** Size of the root disk; the image's when it is left out. */
  size?: string
  /** A fixed address of Debian, 192.168.150.2 to .9; one from a lease when it is left out. */
  address?: string
}

/**
 * Makes and starts a guest behind the product's back, on a NAT network that is made when it is missing, and returns its
 * address once it has one and sshd answers. Throws after `seconds`, with the end of its console.
 */
export async function bootGuest(name: string, spec: GuestSpec, seconds = 600): Promise<string> {
  await ensureNetwork()
  const [disk, seed] = [join(volumes, `${name}.qcow2`), join(volumes, `${name}.iso`)] as const
  const overlay = ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', spec.image.path, disk]
  await execa('qemu-img', spec.size === undefined ? overlay : [...overlay, spec.size], { timeout: 10_000 })
  await writeSeed(name, seed, spec.userData ?? (await defaultUserData()), spec.address)
  const file = join(rig().home, `${name}.xml`)
  await writeFile(file, domainXml(name, spec, disk, seed))
  await virsh('define', file)
  await virsh('start', name)
  const address = spec.address ?? (await leaseOf(name, seconds))
  await answersSsh(name, address, seconds)
  return address
}

/** Resolves when a guest's sshd answers. Throws after `seconds`, with the end of its console. */
export async function answersSsh(name: string, address: string, seconds = 600): Promise<void> {
  const signal = AbortSignal.timeout(seconds * 1000)
  const come = until(`sshd of ${name}`, (attempt) => greets(address, attempt), { seconds, signal })
  await come.catch(async (cause) => {
    throw new Error(`${name} does not answer. Its console ends:\n${await consoleEnd(name)}`, { cause })
  })
}

/** The guest's address, once it has a lease. Throws after `seconds`, with the end of its console. */
export async function leaseOf(name: string, seconds = 600): Promise<string> {
  const address = await eventually(seconds, async () => {
    const found = / ipv4 +([\d.]+)\//.exec(await virsh('domifaddr', name, '--source', 'lease'))?.[1]
    return found
  })
  if (address !== undefined) return address
  throw new Error(`${name} got no lease within ${seconds} s. Its console ends:\n${await consoleEnd(name)}`)
}

async function consoleEnd(name: string): Promise<string> {
  const log = `/var/log/libvirt/${name}.log`
  return (await execa('tail', ['-c', '2000', log], { reject: false, timeout: 5_000 })).stdout
}

/** Runs a command as root in a guest through its agent: no network, user or key needs to work. */
export async function onGuest(
  name: string,
  command: string,
  ...args: string[]
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const started = await eventually(120, () =>
    agent(name, 'guest-exec', { path: command, arg: args, 'capture-output': true }).catch((error: Error) => {
      // It comes up after sshd, and has been told nothing yet.
      if (!/agent is not connected/.test(error.message)) throw error
      return undefined
    }),
  )
  if (!started) throw new Error(`The agent of ${name} did not come within 120 s`)
  const ended = await eventually(120, async () => {
    const status = await agent(name, 'guest-exec-status', { pid: started.pid })
    return status.exited === true ? status : undefined
  })
  if (ended === undefined) throw new Error(`${command} did not end in ${name} within 120 s`)
  const text = (data: unknown) => (typeof data === 'string' ? Buffer.from(data, 'base64').toString().trimEnd() : '')
  return { exitCode: Number(ended.exitcode), stdout: text(ended['out-data']), stderr: text(ended['err-data']) }
}

/** Resolves when the guest is off. Throws after `seconds`. */
export async function isOff(name: string, seconds = 120): Promise<void> {
  const off = await eventually(seconds, async () => ((await virsh('domstate', name)) === 'shut off' ? true : undefined))
  if (off === undefined) throw new Error(`${name} is still ${await virsh('domstate', name)} after ${seconds} s`)
}

/** Logs in to a guest with the rig's key, whoever it says it is. */
export async function sshGuest(address: string, user: string, command: string): Promise<Result> {
  const unchecked = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'ConnectTimeout=5']
  // A guest that is switched off in the meantime says nothing.
  const alive = ['ServerAliveInterval=10', 'ServerAliveCountMax=3']
  const settings = [...unchecked, ...alive, 'BatchMode=yes'].flatMap((setting) => ['-o', setting])
  const identity = join(rig().home, '.ssh/id_ed25519')
  return await execa('ssh', ['-i', identity, ...settings, `${user}@${address}`, command], { timeout: 600_000 })
}

/** Removes every domain with its snapshots and state, every pool, network and volume: what tests may have left. */
export async function emptyHypervisor(): Promise<void> {
  const names = async (...list: string[]) =>
    (await virsh(...list, '--all', '--name')).split('\n').flatMap((name) => name.trim() || [])
  const attempt = (...args: string[]) => virsh(...args).catch(() => '')
  for (const name of await names('list')) {
    await attempt('destroy', name)
    const everything = ['--managed-save', '--snapshots-metadata', '--checkpoints-metadata', '--nvram', '--tpm']
    await virsh('undefine', name, ...everything)
  }
  for (const kind of ['net', 'pool'] as const) {
    for (const name of await names(`${kind}-list`)) {
      await attempt(`${kind}-destroy`, name)
      await virsh(`${kind}-undefine`, name)
    }
  }
  await rm(volumes, { recursive: true, force: true })
  await mkdir(volumes, { mode: 0o711 })
}

let networkComing: Promise<void> | undefined

/** Makes the NAT network of guests that are made by hand, unless it is there. */
export async function ensureNetwork(): Promise<void> {
  // Guests may be booted at once.
  networkComing ??= makeNetwork().finally(() => {
    networkComing = undefined
  })
  await networkComing
}

async function makeNetwork(): Promise<void> {
  if ((await virsh('net-list', '--all', '--name')).split('\n').some((name) => name.trim() === network)) return
  const file = join(rig().home, 'network.xml')
  await writeFile(file, networkXml)
  await virsh('net-define', file)
  await virsh('net-start', network)
}

async function defaultUserData(): Promise<string> {
  const { stdout } = await execa('ssh-keygen', ['-y', '-f', join(rig().home, '.ssh/id_ed25519')], { timeout: 5_000 })
  const user = { name: 'ops', sudo: 'ALL=(ALL) NOPASSWD:ALL', shell: '/bin/bash', ssh_authorized_keys: [stdout.trim()] }
  return `#cloud-config\n${JSON.stringify({ users: [user] }, null, 2)}\n`
}

async function writeSeed(name: string, file: string, userData: string, address?: string): Promise<void> {
  const folder = join(rig().home, `${name}.seed`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'user-data'), userData)
  await writeFile(join(folder, 'meta-data'), `instance-id: ${name}\nlocal-hostname: ${name}\n`)
  const eth0 = { addresses: [`${address}/24`], gateway4: gateway }
  const networkConfig = JSON.stringify({ version: 2, ethernets: { eth0 } })
  if (address !== undefined) await writeFile(join(folder, 'network-config'), networkConfig)
  const parts = ['user-data', 'meta-data', ...(address === undefined ? [] : ['network-config'])]
  const files = parts.map((part) => join(folder, part))
  const iso = ['-quiet', '-output', file, '-volid', 'cidata', '-joliet', '-rational-rock', ...files]
  await execa('genisoimage', iso, { timeout: 10_000 })
}

/** A processor of few features and a small cache of translated code are quickest to emulate. */
function domainXml(name: string, { memory, vcpus = 2 }: GuestSpec, disk: string, seed: string): string {
  return `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>${memory}</memory>
  <vcpu>${vcpus}</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/><apic/><tcg><tb-cache unit='MiB'>64</tb-cache></tcg></features>
  <cpu mode='custom' match='exact' check='none'><model fallback='forbid'>qemu64</model></cpu>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='unsafe' discard='unmap'/><source file='${disk}'/><target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='${seed}'/><target dev='vdb' bus='virtio'/><readonly/>
    </disk>
    <interface type='network'><source network='${network}'/><model type='virtio'/></interface>
    <serial type='file'><source path='/var/log/libvirt/${name}.log'/></serial>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
</domain>`
}

async function agent(name: string, execute: string, args: object): Promise<Record<string, unknown>> {
  const answer = await virsh('qemu-agent-command', name, JSON.stringify({ execute, arguments: args }))
  return (JSON.parse(answer) as { return: Record<string, unknown> }).return
}

async function eventually<T>(seconds: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const deadline = performance.now() + seconds * 1000
  while (performance.now() < deadline) {
    const found = await look()
    if (found !== undefined) return found
    await delay(200)
  }
  return undefined
}

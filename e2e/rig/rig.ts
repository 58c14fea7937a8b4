import { readFileSync } from 'node:fs'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { execa, type Result } from 'execa'
import { onlyChild } from './daemon.ts'
import type { images } from './images.ts'
import { webUrl } from './layout.ts'

const limits = { timeout: 30_000 }

/** A Docker engine; the path is the one on the machine that it runs on. */
export interface RigEngine {
  socketPath: string
}

/** A machine of the rig: its own network, name, users, files and processes. It forgets everything when it ends. */
export interface RigHost {
  name: string
  address: string
  port: number
  /** Who to log in as. Every host also has `root`, `ops` (docker group, sudo) and `visitor` (neither), with the same key. */
  user: string
  identityFile: string
  knownHosts: string
  docker: RigEngine | null
  machineId: string
  /** The first process of the host, as the rig numbers it; that of a host with systemd is another one after a reboot. */
  pid: number
  /** The host's file system, seen from the rig, for as long as the first process lives. */
  root: string
  /** The rig's end of the host's cable, or null where the host is on the rig's own network. */
  wire: string | null
  /** What keeps a host with systemd running, as the rig numbers it. */
  supervisor: number | null
}

/** The hypervisor, which runs its guests in software. Nothing is defined in it at first. */
export interface RigLibvirt {
  uri: string
  images: {
    /** Debian 12 with cloud-init, sshd, guest agent, systemd-networkd and Python. */
    debian: RigGuestImage
    /** The same with an engine, which starts when it is first used, and the kernel's NFS server and client, off. */
    docker: RigGuestImage
    /** busybox, dropbear and the guest agent; of the seed it takes name and keys, and every user is root. */
    tiny: RigGuestImage
  }
}

/** A qcow2 disk image that boots by BIOS and reads a NoCloud seed. */
export interface RigGuestImage {
  /** Readable by guests; never write to it. */
  path: string
  url: string
  /** Hexadecimal. */
  sha256: string
}

/** What is up, as `enter.ts` describes it to the command that it runs. */
export interface Rig {
  docker: RigEngine
  registry: { address: string }
  privateRegistry: { address: string; username: string; password: string }
  hosts: RigHost[]
  /** A home folder whose `.ssh` knows every host: give it to what reads `~/.ssh/config`. */
  home: string
  sshConfig: string
  images: typeof images
  libvirt: RigLibvirt
  /** Below it, in every hierarchy, is the place for cgroups of what else is started: they are removed with the rig. */
  cgroup: string
  /** Where what is slow to make is kept for the next rig. */
  cache: string
}

/** The rig that this process runs in. Throws, saying how to enter one, when there is none. */
export function rig(): Rig {
  const file = process.env.LARES_RIG
  if (file === undefined) throw new Error('Not inside the rig; run this with: node e2e/rig/enter.ts -- <command>')
  return JSON.parse(readFileSync(file, 'utf8')) as Rig
}

/** One host by name. Throws when the rig has no such host. */
export function rigHost(name: string): RigHost {
  const found = rig().hosts.find((host) => host.name === name)
  if (!found) throw new Error(`The rig has no host ${name}`)
  return found
}

/** Unplugs a host: what is open hangs, what is new finds nobody. */
export async function cutOff(host: RigHost): Promise<void> {
  if (host.wire === null) await execa('iptables', ['-I', ...dropped(host)], limits)
  else await execa('ip', ['link', 'set', host.wire, 'down'], limits)
}

/** Plugs a host in again. */
export async function restore(host: RigHost): Promise<void> {
  if (host.wire === null) await execa('iptables', ['-D', ...dropped(host)], { ...limits, reject: false })
  else await execa('ip', ['link', 'set', host.wire, 'up'], limits)
}

const dropped = ({ address }: RigHost) => ['INPUT', '--destination', address, '--jump', 'DROP']

/** Runs a command as root on a host without SSH, for what a test arranges or checks behind the product's back. */
export async function onHost(host: RigHost, command: string, ...args: string[]): Promise<Result> {
  const pid = host.supervisor === null ? host.pid : await onlyChild(await onlyChild(host.supervisor))
  return await execa('nsenter', ['--target', String(pid), '--all', '--wd=/', command, ...args], limits)
}

/** Freezes an engine: it accepts connections and answers nothing. Give the host, or nothing for the rig's own engine. */
export async function pauseEngine(host?: RigHost): Promise<void> {
  const pid = await enginePid(host)
  process.kill(pid, 'SIGSTOP')
  // The signal is only sent: a thread that runs at that moment may still answer.
  const stopped = async (thread: string) => {
    const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => ') T')
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')
  }
  while (!(await Promise.all((await readdir(`/proc/${pid}/task`)).map(stopped))).every(Boolean)) await delay(5)
}

/** Thaws an engine. */
export async function resumeEngine(host?: RigHost): Promise<void> {
  process.kill(await enginePid(host), 'SIGCONT')
}

/** The engine's process, as the rig numbers it. Throws when it does not run. */
export async function enginePid(host?: RigHost): Promise<number> {
  const namespace = await readlink(`/proc/${host?.pid ?? process.pid}/ns/pid`)
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
    if (name === 'dockerd\n' && (await readlink(`/proc/${pid}/ns/pid`)) === namespace) return Number(pid)
  }
  throw new Error(`No engine runs on ${host?.name ?? 'the rig'}`)
}

/**
 * What the rig's web server does wrong on request: `cut-off` ends half-way, `unavailable` answers 503, both only the first
 * time that an address is asked for; `wrong` changes a byte in the middle, `slow` sends 640 KiB/s, `no-range` always sends
 * everything.
 */
export type Misbehaviour = 'cut-off' | 'wrong' | 'slow' | 'no-range' | 'unavailable'

/** The address of the same file with a misbehaviour. A new token is a new address: what it does the first time, it does again. */
export function misbehaving(url: string, how: Misbehaviour, token: string): string {
  return url.replace(webUrl, `${webUrl}/${how}/${token}`)
}

/** What was asked at the addresses with a token, in order: the range that was wanted, and the bytes that were sent. */
export async function asked(
  token: string,
): Promise<{ path: string; range: string | null; status: number; sent: number }[]> {
  const response = await fetch(`${webUrl}/asked/${token}`, { signal: AbortSignal.timeout(10_000) })
  return (await response.json()) as Awaited<ReturnType<typeof asked>>
}

import { readFileSync } from 'node:fs'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { execa, type Result } from 'execa'
import type { images } from './images.ts'
import { wire } from './layout.ts'

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
  /** The first process of the host, as the rig numbers it. */
  pid: number
  /** The host's file system, seen from the rig. */
  root: string
}

/** The hypervisor, which runs its guests in software. Nothing is defined in it at first. */
export interface RigLibvirt {
  uri: string
  images: Record<'debian' | 'tiny', RigGuestImage>
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
  await execa('ip', ['link', 'set', wire(host.name), 'down'], limits)
}

/** Plugs a host in again. */
export async function restore(host: RigHost): Promise<void> {
  await execa('ip', ['link', 'set', wire(host.name), 'up'], limits)
}

/** Runs a command as root on a host without SSH, for what a test arranges or checks behind the product's back. */
export async function onHost(host: RigHost, command: string, ...args: string[]): Promise<Result> {
  return await execa('nsenter', ['--target', String(host.pid), '--all', '--wd=/', command, ...args], limits)
}

/** Freezes an engine: it accepts connections and answers nothing. Give the host, or nothing for the rig's own engine. */
export async function pauseEngine(host?: RigHost): Promise<void> {
  process.kill(await enginePid(host), 'SIGSTOP')
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

import { type Host, HostError } from '@lares/transport'
import { type FstabEntry, formatFstab, parseFstab, withMount, withoutMount } from './formats/fstab.ts'
import { type MountInfo, parseMountInfo } from './formats/mount-info.ts'

/** What a host mounts, and what it is told to mount when it starts. */
export interface MountsState {
  /** All lines of /etc/fstab that name a mount, of any kind. */
  saved: readonly FstabEntry[]
  /** What is mounted now, of any kind; of several at one target the last one is seen. */
  live: readonly MountInfo[]
  /** What runs the units that fstab's lines become. */
  systemd: boolean
}

/** Nothing here looks at a mount itself: where its server is dead, that would not come back. */
const READ = `
printf '=%s\\n' "$(base64 < /etc/fstab 2> /dev/null | tr -d '\\n')"
printf '=%s\\n' "$(base64 < /proc/self/mountinfo | tr -d '\\n')"
[ -d /run/systemd/system ] && echo systemd
`

/** Reads it in one round trip, together with what else is asked of the host at the time. Rejects with a HostError. */
export async function readMounts(host: Host, signal?: AbortSignal): Promise<MountsState> {
  const { stdout, stderr } = await host.ask(READ, { timeout: 30_000, signal })
  const [fstab, mounts, init] = stdout.split('\n')
  if (!mounts?.startsWith('='))
    throw new HostError('command_failed', `${host.description} answered unexpectedly`, { detail: stderr })
  return {
    saved: parseFstab(decode(fstab!)).lines.flatMap((line) => (line.kind === 'entry' ? [line.entry] : [])),
    live: parseMountInfo(decode(mounts)),
    systemd: init === 'systemd',
  }
}

const decode = (line: string): string => Buffer.from(line.slice(1), 'base64').toString()

/** True for mounts over NFS of any version. */
export const isNfs = ({ type }: { type: string }): boolean => type === 'nfs' || type === 'nfs4'

/** NFS mounts of a host, whoever made them. */
export async function listMounts(host: Host, signal?: AbortSignal): Promise<readonly MountInfo[]> {
  return (await readMounts(host, signal)).live.filter(isNfs)
}

/** Puts lines into /etc/fstab and takes others out, in one write; all else stays as it is, byte for byte. */
export async function saveMounts(
  host: Host,
  { set, unset }: { set: readonly FstabEntry[]; unset: readonly string[] },
  signal?: AbortSignal,
): Promise<void> {
  const before = await host.readFile('/etc/fstab', { signal }).then(
    (bytes) => Buffer.from(bytes).toString(),
    (error: unknown) => {
      if ((error as { code?: unknown }).code === 'not_found') return ''
      throw error
    },
  )
  let file = parseFstab(before)
  for (const target of unset) file = withoutMount(file, target)
  for (const entry of set) file = withMount(file, entry)
  const after = formatFstab(file)
  if (after !== before) await host.writeFile('/etc/fstab', after, { signal })
}

/** `$1` target, `$2` whether it is mounted when it is first used. Finds the line of fstab by the target. */
const MOUNT = `set -eu
PATH=$PATH:/usr/sbin:/sbin
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  unit=$(systemd-escape -p -- "$1")
  if [ -n "$2" ]; then systemctl -q start "$unit.automount"; else timeout 60 systemctl -q start "$unit.mount"; fi
else timeout 60 mount -- "$1"
fi
`

/** Mounts what /etc/fstab says of a target. Rejects with a HostError. */
export async function mountTarget(host: Host, target: string, automount: boolean, signal?: AbortSignal): Promise<void> {
  await host.script(MOUNT, { args: [target, automount ? '1' : ''], signal, timeout: 120_000 })
}

/** `$1` target, `$2` the same as the kernel writes it, `$3` whether it is forced. */
const UNMOUNT = `set -eu
PATH=$PATH:/usr/sbin:/sbin
if [ -d /run/systemd/system ]; then
  unit=$(systemd-escape -p -- "$1")
  if systemctl -q is-active "$unit.automount"; then systemctl -q stop "$unit.automount"; fi
fi
mounted() { T=$1 awk '$5 == ENVIRON["T"] { found = 1 } END { exit !found }' /proc/self/mountinfo; }
while mounted "$2"; do
  if [ -n "$3" ]; then timeout 20 umount -f -l -- "$1"; else timeout 20 umount -- "$1"; fi
done
`

/** Takes away what is mounted at a target. Rejects with a HostError; `command_failed` where it is in use or its server does not answer. */
export async function unmountTarget(host: Host, target: string, force: boolean, signal?: AbortSignal): Promise<void> {
  const escaped = target.replaceAll(/[ \t\n\\]/g, (each) => `\\${each.charCodeAt(0).toString(8).padStart(3, '0')}`)
  await host.script(UNMOUNT, { args: [target, escaped, force ? '1' : ''], signal, timeout: 120_000 })
}

/** Who has something open below `$1`: read from what the kernel says of processes, which asks no server. */
const USERS = `
for process in /proc/[0-9]*; do
  for link in "$process"/cwd "$process"/root "$process"/fd/*; do
    at=$(readlink -- "$link" 2> /dev/null) || continue
    case $at in "$1" | "$1"/*) printf '%s %s\\n' "\${process#/proc/}" "$(tr '\\0' ' ' < "$process/cmdline" 2> /dev/null)"; break;; esac
  done
done
`

/** Processes that use a target, each as number and command. */
export async function usersOf(host: Host, target: string, signal?: AbortSignal): Promise<string[]> {
  const { stdout } = await host.ask(USERS, { args: [target], signal, timeout: 30_000 })
  return stdout.split('\n').filter((line) => line !== '')
}

/** `$1` target, `$2` seconds. */
const LOOK = `timeout "$2" ls -A -- "$1" > /dev/null`

/** Resolves when a target can be listed, which mounts one that is mounted when it is first used. Rejects with a HostError. */
export async function lookInto(host: Host, target: string, signal?: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await host.script(LOOK, { args: [target, '30'], signal, reject: false })
  if (exitCode === 0) return
  const silent = exitCode === 124
  throw new HostError('io_failed', `${target} on ${host.description} can't be listed`, {
    detail: silent ? 'no answer within 30 s: is the server up, and is port 2049 open?' : stderr.trim(),
    retryable: true,
  })
}

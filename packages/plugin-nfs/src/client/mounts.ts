import { editFile, type Host, HostError } from '@lares/transport'
import { type FstabEntry, formatFstab, parseFstab, withMount, withoutMount } from './formats/fstab.ts'
import { type MountInfo, parseMountInfo } from './formats/mount-info.ts'
import { encodeOctal } from './formats/octal.ts'

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
    saved: parseFstab(decode(fstab!)).lines.flatMap((line) =>
      line.kind === 'entry' ? [{ ...line.entry, target: line.entry.target.replace(/(.)\/+$/, '$1') }] : [],
    ),
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

/**
 * Puts lines into /etc/fstab and takes others out, in one write; all else stays as it is, byte for byte. Where somebody else
 * wrote it meanwhile, it is read again. Rejects with a HostError.
 */
export const saveMounts = (
  host: Host,
  { set, unset }: { set: readonly FstabEntry[]; unset: readonly string[] },
  signal?: AbortSignal,
): Promise<void> =>
  editFile(
    host,
    '/etc/fstab',
    (text) => {
      let file = parseFstab(text)
      for (const target of unset) file = withoutMount(file, target)
      for (const entry of set) file = withMount(file, entry)
      return formatFstab(file)
    },
    { signal },
  )

/** How long a server may be silent. */
const SECONDS = 30
/** What timeout(1) answers with. */
const SILENT = 124

const reason = (exitCode: number, stderr: string): string =>
  exitCode === SILENT
    ? [stderr.trim(), 'no answer: is the server up, does its name resolve, and is port 2049 open?'].join('\n').trim()
    : stderr.trim()

/** What the mount of a target last said, which systemd keeps to itself. */
const WHY = `
why() {
  [ -d /run/systemd/system ] || return 0
  run=$(systemctl show -p InvocationID --value -- "$(systemd-escape -p --suffix=mount -- "$1")")
  [ -z "$run" ] || journalctl -q -o cat "_SYSTEMD_INVOCATION_ID=$run" >&2
}
`

/** `$1` target, `$2` whether it is mounted when it is first used, `$3` seconds. Finds the line of fstab by the target. */
const MOUNT = `set -eu
PATH=$PATH:/usr/sbin:/sbin
${WHY}
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  unit=$(systemd-escape -p -- "$1")
  if [ -n "$2" ]; then systemctl -q start "$unit.automount"
  else timeout "$3" systemctl -q start "$unit.mount" || { code=$?; why "$1" || :; exit "$code"; }
  fi
else timeout "$3" mount -- "$1"
fi
`

/** Mounts what /etc/fstab says of a target. Rejects with a HostError. */
export async function mountTarget(host: Host, target: string, automount: boolean, signal?: AbortSignal): Promise<void> {
  const args = [target, automount ? '1' : '', String(2 * SECONDS)]
  const { exitCode, stderr } = await host.script(MOUNT, { args, signal, timeout: 120_000, reject: false })
  if (exitCode === 0) return
  throw new HostError('io_failed', `${target} on ${host.description} can't be mounted`, {
    detail: reason(exitCode, stderr),
  })
}

/** `$1` target, `$2` the same as the kernel writes it, `$3` whether it is forced. */
const UNMOUNT = `set -eu
PATH=$PATH:/usr/sbin:/sbin
if [ -d /run/systemd/system ]; then
  unit=$(systemd-escape -p -- "$1")
  if systemctl -q is-active "$unit.automount"; then systemctl -q stop "$unit.automount"; fi
  # One that waits for a server that is away tries on for minutes.
  if [ "$(systemctl is-active "$unit.mount")" = activating ]; then systemctl -q stop "$unit.mount"; fi
fi
mounted() { T=$1 awk '$5 == ENVIRON["T"] { found = 1 } END { exit !found }' /proc/self/mountinfo; }
while mounted "$2"; do
  if [ -n "$3" ]; then timeout 20 umount -f -l -- "$1"; else timeout 20 umount -- "$1"; fi
done
`

/** A path in /proc/self/mountinfo. */
const asKernel = (path: string): string => encodeOctal(path, /[ \t\n\\]/g)

/** Takes away what is mounted at a target. Rejects with a HostError; `command_failed` where it is in use or its server does not answer. */
export async function unmountTarget(host: Host, target: string, force: boolean, signal?: AbortSignal): Promise<void> {
  await host.script(UNMOUNT, { args: [target, asKernel(target), force ? '1' : ''], signal, timeout: 120_000 })
}

/**
 * `$1` target, `$2` the same as the kernel writes it. Who has something open or mapped there, in the namespace of the host;
 * and who has the same mount in a namespace of its own, as a container has what was bound into it. There it would stay,
 * unless it is at the same place as a copy that goes when that of the host goes. Read from what the kernel says, which
 * asks no server.
 */
const USERS = `
export T="$1" E="$2"
own=$(readlink /proc/self/ns/mnt)
{
  {
    ls -l /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/fd 2> /dev/null | awk '
      /^\\/proc\\/[0-9]+\\/fd:$/ { split($0, part, "/"); process = part[3]; next }
      { at = index($0, " -> "); path = substr($0, at + 4) }
      at && (path == ENVIRON["T"] || index(path, ENVIRON["T"] "/") == 1) {
        if (match($0, / \\/proc\\/[0-9]+\\/(cwd|root) -> /)) { split(substr($0, RSTART), part, "/"); print part[3] }
        else print process
      }'
    timeout 5 grep -sFl " $1/" /proc/[0-9]*/maps | cut -d / -f 3
  } | sort -un | while read -r process; do
    [ "$(readlink "/proc/$process/ns/mnt" 2> /dev/null)" != "$own" ] || echo "$process"
  done
  same=$(awk '$5 == ENVIRON["E"] && !/ - autofs / { print $3 " " $4 }' /proc/self/mountinfo | tail -n 1)
  [ -z "$same" ] || grep -sH " \${same% *} " /proc/[0-9]*/mountinfo |
    R="\${same#* }" awk -v own="$(cut -d ' ' -f 1 /proc/self/mountinfo | tr '\\n' ' ')" '
      BEGIN { split(own, ids, " "); for (each in ids) seen[ids[each]] = 1; root = ENVIRON["R"]; sub("/$", "", root) }
      { split($1, part, ":") }
      ($4 == root || index($4, root "/") == 1) && !(/ master:/ && $5 == ENVIRON["E"]) && !seen[part[2]]++ {
        split(part[1], folder, "/"); print folder[3]
      }'
} | sort -un | while read -r process; do
  [ -d "/proc/$process" ] || continue
  printf '%s %s\\n' "$process" "$(timeout 2 tr '\\0' ' ' < "/proc/$process/cmdline" 2> /dev/null)"
done
`

/** Processes that use a target, each as number and command. */
export async function usersOf(host: Host, target: string, signal?: AbortSignal): Promise<string[]> {
  const { stdout } = await host.ask(USERS, { args: [target, asKernel(target)], signal, timeout: 30_000 })
  return stdout.split('\n').filter((line) => line !== '')
}

/**
 * `$1` target, `$2` seconds, `$3` a user or nothing, `$4` read, write or nothing. A file that a killed run has left is taken
 * away by a later one.
 */
const LOOK = `
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
${WHY}
as() { if [ -n "$user" ]; then timeout "$seconds" chroot --userspec="$user" / "$@"; else timeout "$seconds" "$@"; fi; }
seconds=$2 user=$3
as ls -A -- "$1" > /dev/null || { code=$?; why "$1" || :; exit "$code"; }
case $4 in
read)
  file=$(as find "$1" -xdev -maxdepth 3 -type f -print 2> /dev/null | head -n 1)
  [ -z "$file" ] || as head -c 1 -- "$file" > /dev/null;;
write)
  as find "$1" -maxdepth 1 -name '.lares-probe.??????' -mmin +60 -exec rm -f -- {} +
  as sh -c 'set -e
    draft=$(mktemp -- "$1/.lares-probe.XXXXXX")
    trap "rm -f -- \\"\\$draft\\"" EXIT
    env echo lares > "$draft"
    [ "$(cat -- "$draft")" = lares ]' sh "$1";;
esac
`

/** How long the server of a mount may be silent when it is only asked how it is, in seconds. */
const PATIENCE = 8

/** Asks the server of what is mounted at `$1` for how full it is, which no cache answers. */
const ASK = `
LC_ALL=C timeout "$2" stat -f -- "$1" > /dev/null
`

/** What keeps a mount from being of use; undefined where its server answers. Rejects with a HostError. */
export async function askServerOf(host: Host, target: string, signal?: AbortSignal): Promise<string | undefined> {
  const args = [target, String(PATIENCE)]
  const { exitCode, stderr } = await host.script(ASK, { args, signal, reject: false, timeout: 30_000 })
  if (exitCode === 0) return undefined
  if (exitCode === SILENT) return `its server has not answered for ${PATIENCE} s`
  return stderr.trim().split(': ').at(-1) || `stat ended with code ${exitCode}`
}

export interface LookOptions {
  /** Who looks, by name or as `uid:gid`; root when absent. Needs chroot(1) of coreutils. */
  user?: string | undefined
  /** Read a file, too, or write one and read it back. */
  probe?: 'read' | 'write' | undefined
  /**
   * Believe no refusal that the client may only remember, which it does until the directory changes, whatever the server
   * says by now: have the kernel drop its caches, of all file systems, and look again.
   */
  forget?: boolean | undefined
}

/**
 * Resolves when a target can be listed, which mounts one that is mounted when it is first used. Rejects with a HostError,
 * `io_failed`. Root may be nobody to the server, so a refusal of root alone is an answer like any other.
 */
export async function lookInto(
  host: Host,
  target: string,
  { user = '', probe, forget = false }: LookOptions = {},
  signal?: AbortSignal,
): Promise<void> {
  const args = [target, String(SECONDS), user, probe ?? '']
  const { exitCode, stderr } = await host.script(LOOK, { args, signal, reject: false, timeout: 150_000 })
  const isRefused = stderr.includes('Permission denied')
  if (exitCode === 0 || (isRefused && user === '' && probe === undefined)) return
  if (isRefused && forget) {
    await host.script('echo 2 > /proc/sys/vm/drop_caches', { signal, reject: false, timeout: 150_000 })
    return await lookInto(host, target, { user, probe }, signal)
  }
  throw new HostError('io_failed', `${user || 'root'} can't ${probe ?? 'list'} ${target} on ${host.description}`, {
    detail: reason(exitCode, stderr),
    retryable: !isRefused,
  })
}

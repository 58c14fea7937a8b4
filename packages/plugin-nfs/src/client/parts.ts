import { type Host, HostError, isHostError } from '@lares/transport'

/** What of NFS a host needs. */
export type Part = 'server' | 'ganesha' | 'client'

/** A program that comes with the part, and the packages that bring it: those of Debian and Ubuntu, Fedora and its like, Alpine, which has no Ganesha. */
const parts = {
  server: { program: 'exportfs', apt: 'nfs-kernel-server', dnf: 'nfs-utils', apk: 'nfs-utils' },
  ganesha: { program: 'ganesha.nfsd', apt: 'nfs-ganesha-vfs', dnf: 'nfs-ganesha-vfs', apk: '' },
  client: { program: 'mount.nfs', apt: 'nfs-common', dnf: 'nfs-utils', apk: 'nfs-utils' },
} as const

/**
 * `$1` program, `$2` to `$4` the packages. Others may be installing, too: that is waited for. A package that was unpacked
 * when its installation was killed is not there yet. What was learned long ago of a mirror is asked for again.
 */
const INSTALL = `
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
patience=$(($(date +%s) + 300))
run() {
  while said=$("$@" 2>&1 < /dev/null); code=$?; [ $code != 0 ]; do
    case $code,$said in 200,*|*"ould not get lock"*) ;; *) return 1;; esac
    [ "$(date +%s)" -lt $patience ] || return 1
    sleep 1
  done
}
apt() {
  run apt-get -q -y -o Acquire::Retries=1 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \\
    --no-install-recommends "$@"
}
half() { case $(dpkg-query -W -f '\${db:Status-Status}' "$1" 2> /dev/null) in unpacked|half-*) ;; *) return 1;; esac; }
told() { printf '%s\\n' "$said" | grep -E "$1" >&2; }
refuse() { told "$1" || printf '%s\\n' "$said" >&2; exit 1; }

if command -v "$1" > /dev/null && ! half "$2"; then exit 0
elif command -v apt-get > /dev/null; then
  apt install "$2" || {
    case $said in *"dpkg --configure -a"*) run dpkg --force-confdef --force-confold --configure -a;; *) apt update;; esac
    told 'Failed to fetch'
    apt install "$2" || refuse '^(E|W|dpkg)[: ]|Depends'
  }
elif command -v dnf > /dev/null; then
  dnf() { run command dnf -y --setopt=exit_on_lock=True "$@"; }
  dnf install "$3" || dnf --refresh install "$3" || refuse 'rror|Problem'
elif command -v apk > /dev/null && [ -n "$4" ]; then
  run apk add -q --wait 300 "$4" || run apk add -q --wait 300 -U "$4" || refuse .
else echo "there is no $1, and neither apt-get, dnf nor apk to install it with" >&2; exit 1
fi
command -v "$1" > /dev/null || { echo "there is still no $1" >&2; exit 1; }
`

/** Under systemd and OpenRC. A server that runs is left alone; a unit without threads is active to systemd, and starting it does nothing. */
const START = `
serving() { [ "$(cat /proc/fs/nfsd/threads 2> /dev/null || echo 0)" -gt 0 ]; }
units="nfs-server proc-fs-nfsd.mount nfs-mountd rpcbind.socket"
told() {
  [ ! -d /run/systemd/system ] || journalctl -q -b -n 20 -o cat $(printf ' -u %s' $units) >&2
  [ -z "$said" ] || printf '%s\\n' "$said" >&2
  grep -qw nfsd /proc/filesystems || echo "its kernel has no NFS server" >&2
  exit 1
}
serving && exit 0
if [ -d /run/systemd/system ]; then said=$({ systemctl -q enable nfs-server && systemctl -q restart nfs-server; } 2>&1) || told
elif command -v rc-service > /dev/null; then said=$({ rc-update -q add nfs default && rc-service -q nfs start; } 2>&1) || told
else echo "neither systemd nor OpenRC runs there" >&2; exit 1
fi
for second in 1 2 3 4 5 6 7 8 9 10; do serving && exit 0; sleep 1; done
said="it was started, and serves nothing"
told
`

/** Under systemd. One that answers is left alone. */
const START_GANESHA = `set -eu
serving() {
  busctl --system --timeout=5 call org.ganesha.nfsd /org/ganesha/nfsd/ExportMgr org.ganesha.nfsd.exportmgr ShowExports \\
    > /dev/null 2>&1
}
serving && exit 0
if [ -d /run/systemd/system ]; then systemctl -q enable --now nfs-ganesha
else echo "systemd does not run here" >&2; exit 1
fi
for second in $(seq 30); do
  serving && exit 0
  systemctl -q is-active nfs-ganesha || break
  sleep 1
done
echo "it was started and does not answer on D-Bus" >&2
grep -h -e :CRIT -e :FATAL /var/log/ganesha/ganesha.log 2> /dev/null | tail -n 3 >&2
exit 1
`

const LONG = 600_000

/** Installs what the host needs, when it is not there. Rejects with a HostError whose detail is what the package system said. */
export async function installPart(host: Host, part: Part, signal?: AbortSignal): Promise<void> {
  const { program, apt, dnf, apk } = parts[part]
  await attempt(host, `${program} of NFS cannot be installed`, INSTALL, [program, apt, dnf, apk], signal)
}

/** Has the kernel's server started, now and with the host. One that runs is not touched. Rejects with a HostError whose detail is what its units said. */
export async function startServer(host: Host, signal?: AbortSignal): Promise<void> {
  await attempt(host, 'the NFS server does not start', START, [], signal)
}

/** The same for NFS-Ganesha. Rejects with a HostError whose detail is what it said. */
export async function startGanesha(host: Host, signal?: AbortSignal): Promise<void> {
  await attempt(host, 'NFS-Ganesha does not start', START_GANESHA, [], signal)
}

/** What a script says last says why, unless a mirror did not answer. */
async function attempt(host: Host, failure: string, script: string, args: string[], signal?: AbortSignal) {
  try {
    await host.script(script, { args, signal, timeout: LONG })
  } catch (error) {
    if (!isHostError(error, 'command_failed')) throw error
    const { detail, exitCode } = error
    const lines = detail.split('\n')
    const why = lines.find((line) => line.includes('Failed to fetch')) ?? lines.at(-1)
    throw new HostError('command_failed', `${host.description}: ${failure}: ${why}`, { detail, exitCode, cause: error })
  }
}

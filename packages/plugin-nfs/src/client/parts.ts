import type { Host } from '@lares/transport'

/** What of NFS a host needs. */
export type Part = 'server' | 'ganesha' | 'client'

/** A program that comes with the part, and the packages that bring it: those of Debian and Ubuntu, Fedora and its like, Alpine, which has no Ganesha. */
const parts = {
  server: { program: 'exportfs', apt: 'nfs-kernel-server', dnf: 'nfs-utils', apk: 'nfs-utils' },
  ganesha: { program: 'ganesha.nfsd', apt: 'nfs-ganesha-vfs', dnf: 'nfs-ganesha-vfs', apk: '' },
  client: { program: 'mount.nfs', apt: 'nfs-common', dnf: 'nfs-utils', apk: 'nfs-utils' },
} as const

/** `$1` program, `$2` to `$4` the packages. Prints what it installs. */
const INSTALL = `set -eu
PATH=$PATH:/usr/sbin:/sbin
command -v "$1" > /dev/null && exit 0
if command -v apt-get > /dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  lock=-oDPkg::Lock::Timeout=300
  apt-get "$lock" -qq -y --no-install-recommends install "$2" > /dev/null || {
    apt-get "$lock" -qq update > /dev/null
    apt-get "$lock" -qq -y --no-install-recommends install "$2" > /dev/null
  }
elif command -v dnf > /dev/null; then dnf -q -y install "$3" > /dev/null
elif command -v apk > /dev/null && [ -n "$4" ]; then apk add -q "$4" > /dev/null
else echo "there is no $1, and neither apt-get, dnf nor apk to install it with" >&2; exit 1
fi
command -v "$1" > /dev/null || { echo "there is still no $1" >&2; exit 1; }
`

/** Under systemd and OpenRC. A server that runs is left alone. */
const START = `set -eu
serving() { [ "$(cat /proc/fs/nfsd/threads 2> /dev/null || echo 0)" -gt 0 ]; }
serving && exit 0
if [ -d /run/systemd/system ]; then systemctl -q enable --now nfs-server
elif command -v rc-service > /dev/null; then rc-update -q add nfs default; rc-service -q nfs start
else echo "neither systemd nor OpenRC runs here" >&2; exit 1
fi
for second in 1 2 3 4 5 6 7 8 9 10; do serving && exit 0; sleep 1; done
echo "it was started and serves nothing: is there an NFS server in this kernel?" >&2
exit 1
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

/** Installs what the host needs, when it is not there. Rejects with a HostError. */
export async function installPart(host: Host, part: Part, signal?: AbortSignal): Promise<void> {
  const { program, apt, dnf, apk } = parts[part]
  await host.script(INSTALL, { args: [program, apt, dnf, apk], signal, timeout: LONG })
}

/** Has the kernel's server started, now and with the host. One that runs is not touched. Rejects with a HostError. */
export async function startServer(host: Host, signal?: AbortSignal): Promise<void> {
  await host.script(START, { signal, timeout: LONG })
}

/** The same for NFS-Ganesha. Rejects with a HostError. */
export async function startGanesha(host: Host, signal?: AbortSignal): Promise<void> {
  await host.script(START_GANESHA, { signal, timeout: LONG })
}

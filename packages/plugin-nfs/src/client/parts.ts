import { type Host, HostError, installProgram, isHostError, type ProgramPackages } from '@lares/transport'

/** What of NFS a host needs. */
export type Part = 'server' | 'ganesha' | 'client'

/** A program that comes with the part, and the packages that bring it. Alpine has no Ganesha. */
const parts = {
  server: { program: 'exportfs', apt: 'nfs-kernel-server', dnf: 'nfs-utils', apk: 'nfs-utils' },
  ganesha: { program: 'ganesha.nfsd', apt: 'nfs-ganesha-vfs', dnf: 'nfs-ganesha-vfs', apk: undefined },
  client: { program: 'mount.nfs', apt: 'nfs-common', dnf: 'nfs-utils', apk: 'nfs-utils' },
} as const satisfies Record<Part, ProgramPackages>

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
  await installProgram(host, parts[part], signal)
}

/** Has the kernel's server started, now and with the host. One that runs is not touched. Rejects with a HostError whose detail is what its units said. */
export async function startServer(host: Host, signal?: AbortSignal): Promise<void> {
  await attempt(host, 'the NFS server does not start', START, signal)
}

/** The same for NFS-Ganesha. Rejects with a HostError whose detail is what it said. */
export async function startGanesha(host: Host, signal?: AbortSignal): Promise<void> {
  await attempt(host, 'NFS-Ganesha does not start', START_GANESHA, signal)
}

/** What a script says last says why. */
async function attempt(host: Host, failure: string, script: string, signal?: AbortSignal) {
  try {
    await host.script(script, { signal, timeout: LONG })
  } catch (error) {
    if (!isHostError(error, 'command_failed')) throw error
    const { detail, exitCode } = error
    const why = detail.split('\n').at(-1)
    throw new HostError('command_failed', `${host.description}: ${failure}: ${why}`, { detail, exitCode, cause: error })
  }
}

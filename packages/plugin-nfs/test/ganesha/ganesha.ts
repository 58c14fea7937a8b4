import { exporting, shell } from '../exporting.ts'

/** Only what a rig has: one version, no rpcbind, no time to wait for clients that were there before. */
export const config = `# By hand.
NFS_CORE_PARAM { Protocols = 4; Enable_NLM = false; Enable_RQUOTA = false; Enable_UDP = false; }
NFSV4 { Grace_Period = 5; Lease_Lifetime = 5; Graceless = true; RecoveryBackend = fs; }`

const CALL = `
call() {
  method=$1; shift
  busctl --system --json=short call org.ganesha.nfsd /org/ganesha/nfsd/ExportMgr org.ganesha.nfsd.exportmgr "$method" "$@"
}
`

/** Calls Ganesha behind Lares' back: `call ShowExports`, or any shell with that in it. */
export const behind = (script: string, ...args: string[]): Promise<string> => shell(CALL + script, ...args)

type Run = (script: string) => Promise<string>

/** Starts Ganesha, here or where `run` is, and a D-Bus where there is none; resolves when it answers. */
export async function startGanesha(run: Run = shell): Promise<void> {
  await run(`${CALL}
    mkdir -p /run/dbus /run/ganesha /var/lib/nfs/ganesha
    [ -e /run/dbus/system_bus_socket ] || dbus-daemon --system --fork --nopidfile --print-pid > /run/ganesha/dbus.pid
    ganesha.nfsd -p /run/ganesha/pid -L /run/ganesha/log -f /etc/ganesha/ganesha.conf -N NIV_EVENT
    for tenth in $(seq 250); do call ShowExports > /dev/null 2>&1 && exit 0; sleep 0.1; done
    cat /run/ganesha/log >&2; exit 1`)
}

/** Resolves when it has ended. */
export async function stopGanesha(run: Run = shell): Promise<void> {
  await run(`
    pid=$(cat /run/ganesha/pid)
    busctl --system call org.ganesha.nfsd /org/ganesha/nfsd/admin org.ganesha.nfsd.admin shutdown > /dev/null
    for tenth in $(seq 250); do [ -e "/proc/$pid/exe" ] || exit 0; sleep 0.1; done
    exit 1`)
}

/** Ganesha with a configuration of its own, and a directory to export from. */
export async function withGanesha(): Promise<string> {
  const directory = await exporting()
  await shell('rm -f /etc/ganesha/lares-*; printf %s "$1" > /etc/ganesha/ganesha.conf', config)
  await startGanesha()
  return directory
}

/** Ends what was started, D-Bus too. */
export async function withoutGanesha(run: Run = shell): Promise<void> {
  await stopGanesha(run)
  await run(
    'if [ -s /run/ganesha/dbus.pid ]; then kill "$(cat /run/ganesha/dbus.pid)"; rm -f /run/dbus/system_bus_socket; fi',
  )
}

/** Everything that it exports, with all that it tells of it, and the files. */
export const snapshot = (): Promise<string> =>
  behind(`
    for id in $(call ShowExports | grep -o '\\[[0-9]*,"' | tr -cd '0-9\\n' | sort -n); do call DisplayExport q "$id"; done
    for file in /etc/ganesha/ganesha.conf $(ls /etc/ganesha/lares-* 2> /dev/null); do echo "$file"; cat "$file"; done`)

/** An EXPORT block as hands would write it. */
export const block = (
  id: number,
  path: string,
  more = 'CLIENT { Clients = 10.0.0.5; Access_Type = RO; SecType = sys; }',
) =>
  `EXPORT { Export_Id = ${id}; Path = "${path}"; Pseudo = "${path}"; Access_Type = None; FSAL { Name = VFS; } ${more} }\n`

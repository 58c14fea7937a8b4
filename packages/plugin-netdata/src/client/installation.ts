import { type Host, HostError } from '@lares/transport'
import { parseIni } from './formats/ini.ts'
import { webAddress } from './formats/web-address.ts'
import { type AgentVersion, parseVersion } from './version.ts'

/** Where an agent of a host is: one that the host's packages brought, or one in a container. Folders as the host sees them. */
export interface AgentPlace {
  /** Name of the container; absent for the agent of the host's packages. */
  readonly container?: string | undefined
  /** Folder of netdata.conf. */
  readonly config: string
  /** Folder of the identity and the keys. */
  readonly lib: string
  /** Where the host reaches its API; absent when it has none. */
  readonly address?: string | undefined
  readonly port: number
  /** What its own resource is about to make of it. */
  readonly next?: { readonly port?: number | undefined; readonly renewed?: boolean | undefined } | undefined
}

/** Of the agent that a host's packages brought and nobody moved. */
export const HOST_PLACE: AgentPlace = {
  ...{ config: '/etc/netdata', lib: '/var/lib/netdata' },
  ...{ address: '127.0.0.1', port: 19_999 },
}

export interface Installation {
  readonly config: string
  readonly lib: string
  /** Unknown for a container that does not run. */
  readonly version: AgentVersion | undefined
  readonly running: boolean
  /** It starts with the host. */
  readonly enabled: boolean
  /** It was started after its files were changed. */
  readonly loaded: boolean
  /** Text of netdata.conf; undefined when there is none. */
  readonly conf: string | undefined
  /** The netdata.conf that was taken away, until the agent was started without it: it may run on with what that says. */
  readonly leaving: string | undefined
  /** netdata.conf is as its package brought it. */
  readonly stock: boolean
  readonly guid: string | undefined
  /** Digest of what tells the machine from all others. */
  readonly machine: string
  /** It tells its makers nothing of how it is used. */
  readonly private: boolean
}

/** Beside netdata.conf. */
export const LEAVING = '.netdata.conf.leaving'

/** `$1`: the container, or nothing. Sets bin, config and lib, and pid of a container, which is empty while none runs; without an agent it ends. */
const FIND_PLACE = `
container=$1 bin= pid=
inside() { docker exec "$container" "$@"; }
if [ -n "$container" ]; then
  inside=inside
  told=$(docker inspect -f '{{if .State.Running}}{{.State.Pid}}{{end}}{{range .Mounts}}
{{.Destination}}={{.Source}}{{end}}' "$container" 2>&1) || {
    # Who does not answer knows of no container, either.
    case $told in *[Nn]"o such"*) exit 0;; esac
    printf '%s\\n' "$told" >&2
    exit 1
  }
  mounted() { printf '%s\\n' "$told" | sed -n "s|^$1=||p"; }
  pid=$(printf '%s\\n' "$told" | head -n 1)
  config=$(mounted /etc/netdata) lib=$(mounted /var/lib/netdata) bin=netdata
else
  inside=
  for root in /opt/netdata ''; do
    bin=$root/usr/sbin/netdata config=$root/etc/netdata lib=$root/var/lib/netdata
    [ -x "$bin" ] && break
    bin=
  done
  [ -n "$bin" ] || exit 0
fi
`

/** The same, and pid of any. */
const FIND = `${FIND_PLACE}
if [ -z "$container" ]; then
  if [ -d /run/systemd/system ]; then
    pid=$(systemctl show -p MainPID --value netdata.service 2> /dev/null)
    [ "$pid" != 0 ] || pid=
  else
    for file in /run/netdata/netdata.pid /run/netdata.pid "$root/var/run/netdata/netdata.pid"; do
      pid=$(cat "$file" 2> /dev/null) && [ "$(cat "/proc/$pid/comm" 2> /dev/null)" = netdata ] && break
      pid=
    done
  fi
fi
`

const READ = `${FIND}
tell() { printf '%s %s\\n' "$1" "$2"; }
tell config "$config"
tell lib "$lib"
tell pid "$pid"
[ -n "$container" ] && [ -z "$pid" ] || tell version "$($inside "$bin" -v 2> /dev/null)"
if [ -n "$pid" ]; then
  ticks=$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 20)
  tell started "$(awk -v ticks="$ticks" -v hertz="$(getconf CLK_TCK)" \\
    '/^btime/ { printf "%.2f", $2 + ticks / hertz }' /proc/stat)"
fi
for file in netdata.conf stream.conf; do
  [ ! -e "$config/$file" ] || tell changed "$(stat -c %Z "$config/$file")"
done
if [ -n "$container" ]; then
  case $(docker inspect -f '{{.HostConfig.RestartPolicy.Name}}' "$container") in always|unless-stopped) tell enabled yes;; esac
elif [ -d /run/systemd/system ]; then systemctl -q is-enabled netdata.service 2> /dev/null && tell enabled yes
elif command -v rc-update > /dev/null; then rc-update show default 2> /dev/null | grep -qw netdata && tell enabled yes
else ls /etc/rc2.d/S*netdata > /dev/null 2>&1 && tell enabled yes
fi
sum=
if [ ! -e "$config/netdata.conf" ]; then tell stock yes
else
  tell conf "$(base64 < "$config/netdata.conf" | tr -d '\\n')"
  if [ -z "$container" ] && command -v dpkg-query > /dev/null; then
    sum=$(dpkg-query -W -f '\${Conffiles}\\n' netdata netdata-core 2> /dev/null | awk -v f="$config/netdata.conf" '$1 == f { print $2 }')
    [ -n "$sum" ] && [ "$sum" = "$(md5sum < "$config/netdata.conf" | cut -d ' ' -f 1)" ] && tell stock yes
  elif [ -z "$container" ] && command -v rpm > /dev/null && rpm -qf "$config/netdata.conf" > /dev/null 2>&1; then
    rpm -Vf "$config/netdata.conf" 2> /dev/null | grep -q "^..5.* $config/netdata.conf" || tell stock yes
  fi
fi
[ ! -e "$config/${LEAVING}" ] || tell leaving "$(base64 < "$config/${LEAVING}" | tr -d '\\n')"
tell guid "$(cat "$lib/registry/netdata.public.unique.id" 2> /dev/null)"
tell machine "$(cat /etc/machine-id 2> /dev/null | md5sum | cut -c -16)"
[ ! -e "$config/.opt-out-from-anonymous-statistics" ] || tell private yes
true
`

const named = (container: string | undefined) => (container === undefined ? 'Netdata' : `the container ${container}`)

const unreadable = (host: Host, container: string | undefined, detail: string) =>
  new HostError('command_failed', `${host.description}: ${named(container)} can't be read`, { detail })

/** An agent of a host, running or not; null where none is installed. Rejects with a HostError. */
export async function findInstallation(
  host: Host,
  container: string | undefined,
  signal?: AbortSignal,
): Promise<Installation | null> {
  const { stdout, stderr, exitCode } = await host.ask(READ, { args: [container ?? ''], signal })
  if (exitCode !== 0) throw unreadable(host, container, stderr)
  if (stdout === '') return null
  const told = Map.groupBy(stdout.trimEnd().split('\n'), (line) => line.split(' ', 1)[0]!)
  const of = (name: string) => told.get(name)?.[0]?.slice(name.length + 1) || undefined
  const [config, lib, started] = [of('config'), of('lib'), of('started')]
  if (!config || !lib) {
    throw new HostError('not_found', `${host.description}: ${named(container)} keeps its files inside`, {
      advice: 'Mount a folder or a volume of its own at /etc/netdata, and one at /var/lib/netdata.',
    })
  }
  const textOf = (name: string) => (told.has(name) ? Buffer.from(of(name) ?? '', 'base64').toString() : undefined)
  return {
    ...{ config, lib },
    version: parseVersion(of('version') ?? ''),
    running: of('pid') !== undefined,
    enabled: of('enabled') !== undefined,
    loaded:
      started === undefined ||
      (told.get('changed') ?? []).every((line) => Number(line.slice('changed '.length)) <= Math.ceil(Number(started))),
    conf: textOf('conf'),
    leaving: textOf('leaving'),
    stock: of('stock') !== undefined,
    guid: of('guid'),
    machine: of('machine') ?? '',
    private: of('private') !== undefined,
  }
}

const VERSION = `${FIND_PLACE}
[ -n "$container" ] && [ -z "$pid" ] || $inside "$bin" -v 2> /dev/null
true
`

/** Undefined where none is installed, or its container does not run. Rejects with a HostError. */
export async function findVersion(
  host: Host,
  container: string | undefined,
  signal?: AbortSignal,
): Promise<AgentVersion | undefined> {
  const { stdout, stderr, exitCode } = await host.ask(VERSION, { args: [container ?? ''], signal })
  if (exitCode !== 0) throw unreadable(host, container, stderr)
  return parseVersion(stdout)
}

/** Where the agent is that the packages of a host brought, or where it will be. Rejects with a HostError. */
export async function findPlace(host: Host, signal?: AbortSignal): Promise<AgentPlace> {
  const found = await findInstallation(host, undefined, signal)
  if (!found) return HOST_PLACE
  const { config, lib, conf = '' } = found
  return { config, lib, ...webAddress(parseIni(conf).sections) }
}

/** Tells a running agent something, by the pipe that netdatacli speaks on; under systemd that is in the private /tmp of the unit. */
const TELL = `${FIND}
[ -n "$pid" ] || { echo 'it does not run' >&2; exit 1; }
if [ -n "$container" ]; then exec docker exec "$container" netdatacli "$2"; fi
# Agents of 1.37 know no other place for their pipe.
[ ! -S "/proc/$pid/root/tmp/netdata-ipc" ] || [ "/proc/$pid/root/tmp" -ef /tmp ] || exec nsenter -t "$pid" -m "\${bin}cli" "$2"
exec "\${bin}cli" "$2"
`

/** A command of netdatacli, such as `reload-health`. Rejects with a HostError whose detail is what it said. */
export async function tellAgent(
  host: Host,
  { container }: AgentPlace,
  command: string,
  signal?: AbortSignal,
): Promise<void> {
  await host.script(TELL, { args: [container ?? '', command], signal, timeout: 30_000 })
}

/** `$2`: what is to be done. Whether a container starts with the host is whoever's who made it. */
const CONTROL = `${FIND}
set -e
if [ -n "$container" ]; then
  case $2 in enable|disable) ;; *) docker "$2" "$container" > /dev/null;; esac
elif [ -d /run/systemd/system ]; then
  [ "$2" != restart ] || systemctl -q reset-failed netdata.service 2> /dev/null || :
  systemctl -q "$2" netdata.service
  [ "$2" != stop ] || systemctl -q reset-failed netdata.service 2> /dev/null || :
elif command -v rc-service > /dev/null; then
  case $2 in
    enable) rc-update -q add netdata default;;
    disable) rc-update -q delete netdata default;;
    *) rc-service -q netdata "$2";;
  esac
else
  case $2 in
    enable|disable) ! command -v update-rc.d > /dev/null || update-rc.d netdata "$2";;
    *) /etc/init.d/netdata "$2" > /dev/null;;
  esac
fi
`

/** `enable` and `disable` say whether it starts with the host. Rejects with a HostError. */
export async function controlInstallation(
  host: Host,
  container: string | undefined,
  verb: 'restart' | 'stop' | 'enable' | 'disable',
  signal?: AbortSignal,
): Promise<void> {
  await host.script(CONTROL, { args: [container ?? '', verb], signal, timeout: 120_000 })
}

/** The last that it said. `$2`: lines. */
const LOG = `${FIND}
if [ -n "$container" ]; then docker logs --tail 200 "$container" 2>&1
else
  [ ! -d /run/systemd/system ] || journalctl -q -u netdata.service -n 100 -o cat 2> /dev/null
  tail -n 200 "\${root:-}/var/log/netdata/error.log" 2> /dev/null
fi | grep -E 'FATAL|ERROR|level=(error|critical|alert|emergency)' | tail -n "$2"
`

/** Of streams: whoever knows one may send. */
const KEY = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi

/** The last errors of its log, without the keys that are in them. */
export async function lastErrors(host: Host, container: string | undefined, signal?: AbortSignal): Promise<string> {
  return (await host.ask(LOG, { args: [container ?? '', '5'], signal })).stdout.trim().replaceAll(KEY, '(key)')
}

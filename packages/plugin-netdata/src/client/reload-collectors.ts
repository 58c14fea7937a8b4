import { HostError, LOCK } from '@lares/transport'
import type { NetdataAgent } from './agent.ts'
import type { Orchestrator } from './formats/collector/job-files.ts'
import { configInside, whereItRuns } from './inside.ts'
import { findInstallation } from './installation.ts'

/** Sets pids, the processes of the plugin `$2` of the agent whose configuration is `$1`, and log, the file that they write to. */
const FIND = `pids= log=
root=$(stat -Lc %d:%i /)
for dir in $(grep -ls "/$2" /proc/[0-9]*/cmdline); do
  dir=\${dir%/cmdline}
  [ "$(stat -Lc %d:%i "$dir/root/" 2> /dev/null)" = "$root" ] || continue
  its=$(tr '\\0' '\\n' < "$dir/environ" 2> /dev/null)
  printf '%s\\n' "$its" | grep -qxF "NETDATA_USER_CONFIG_DIR=$1" || continue
  pids="$pids \${dir#/proc/}"
  logs=$(printf '%s\\n' "$its" | sed -n 's/^NETDATA_LOG_DIR=//p')
  for file in "$logs/collector.log" "$logs/error.log"; do [ -n "$log" ] || [ ! -f "$file" ] || log=$file; done
done
started() { grep -aEc "$begins" "$log" 2> /dev/null || :; }
begins="\${2%.plugin}.*(: using python v|instance is started)"
`

/**
 * `$3`: the signal. The log tells when it has begun anew; where it writes none, as with journald, it is not waited for.
 */
const RELOAD = `${LOCK}
# Nobody takes one for gone that somebody else has just ended.
lock "/run/lares-$2.lock" 20
${FIND}
[ -n "$pids" ] || exit 3
# What ends before it has measured anything is started ten seconds late, and after ten times no more (1.37.1).
if [ "$3" = TERM ]; then
  for quarter in $(seq 40); do
    young=
    for pid in $pids; do
      ticks=$(sed 's/.*) //' "/proc/$pid/stat" 2> /dev/null | cut -d ' ' -f 20)
      awk -v ticks="\${ticks:-0}" -v hertz="$(getconf CLK_TCK)" '{ exit $1 - ticks / hertz >= 5 }' /proc/uptime && young=yes
    done
    [ -n "$young" ] || break
    sleep 0.25
  done
fi
before=$(started)
kill -s "$3" $pids 2> /dev/null || :
[ -n "$log" ] || exit 0
for quarter in $(seq 80); do
  [ "$(started)" -gt "$before" ] && exit 0
  sleep 0.25
done
${FIND}
[ -n "$pids" ] || exit 3
`

/** What ends python.d: its agent starts it again a second later; after any other signal it stays off (1.37.1). */
const SIGNALS = { 'go.d': 'HUP', 'python.d': 'TERM' } as const

/**
 * Has an orchestrator read its files again: go.d reads them when told, python.d is started anew, and where it does not run,
 * as it had nothing to collect, the agent is; one that does not run is left so.
 */
export async function reloadCollectors(agent: NetdataAgent, orchestrator: Orchestrator, signal?: AbortSignal) {
  const { host, place } = agent
  const words = [configInside(place), `${orchestrator}.plugin`, SIGNALS[orchestrator]]
  const [script, args] = whereItRuns(place, RELOAD, words)
  const { exitCode, stderr } = await host.script(script, { args, signal, timeout: 90_000, reject: false })
  if (exitCode === 0) return
  const isRunning = (await findInstallation(host, place.container, signal))?.running
  if (!isRunning) return
  if (exitCode === 3) await agent.restart(signal)
  else
    throw new HostError(
      'command_failed',
      `${host.description}: ${orchestrator}.plugin can't be told to read its files`,
      {
        detail: stderr,
      },
    )
}

/** `$3` module, `$4` job: what was said of it since the plugin began, in the words of 1.37 and those of 2.x. */
const TOLD = `${FIND}
if [ -n "$log" ]; then tail -n 5000 "$log"
elif command -v journalctl > /dev/null; then
  journalctl -q --namespace='*' -n 2000 -o cat SYSLOG_IDENTIFIER="\${2%.plugin}" 2> /dev/null
fi | awk -v begins="$begins" -v old="$3[$4]" -v job="job=$4" -v module="collector=$3" '
  $0 ~ begins { kept = "" }
  index($0, old) || (index($0, job) && index($0, module)) { kept = kept $0 "\\n" }
  END { printf "%s", kept }'
[ -n "$pids" ] || exit 3
`

export interface Told {
  /** The orchestrator runs. */
  readonly isRunning: boolean
  /** Lines of its log on one job. */
  readonly lines: readonly string[]
}

export async function readTold(
  agent: NetdataAgent,
  { orchestrator, module, name }: { orchestrator: Orchestrator; module: string; name: string },
  signal?: AbortSignal,
): Promise<Told> {
  const { host, place } = agent
  const words = [configInside(place), `${orchestrator}.plugin`, module, name]
  const [script, args] = whereItRuns(place, TOLD, words)
  const { stdout, exitCode } = await host.ask(script, { args, signal })
  return { isRunning: exitCode === 0, lines: stdout.split('\n').filter(Boolean) }
}

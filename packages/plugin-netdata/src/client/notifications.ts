import { editFile, HostError } from '@lares/transport'
import type { NetdataAgent } from './agent.ts'
import { blockIn, linesOf, withBlock, withoutBlock } from './formats/marked-block.ts'
import { configInside, guardFile, readText, whereItRuns } from './inside.ts'

const fileOf = ({ place }: NetdataAgent) => `${place.config}/health_alarm_notify.conf`

export interface SavedNotification {
  readonly block: string
  /** Somebody else defines `custom_sender` further down, so that what is sent over HTTP is not. */
  readonly isOverridden: boolean
}

export async function readNotification(
  agent: NetdataAgent,
  mark: string,
  signal?: AbortSignal,
): Promise<SavedNotification | undefined> {
  const text = await textOf(agent, signal)
  const block = blockIn(text, mark)
  if (block === undefined) return undefined
  const rest = text.slice(text.indexOf(`# END lares: ${mark}\n`))
  const theirs = linesOf(rest.replaceAll(/^# BEGIN lares: [\s\S]*?^# END lares: .*$/gm, ''))
  const defines = theirs.some((line) => /^\s*(function\s+)?custom_sender\b/.test(line))
  return { block, isOverridden: defines && block.includes('\ncustom_sender()') }
}

/** Puts the block at the end of the file, which only root and the agent may read from then on. */
export async function saveNotification(agent: NetdataAgent, mark: string, block: string, signal?: AbortSignal) {
  const { group } = await readNotifier(agent, signal)
  await guardFile(agent.host, fileOf(agent), group, signal)
  const edit = (text: string) => {
    const there = blockIn(text, mark) === block && text.endsWith(`# END lares: ${mark}\n`)
    return there ? text : withBlock(withoutBlock(text, mark), mark, block)
  }
  await editFile(agent.host, fileOf(agent), edit, { signal })
}

export async function dropNotification(agent: NetdataAgent, mark: string, signal?: AbortSignal): Promise<void> {
  if (blockIn(await textOf(agent, signal), mark) === undefined) return
  await editFile(agent.host, fileOf(agent), (text) => withoutBlock(text, mark), { signal })
  await agent.host.script('[ -s "$1" ] || rm -f "$1"', { args: [fileOf(agent)], signal })
}

const textOf = async (agent: NetdataAgent, signal?: AbortSignal): Promise<string> =>
  (await readText(agent.host, fileOf(agent), signal)) ?? ''

const FIND = `export PATH="$PATH:/sbin:/usr/sbin:/usr/local/sbin"
for root in /opt/netdata/usr /usr; do
  for folder in lib libexec; do
    [ ! -x "$root/$folder/netdata/plugins.d/alarm-notify.sh" ] || notify=$root/$folder/netdata/plugins.d/alarm-notify.sh
    [ ! -d "$root/$folder/netdata/conf.d" ] || stock=$root/$folder/netdata/conf.d
  done
  [ -z "\${notify:-}" ] || break
done
`

const LOOK = `${FIND}
[ -z "\${notify:-}" ] || echo notify
for one in curl sendmail; do ! command -v "$one" > /dev/null || echo "$one"; done
echo "group $(id -g netdata 2> /dev/null || echo 0)"
`

export interface Notifier {
  /** What the agent sends with: its own script, and the programs that it calls. */
  readonly has: ReadonlySet<'notify' | 'curl' | 'sendmail'>
  readonly group: number
}

export async function readNotifier({ host, place }: NetdataAgent, signal?: AbortSignal): Promise<Notifier> {
  const [script, args] = whereItRuns(place, LOOK, [])
  const { stdout, stderr, exitCode } = await host.ask(script, { args, signal })
  if (exitCode !== 0)
    throw new HostError('command_failed', `${host.description}: how it notifies can't be read`, { detail: stderr })
  const words = stdout.trim().split('\n')
  const group = words.find((word) => word.startsWith('group '))?.slice('group '.length)
  return { has: new Set(words) as Notifier['has'], group: Number(group ?? 0) }
}

/** `$1` configuration, `$2` cache, `$3` role. As the user of the agent, as its daemon calls it. */
const TEST = `${FIND}
export NETDATA_USER_CONFIG_DIR="$1" NETDATA_STOCK_CONFIG_DIR="\${stock:-}" NETDATA_CACHE_DIR="$2"
cd /
if [ "$(id -u)" = 0 ] && id netdata > /dev/null 2>&1; then
  exec su -s /bin/sh netdata -c 'exec "$0" test "$1"' "$notify" "$3" 2>&1
fi
exec "$notify" test "$3" 2>&1
`

/** Sends a test to a role, in three alarms. Resolves with what the agent's own script says of it. */
export async function testNotification(
  { host, place }: NetdataAgent,
  role: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const [script, args] = whereItRuns(place, TEST, [configInside(place), '/var/cache/netdata', role])
  const { stdout } = await host.script(script, { args, signal, timeout: 300_000, reject: false })
  return stdout.trimEnd().split('\n')
}

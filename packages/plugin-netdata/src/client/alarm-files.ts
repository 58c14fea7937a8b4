import { createHash } from 'node:crypto'
import { HostError } from '@lares/transport'
import type { NetdataAgent } from './agent.ts'

/** A file of health.d, by its name. */
export interface AlarmFile {
  /** Undefined when there is none. */
  readonly text: string | undefined
  /** The agent has read it since it became what it is. */
  readonly loaded: boolean
  /** Whose it is, as it was when the agent read it. */
  readonly mark: string | undefined
}

const folderOf = ({ place }: NetdataAgent): string => `${place.config}/health.d`
export const pathOf = (agent: NetdataAgent, name: string): string => `${folderOf(agent)}/${name}.conf`
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * `$1`: health.d. Beside each file is a note of what the agent has loaded of it: `.NAME.loaded` holds its digest and whose
 * it is. It goes before the file changes, and comes when the agent has read it.
 */
const READ = `cd "$1" 2> /dev/null || exit 0
shift
for name in "$@"; do
  [ ! -e "$name.conf" ] || printf 'text %s %s\\n' "$name" "$(base64 < "$name.conf" | tr -d '\\n')"
  [ ! -e ".$name.loaded" ] || printf 'loaded %s %s\\n' "$name" "$(cat ".$name.loaded")"
done`

/** What is in these files. Those that are gone and whose alarms the agent still has are told, too; others that are gone are not. */
export async function readAlarmFiles(
  agent: NetdataAgent,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, AlarmFile>> {
  const { stdout, stderr, exitCode } = await agent.host.ask(READ, { args: [folderOf(agent), ...names], signal })
  if (exitCode !== 0)
    throw new HostError('command_failed', `${agent.host.description}: ${folderOf(agent)} can't be read`, {
      detail: stderr,
    })
  const told = Map.groupBy(stdout.trimEnd().split('\n'), (line) => line.split(' ', 2).join(' '))
  return new Map(
    names.flatMap((name): [string, AlarmFile][] => {
      const [, , encoded] = told.get(`text ${name}`)?.[0]?.split(' ') ?? []
      const [, , digest, mark] = told.get(`loaded ${name}`)?.[0]?.split(' ') ?? []
      const text = encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString()
      if (text === undefined && digest === undefined) return []
      return [[name, { text, mark, loaded: text !== undefined && digest === digestOf(text) }]]
    }),
  )
}

/** `$1`: health.d; then names, each with `-` before it when its file is to go. */
const BEGIN = `set -e
mkdir -p "$1"
cd "$1"
shift
for name in "$@"; do
  case $name in
    -*) rm -f "\${name#-}.conf";;
    *) rm -f ".$name.loaded";;
  esac
done`

/** `$1`: health.d; then pairs of a name and a note, which is empty where the file is gone. */
const END = `set -e
cd "$1"
shift
while [ $# -gt 0 ]; do
  if [ -n "$2" ]; then printf '%s\\n' "$2" > ".$1.loaded"; else rm -f ".$1.loaded"; fi
  shift 2
done`

export interface NewFile {
  readonly text: string
  readonly mark: string
}

/** Writes files (`undefined`: removes them), and has the agent read them all at once. Rejects with a HostError. */
export async function changeAlarmFiles(
  agent: NetdataAgent,
  changes: ReadonlyMap<string, NewFile | undefined>,
  signal?: AbortSignal,
): Promise<void> {
  const { host } = agent
  const all = [...changes]
  const folder = folderOf(agent)
  await host.script(BEGIN, {
    args: [folder, ...all.map(([name, file]) => (file ? name : `-${name}`))],
    signal,
  })
  for (const [name, file] of all)
    if (file) await host.writeFile(pathOf(agent, name), file.text, { mode: 0o644, signal })
  await agent.tell('reload-health', signal)
  const notes = all.flatMap(([name, file]) => [name, file ? `${digestOf(file.text)} ${file.mark}` : ''])
  await host.script(END, { args: [folder, ...notes], signal })
}

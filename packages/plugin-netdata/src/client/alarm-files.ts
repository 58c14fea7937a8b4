import { createHash } from 'node:crypto'
import { HostError } from '@lares/transport'
import type { NetdataAgent } from './agent.ts'
import { findInstallation } from './installation.ts'

/** A file of health.d, by its name. */
export interface AlarmFile {
  /** Undefined when there is none. */
  readonly text: string | undefined
  /** The agent has read it since it became what it is. */
  readonly loaded: boolean
  /** Whose it was, where its removal was begun: the agent may still have what it said. */
  readonly leaving: string | undefined
}

const folderOf = ({ place }: NetdataAgent): string => `${place.config}/health.d`
export const pathOf = (agent: NetdataAgent, name: string): string => `${folderOf(agent)}/${name}.conf`
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * `$1`: health.d. Beside each file is a note of what the agent has loaded of it: `.NAME.loaded` holds its digest. It
 * goes before the file changes, and comes when the agent has read it. `.NAME.leaving` says whose it was while a removal
 * is under way.
 */
const READ = `cd "$1" 2> /dev/null || exit 0
shift
for name in "$@"; do
  [ ! -e "$name.conf" ] || printf 'text %s %s\\n' "$name" "$(base64 < "$name.conf" | tr -d '\\n')"
  [ ! -e ".$name.loaded" ] || printf 'loaded %s %s\\n' "$name" "$(cat ".$name.loaded")"
  [ ! -e ".$name.leaving" ] || printf 'leaving %s %s\\n' "$name" "$(cat ".$name.leaving")"
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
      const of = (what: string) => told.get(`${what} ${name}`)?.[0]?.slice(what.length + name.length + 2)
      const [encoded, digest, leaving] = [of('text'), of('loaded'), of('leaving')]
      if (encoded === undefined && leaving === undefined) return []
      const text = encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString()
      return [[name, { text, leaving, loaded: text !== undefined && digest === digestOf(text) }]]
    }),
  )
}

/** `$1`: health.d; then triples: `write` or `remove`, a name, and whose it is. */
const BEGIN = `set -e
mkdir -p "$1"
cd "$1"
shift
while [ $# -gt 0 ]; do
  if [ "$1" = remove ]; then
    printf '%s\\n' "$3" > ".$2.leaving"
    rm -f "$2.conf"
  fi
  rm -f ".$2.loaded"
  shift 3
done`

/** `$1`: health.d; then pairs of a name and a digest, which is empty where the file is gone. */
const END = `set -e
cd "$1"
shift
while [ $# -gt 0 ]; do
  [ -z "$2" ] || printf '%s\\n' "$2" > ".$1.loaded"
  rm -f ".$1.leaving"
  shift 2
done`

export interface AlarmFileChange {
  readonly name: string
  /** Whose it is. */
  readonly mark: string
  /** Undefined removes it. */
  readonly text: string | undefined
}

/** Writes and removes files, and has the agent read them all at once. Rejects with a HostError. */
export async function changeAlarmFiles(
  agent: NetdataAgent,
  changes: readonly AlarmFileChange[],
  signal?: AbortSignal,
): Promise<void> {
  const { host } = agent
  const folder = folderOf(agent)
  const begin = changes.flatMap(({ name, mark, text }) => [text === undefined ? 'remove' : 'write', name, mark])
  await host.script(BEGIN, { args: [folder, ...begin], signal })
  for (const { name, text } of changes)
    if (text !== undefined) await host.writeFile(pathOf(agent, name), text, { mode: 0o644, signal })
  await reload(agent, signal)
  const end = changes.flatMap(({ name, text }) => [name, text === undefined ? '' : digestOf(text)])
  await host.script(END, { args: [folder, ...end], signal })
}

/** One that does not run reads them when it starts. */
async function reload(agent: NetdataAgent, signal?: AbortSignal): Promise<void> {
  try {
    await agent.tell('reload-health', signal)
  } catch (error) {
    signal?.throwIfAborted()
    if ((await findInstallation(agent.host, agent.place.container, signal))?.running !== false) throw error
  }
}

import { editFile, type Host, HostError, isHostError } from '@lares/transport'
import type { NetdataAgent } from '../agent.ts'
import { findInstallation, type Installation } from '../installation.ts'
import type { AgentVersion } from '../version.ts'

/** An agent and its stream.conf. */
export interface StreamState {
  readonly agent: Installation
  /** Empty when there is none. */
  readonly text: string
}

const pathIn = ({ config }: Installation): string => `${config}/stream.conf`

/** Null where no agent is installed. Rejects with a HostError. */
export async function readStreams({ host, place }: NetdataAgent, signal?: AbortSignal): Promise<StreamState | null> {
  const agent = await findInstallation(host, place.container, signal)
  return agent && { agent, text: await textOf(host, pathIn(agent), signal) }
}

async function textOf(host: Host, path: string, signal?: AbortSignal): Promise<string> {
  try {
    return new TextDecoder().decode(await host.readFile(path, { signal }))
  } catch (error) {
    if (isHostError(error, 'not_found')) return ''
    throw error
  }
}

/** `$1` the file, `$2` a folder of the agent. Keys are for the agent and root alone. */
const PROTECT = `set -eu
group=$(stat -c %g "$2")
if [ ! -e "$1" ]; then
  umask 077
  draft=$1.lares
  rm -f "$draft"
  : > "$draft"
  chgrp "$group" "$draft"
  chmod 640 "$draft"
  mv -n "$draft" "$1"
  rm -f "$draft"
elif [ -n "$(find "$1" -perm /007)" ]; then
  chgrp "$group" "$1"
  chmod o= "$1"
  chmod g+r "$1"
fi
`

export interface ChangeOptions {
  /** An agent that does not run is left so. */
  onlyRunning?: boolean
  signal?: AbortSignal
}

/**
 * Changes stream.conf, and starts the agent again when it has not read what is in it. Rejects with a HostError, also when
 * the agent does not come up with it.
 */
export async function changeStreams(
  netdata: NetdataAgent,
  change: (text: string, version: AgentVersion) => string,
  { onlyRunning = false, signal }: ChangeOptions = {},
): Promise<void> {
  const { host, place } = netdata
  const agent = await findInstallation(host, place.container, signal)
  if (!agent?.version) {
    throw new HostError('not_found', `${host.description}: no Netdata agent runs here`, {
      advice: 'Install it with netdata.agent, and put this on that.',
    })
  }
  const { version } = agent
  const path = pathIn(agent)
  const before = await textOf(host, path, signal)
  if (change(before, version) !== before) {
    await host.script(PROTECT, { args: [path, agent.lib], signal })
    await editFile(host, path, (text) => change(text, version), { mode: 0o640, signal })
    if (change(before, version) === '') await host.script('[ -s "$1" ] || rm -f "$1"', { args: [path], signal })
    if (agent.running || !onlyRunning) await netdata.restart(signal)
  } else if (agent.running ? !agent.loaded : !onlyRunning) await netdata.restart(signal)
}

import type { Owner } from '@lares/core'
import { editFile, type Host, HostError, isHostError } from '@lares/transport'
import type { NetdataAgent } from '../agent.ts'
import { findInstallation, type Installation } from '../installation.ts'
import type { AgentVersion } from '../version.ts'
import { setSection, streamSections } from './sections.ts'

/** An agent and its stream.conf. */
export interface StreamState {
  readonly agent: Installation
  /** Empty when there is none. */
  readonly text: string
  /** The agent runs, and was started on what the file says. */
  readonly running: boolean
  /** Sections that were taken out of it and that the agent may still go by, in the same format. */
  readonly leaving: string
}

const pathIn = ({ config }: Installation): string => `${config}/stream.conf`

/**
 * Stands beside stream.conf from before a change of it until the agent was started on that, and holds the sections that
 * went: a run that is ended in between leaves it behind.
 */
const noteIn = ({ config }: Installation): string => `${config}/.stream.conf.leaving`

/** Null where no agent is installed. Rejects with a HostError. */
export async function readStreams({ host, place }: NetdataAgent, signal?: AbortSignal): Promise<StreamState | null> {
  const agent = await findInstallation(host, place.container, signal)
  if (!agent) return null
  const [text = '', note] = await Promise.all([
    textOf(host, pathIn(agent), signal),
    textOf(host, noteIn(agent), signal),
  ])
  return { agent, text, running: agent.running && agent.loaded && note === undefined, leaving: note ?? '' }
}

async function textOf(host: Host, path: string, signal?: AbortSignal): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await host.readFile(path, { signal }))
  } catch (error) {
    if (isHostError(error, 'not_found')) return undefined
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
  const [path, note] = [pathIn(agent), noteIn(agent)]
  const before = (await textOf(host, path, signal)) ?? ''
  const begun = await textOf(host, note, signal)
  const after = change(before, version)
  if (after !== before) {
    await host.writeFile(note, sectionsThatWent([before, begun ?? ''], after), { mode: 0o600, signal })
    await host.script(PROTECT, { args: [path, agent.lib], signal })
    await editFile(host, path, (text) => change(text, version), { mode: 0o640, signal })
    if (after === '') await host.script('[ -s "$1" ] || rm -f "$1"', { args: [path], signal })
  }
  const isNoted = after !== before || begun !== undefined
  if (agent.running ? isNoted || !agent.loaded : !onlyRunning) await netdata.restart(signal)
  if (isNoted) await host.exec(['rm', '-f', '--', note], { signal })
}

/** Of owners who had one and have none any more. */
function sectionsThatWent(before: readonly string[], after: string): string {
  const markOf = ({ lab, address }: Owner) => `${lab}/${address}`
  const stay = new Set(streamSections(after).flatMap(({ owner }) => (owner ? [markOf(owner)] : [])))
  return before
    .flatMap(streamSections)
    .reduce(
      (text, { owner, name, options }) =>
        owner && !stay.has(markOf(owner)) ? setSection(text, owner, name, options) : text,
      '',
    )
}

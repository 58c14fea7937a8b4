import type { NetdataAgent } from './agent.ts'
import { formatSilencers, parseSilencers, type Silencers } from './api/silencers.ts'
import { readText } from './inside.ts'

/** Where an agent keeps its selectors while it does not run: it writes the file with each change, and reads it when it starts. */
const fileOf = ({ place }: NetdataAgent): string => `${place.lib}/health.silencers.json`

export async function readSaved(agent: NetdataAgent, signal?: AbortSignal): Promise<Silencers> {
  const text = await readText(agent.host, fileOf(agent), signal)
  return text === undefined ? { kind: null, all: false, selectors: [] } : parseSilencers(text, fileOf(agent))
}

/** Of an agent that does not run: one that does writes over it. Its owner stays. */
export const writeSaved = (agent: NetdataAgent, silencers: Silencers, signal?: AbortSignal): Promise<void> =>
  agent.host.writeFile(fileOf(agent), formatSilencers(silencers), { signal })

import * as z from 'zod'
import type { NetdataAgent } from './agent.ts'
import type { Selector } from './api/index.ts'
import { readText } from './inside.ts'

const selector = z.object({
  ...{ alarm: z.string().optional(), chart: z.string().optional(), context: z.string().optional() },
  ...{ host: z.string().optional(), family: z.string().optional() },
})

/** What an agent is to be told after it was told to forget all, and what is not to come back. */
const replay = z.object({
  kind: z.enum(['silence', 'disable']).nullable(),
  all: z.boolean(),
  selectors: z.array(selector),
  removed: z.array(selector),
})
export type Replay = z.output<typeof replay>

/** One text for selectors that mean the same. */
export const keyOf = (one: Selector): string =>
  Object.entries(one)
    .filter(([, pattern]) => pattern !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, pattern]) => `${name}=${pattern}`)
    .join('&')

export const unique = (selectors: readonly Selector[]): Selector[] => [
  ...new Map(selectors.map((one) => [keyOf(one), one])).values(),
]

/** Beside the file in which the agent keeps its selectors. */
const replayFile = ({ place }: NetdataAgent): string => `${place.lib}/health.silencers.lares.json`

export async function readReplay(agent: NetdataAgent, signal?: AbortSignal): Promise<Replay | undefined> {
  const text = await readText(agent.host, replayFile(agent), signal)
  return text === undefined ? undefined : replay.parse(JSON.parse(text))
}

export const writeReplay = (agent: NetdataAgent, target: Replay): Promise<void> =>
  agent.host.writeFile(replayFile(agent), JSON.stringify(target), { mode: 0o600 })

export const forgetReplay = (agent: NetdataAgent) => agent.host.exec(['rm', '-f', replayFile(agent)])

import { isHostError } from '@lares/transport'
import * as z from 'zod'
import type { NetdataAgent } from './agent.ts'
import type { HealthManagement, Selector, Silencers } from './api/index.ts'

const selector = z.object({
  ...{ alarm: z.string().optional(), template: z.string().optional(), chart: z.string().optional() },
  ...{ context: z.string().optional(), host: z.string().optional(), family: z.string().optional() },
})

/** What an agent is to be told after it was told to forget all, and what is not to come back. */
const replay = z.object({
  kind: z.enum(['silence', 'disable']).nullable(),
  all: z.boolean(),
  selectors: z.array(selector),
  removed: z.array(selector),
})
type Replay = z.output<typeof replay>

/** One text for selectors that mean the same. */
export const keyOf = (one: Selector): string =>
  Object.entries(one)
    .filter(([, pattern]) => pattern !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, pattern]) => `${name}=${pattern}`)
    .join('&')

const unique = (selectors: readonly Selector[]): Selector[] => [
  ...new Map(selectors.map((one) => [keyOf(one), one])).values(),
]

/** Beside the file in which the agent keeps its selectors. */
const replayFile = ({ place }: NetdataAgent): string => `${place.lib}/health.silencers.lares.json`

async function readText({ host }: NetdataAgent, path: string, signal?: AbortSignal): Promise<string | undefined> {
  try {
    return Buffer.from(await host.readFile(path, { signal })).toString()
  } catch (error) {
    if (isHostError(error, 'not_found')) return undefined
    throw error
  }
}

async function management(agent: NetdataAgent, signal?: AbortSignal): Promise<HealthManagement> {
  const token = await agent.host.readFile(`${agent.place.lib}/netdata.api.key`, { signal })
  return agent.api.health(Buffer.from(token).toString().trim())
}

export interface Silencing extends Silencers {
  /** What is to be gone, and may still be there: a change was cut short. */
  readonly removed: readonly Selector[]
  readonly finished: boolean
}

/** What an agent is told to be silent about, with what a change that was cut short has yet to bring back. */
export async function readSilencing(agent: NetdataAgent, signal?: AbortSignal): Promise<Silencing> {
  const [open, told] = await Promise.all([
    readReplay(agent, signal),
    management(agent, signal).then((health) => health.list({ signal })),
  ])
  if (!open) return { ...told, removed: [], finished: true }
  return {
    kind: told.kind ?? open.kind,
    all: told.all || open.all,
    selectors: unique([...told.selectors, ...open.selectors]),
    ...{ removed: open.removed, finished: false },
  }
}

async function readReplay(agent: NetdataAgent, signal?: AbortSignal): Promise<Replay | undefined> {
  const text = await readText(agent, replayFile(agent), signal)
  return text === undefined ? undefined : replay.parse(JSON.parse(text))
}

export interface SilencingChange {
  /** What matches, or all. */
  readonly add: readonly Selector[]
  readonly remove: readonly Selector[]
  readonly all?: boolean | undefined
  readonly kind: 'silence' | 'disable' | null
}

/**
 * Adds and removes selectors; those of others stay. An agent can only forget all of them, so what is to come back is written
 * down on its host first, and the next change ends what was cut short. Rejects with a HostError or NetdataError.
 */
export async function changeSilencing(
  agent: NetdataAgent,
  change: SilencingChange,
  signal?: AbortSignal,
): Promise<void> {
  const health = await management(agent, signal)
  const [told, before] = [await health.list({ signal }), await readSilencing(agent, signal)]
  const added = new Set(change.add.map(keyOf))
  const removed = unique([...before.removed, ...change.remove]).filter((one) => !added.has(keyOf(one)))
  const gone = new Set(removed.map(keyOf))
  const target: Replay = {
    kind: change.kind ?? before.kind,
    all: change.all ?? before.all,
    selectors: unique([...before.selectors, ...change.add]).filter((one) => !gone.has(keyOf(one))),
    removed,
  }
  const mustForget =
    told.selectors.some((one) => gone.has(keyOf(one))) ||
    (told.all && !target.all) ||
    (told.kind !== null && told.kind !== target.kind)
  if (mustForget) {
    await agent.host.writeFile(replayFile(agent), JSON.stringify(target), { mode: 0o600, signal })
    await health.reset()
  }
  await tell(health, target)
  if (mustForget || !before.finished) await agent.host.script('rm -f "$1"', { args: [replayFile(agent)] })
}

/** Tells an agent what it was not told yet, without being aborted in between. */
async function tell(health: HealthManagement, { kind, all, selectors }: Replay): Promise<void> {
  const told = await health.list()
  const known = new Set(told.selectors.map(keyOf))
  const missing = selectors.filter((one) => !known.has(keyOf(one)))
  const isDisabling = kind === 'disable'
  for (const one of missing) await (isDisabling ? health.disable(one) : health.silence(one))
  if (all && !told.all) await (isDisabling ? health.disableAll() : health.silenceAll())
}

import { HostError, isHostError, withHostLock } from '@lares/transport'
import type { NetdataAgent } from './agent.ts'
import { type HealthManagement, isNetdataError, NetdataError, type Selector, type Silencers } from './api/index.ts'
import { findInstallation } from './installation.ts'
import { forgetReplay, keyOf, type Replay, readReplay, unique, writeReplay } from './replay.ts'
import { readSaved, writeSaved } from './saved-silencers.ts'

async function management(agent: NetdataAgent, signal?: AbortSignal): Promise<HealthManagement> {
  const token = await agent.host.readFile(`${agent.place.lib}/netdata.api.key`, { signal })
  return agent.api.health(Buffer.from(token).toString().trim())
}

export interface Silencing extends Silencers {
  /** What is to be gone, and may still be there: a change was cut short. */
  readonly removed: readonly Selector[]
  readonly finished: boolean
}

/**
 * Held on the agent's machine by who changes its selectors, so that what one has it forget is not what another has just told it.
 */
const inTurn = <T>(agent: NetdataAgent, act: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> =>
  withHostLock(agent.host, `/run/lares-silences${agent.place.lib.replaceAll('/', '-')}.lock`, act, { signal })

/** What an agent is told to be silent about, with what a change that was cut short has yet to bring back. */
export async function readSilencing(agent: NetdataAgent, signal?: AbortSignal): Promise<Silencing> {
  const found = await look(agent, signal)
  // Another run may be at it just now.
  return found.finished ? found : await inTurn(agent, (signal) => look(agent, signal), signal)
}

interface Seen extends Silencing {
  /** What it is told now; undefined for an agent that can't be told anything. */
  readonly health: HealthManagement | undefined
  readonly told: Silencers
}

async function look(agent: NetdataAgent, signal?: AbortSignal): Promise<Seen> {
  const { health, told } = await ask(agent, signal)
  const open = await readReplay(agent, signal)
  if (!open) return { ...told, removed: [], finished: true, health, told }
  return {
    kind: told.kind ?? open.kind,
    all: told.all || open.all,
    selectors: unique([...told.selectors, ...open.selectors]),
    ...{ removed: open.removed, finished: false, health, told },
  }
}

/** One that does not run, or has no API, has it in its file. */
async function ask(agent: NetdataAgent, signal?: AbortSignal): Promise<Pick<Seen, 'health' | 'told'>> {
  const { host, place } = agent
  const saved = async () => ({ health: undefined, told: await readSaved(agent, signal) })
  if (place.address === undefined) return await saved()
  try {
    const health = await management(agent, signal)
    return { health, told: await health.list({ signal }) }
  } catch (error) {
    signal?.throwIfAborted()
    if (!isNetdataError(error, 'unreachable') && !isHostError(error, 'not_found')) throw error
    if ((await findInstallation(host, place.container, signal))?.running) throw error
    return await saved()
  }
}

export interface SilencingChange {
  /** What matches, or all. */
  readonly add: readonly Selector[]
  readonly remove: readonly Selector[]
  readonly all?: boolean | undefined
  readonly kind: 'silence' | 'disable' | null
}

/**
 * Adds and removes selectors, as `decide` says of what there is; those of others stay. An agent can only forget all of them, so
 * what is to come back is written down on its host first, and the next change ends what was cut short. Of one that does not
 * run, they can be removed. Resolves with what there is then; rejects with a HostError or NetdataError, or what `decide` throws.
 */
export const changeSilencing = (
  agent: NetdataAgent,
  decide: (before: Silencing) => SilencingChange,
  signal?: AbortSignal,
): Promise<Silencing> =>
  inTurn(
    agent,
    async (signal) => {
      const before = await look(agent, signal)
      const change = decide(before)
      const target = targetOf(before, change)
      if (before.health) await bringAbout(agent, before.health, { before, target, signal })
      else await bringAboutAsleep(agent, { before, target, change, signal })
      return await look(agent, signal)
    },
    signal,
  )

function targetOf(before: Seen, { add, remove, all, kind }: SilencingChange): Replay {
  const added = new Set(add.map(keyOf))
  const removed = unique([...before.removed, ...remove]).filter((one) => !added.has(keyOf(one)))
  const gone = new Set(removed.map(keyOf))
  return {
    kind: kind ?? before.kind,
    all: all ?? before.all,
    selectors: unique([...before.selectors, ...add]).filter((one) => !gone.has(keyOf(one))),
    removed,
  }
}

interface Course {
  readonly before: Seen
  readonly target: Replay
  readonly signal: AbortSignal
}

async function bringAbout(agent: NetdataAgent, health: HealthManagement, { before, target, signal }: Course) {
  const { told, finished } = before
  const gone = new Set(target.removed.map(keyOf))
  const mustForget =
    told.selectors.some((one) => gone.has(keyOf(one))) ||
    (told.all && !target.all) ||
    (told.kind !== null && told.kind !== target.kind)
  signal.throwIfAborted()
  if (mustForget) {
    if (target.selectors.some((one) => keyOf(one) === '')) throw lost(agent)
    await writeReplay(agent, target)
    await health.reset()
  }
  await tell(health, target)
  if (mustForget || !finished) await forgetReplay(agent)
}

async function bringAboutAsleep(
  agent: NetdataAgent,
  { before, target, change, signal }: Course & { change: SilencingChange },
): Promise<void> {
  const { host, place } = agent
  const isRunning = (await findInstallation(host, place.container, signal))?.running
  if (isRunning || change.add.length > 0 || change.all)
    throw new HostError(
      'command_failed',
      isRunning
        ? `${host.description}: Netdata has no API, so it can't be told what to be silent about`
        : `${host.description}: Netdata does not run, so it can't be told what to be silent about`,
      {
        advice: isRunning
          ? 'Give it an address to answer on ("bind" of netdata.agent), or stop it: a silence of an agent that does not run is taken out of its file.'
          : 'Start it, or have netdata.agent do that.',
      },
    )
  await writeSaved(agent, target, signal)
  if (!before.finished) await forgetReplay(agent)
}

/** One that was made with a parameter that agents take and do not list, such as `template`. */
const lost = ({ host }: NetdataAgent) =>
  new NetdataError(
    'refused',
    `${host.description}: an agent can only forget all it is silent about, and one of others can't be brought back`,
    {
      detail: 'One of its selectors is listed without any pattern.',
      advice: 'Reset it by hand (cmd=RESET of its health management API).',
    },
  )

/** Tells an agent what it was not told yet, without being aborted in between. */
async function tell(health: HealthManagement, { kind, all, selectors }: Replay): Promise<void> {
  const told = await health.list()
  const known = new Set(told.selectors.map(keyOf))
  const missing = selectors.filter((one) => keyOf(one) !== '' && !known.has(keyOf(one)))
  const isDisabling = kind === 'disable'
  for (const one of missing) await (isDisabling ? health.disable(one) : health.silence(one))
  if (all && !told.all) await (isDisabling ? health.disableAll() : health.silenceAll())
}

import { fail, type PrepareContext } from '@lares/core'
import {
  findInstallation,
  findNode,
  isEnabled,
  isNetdataError,
  type NetdataAgent,
  type NetdataApi,
  parseIni,
  readStreams,
  untilDataArrives,
} from '../../client/index.ts'
import { secondsOf } from '../schema-parts.ts'
import type { StreamTarget } from './inputs.ts'

/** What is asked of the link between a child and its parents. */
interface Wanted {
  to: StreamTarget
  fallback?: string[] | undefined
  tls?: boolean | undefined
}

interface Link {
  guid?: string | undefined
  destinations: readonly string[]
  tls?: boolean | undefined
  reconnectDelay?: string | undefined
}

/** What to do with two agents of one identity. */
export const RENEWAL =
  'A copy of a machine needs an identity of its own: netdata.agent gives it one; by hand: stop it, remove registry/netdata.public.unique.id from its lib folder, start it.'

/** How long data may take that is not kept waiting by a delay to connect again. */
const ARRIVAL_MS = 90_000

/** What an agent says of itself; undefined when it has no API, or does not answer. */
async function ask<T>(agent: NetdataAgent, question: (api: NetdataApi) => Promise<T>): Promise<T | undefined> {
  if (agent.place.address === undefined) return undefined
  try {
    return await question(agent.api)
  } catch (error) {
    if (isNetdataError(error)) return undefined
    throw error
  }
}

function refuseItself(guid: string | undefined, to: StreamTarget): void {
  if (guid !== undefined && guid === to.guid)
    fail({
      code: 'own_parent',
      path: 'to',
      summary: 'This agent has the identity of its parent: it is the same one, or one of them is a copy',
      advice: RENEWAL,
    })
}

/** Who the child is; warns of a circle, in which each sends the data of the others on for ever. */
export async function checkStream({
  connection,
  inputs: { to },
  signal,
  warn,
}: PrepareContext<Wanted, NetdataAgent>): Promise<{ guid: string } | undefined> {
  const { place, host } = connection
  // A copy whose agent gets another identity in the same plan is nobody's twin.
  const guid = place.next?.renewed ? undefined : (await findInstallation(host, place.container, signal))?.guid
  refuseItself(guid, to)
  const info =
    to.guid === undefined ? undefined : await ask(connection, (api) => api.info({ signal, timeoutMs: 5_000 }))
  if (info?.hosts.some(({ id, reachable }) => id === to.guid && reachable))
    warn({
      code: 'stream_circle',
      path: 'to',
      summary: 'The parent streams to this agent already, so that data would go in a circle',
      advice: 'Have one of them be the parent of the other.',
    })
  return guid === undefined ? undefined : { guid }
}

/** Refuses a child whose identity another one has that streams already; parents that can't be asked tell nothing. */
export async function refuseTwin(agent: NetdataAgent, { to, fallback = [], tls }: Wanted, signal: AbortSignal) {
  const { host } = agent
  const state = await readStreams(agent, signal)
  if (!state?.agent.guid) return
  refuseItself(state.agent.guid, to)
  const streams = isEnabled(parseIni(state.text).sections['stream'] ?? {})
  // What runs may have been told to stream by a file that is not there any more.
  if (streams || !state.running) return
  const where = { host, tls: tls ?? false, destinations: [...to.destinations, ...fallback] }
  const twin = await findNode({ ...where, guid: state.agent.guid, signal })
  if (twin?.reachable)
    fail({
      code: 'identity_in_use',
      summary: `The parent gets data of "${twin.hostname}" already, which has the same identity as this agent`,
      advice: RENEWAL,
    })
}

/** Resolves when new data of the child shows at one of its parents. */
export async function waitForData(
  agent: NetdataAgent,
  { guid, destinations, tls = false, reconnectDelay }: Link,
  { signal, log }: { signal: AbortSignal; log(message: string): void },
): Promise<void> {
  if (guid === undefined) return
  const own = await ask(agent, async (api) => ({
    hostname: (await api.info({ signal })).hostname,
    every: Math.min(60, ...(await api.charts({ signal })).map(({ updateEvery }) => updateEvery)),
  }))
  const limit = ARRIVAL_MS + 2000 * (secondsOf(reconnectDelay) ?? 0) + 3000 * (own?.every ?? 1)
  await untilDataArrives({ host: agent.host, destinations, tls, guid, hostname: own?.hostname, limit, signal, log })
}

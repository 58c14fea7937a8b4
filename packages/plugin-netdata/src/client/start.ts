import { setTimeout as sleep } from 'node:timers/promises'
import { timeLeft } from '@lares/core'
import { type Host, HostError } from '@lares/transport'
import { isNetdataError, type NetdataApi } from './api/index.ts'
import { type AgentPlace, findInstallation, lastErrors } from './installation.ts'

/** Where nobody says how long. */
const LIMIT_MS = 300_000
/** What is left of a call's time is for what comes after, such as going back to what was before. */
const SHARE = 3 / 4
/** How long somebody else may have the port. */
const OTHER_MS = 60_000
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [50, 2_000]

/** Resolves when an agent that was just started answers. Rejects with a HostError as soon as it is gone, or when it takes too long. */
export async function untilItAnswers(
  host: Host,
  { container, address, port }: AgentPlace,
  api: NetdataApi,
  signal?: AbortSignal,
): Promise<void> {
  const began = Date.now()
  const limit = ((signal && timeLeft(signal)) ?? LIMIT_MS) * SHARE
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const seen: Seen = address === undefined ? {} : await look(api, signal)
    const found = await findInstallation(host, container, signal)
    const trouble = seen.guid === undefined || seen.guid === found?.guid ? seen.trouble : 'another agent has it'
    if (found?.running && trouble === undefined) return
    const waited = Date.now() - began
    if (!found?.running || waited > (seen.starts ? limit : Math.min(limit, OTHER_MS))) {
      const detail = await lastErrors(host, container, signal)
      const what = found?.running
        ? `runs, but has not answered on port ${port} for ${Math.round(waited / 1000)} s`
        : `does not stay up with port ${port}`
      const why = trouble ?? detail.split('\n').at(-1)
      throw new HostError('command_failed', `${host.description}: Netdata ${what}${why ? `: ${why}` : ''}`, { detail })
    }
    await sleep(pause, undefined, { signal })
  }
}

/** What its port says. */
interface Seen {
  guid?: string
  trouble?: string
  /** As an agent that loads its database does. */
  starts?: boolean
}

/** Another program, or another agent, may have the port. One that lets nobody in from its own host answers that. */
async function look(api: NetdataApi, signal?: AbortSignal): Promise<Seen> {
  try {
    return { guid: (await api.info({ signal, timeoutMs: 5_000 })).id }
  } catch (error) {
    signal?.throwIfAborted()
    if (!isNetdataError(error)) throw error
    if (error.code === 'forbidden') return {}
    return { trouble: error.message, starts: isNetdataError(error, 'unreachable', 'timeout', 'starting', 'incomplete') }
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import { type Host, HostError } from '@lares/transport'
import { connectApi, isNetdataError, type NetdataApi } from './api/index.ts'
import {
  type AgentPlace,
  controlInstallation,
  findInstallation,
  findVersion,
  HOST_PLACE,
  lastErrors,
  tellAgent,
} from './installation.ts'
import type { AgentVersion } from './version.ts'

/** One agent of a host: its files, its API, and how it is told something. Every method rejects with a HostError or NetdataError. */
export interface NetdataAgent {
  readonly host: Host
  readonly place: AgentPlace
  readonly api: NetdataApi
  /** Undefined where none is installed, or its container does not run. */
  version(signal?: AbortSignal): Promise<AgentVersion | undefined>
  /** A command of netdatacli: `reload-health`. */
  tell(command: string, signal?: AbortSignal): Promise<void>
  /** Resolves when it answers again; rejects with what its log says when it does not. */
  restart(signal?: AbortSignal): Promise<void>
  /** Ends requests to its API; the host stays connected. */
  close(): void
}

/** An agent of a host, which need not be there yet; that of the host's packages where nothing else is said. */
export function connectAgent(host: Host, place: AgentPlace = HOST_PLACE): NetdataAgent {
  const { container, address, port } = place
  const api = connectApi({ host, address, port })
  // One that is being started takes no other word.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const next = last.then(act)
    last = next.catch(() => {})
    return next
  }
  return {
    ...{ host, place, api },
    close: () => api.close(),
    version: (signal) => findVersion(host, container, signal),
    tell: (command, signal) => inTurn(() => tellAgent(host, place, command, signal)),
    restart: (signal) =>
      inTurn(async () => {
        await controlInstallation(host, container, 'restart', signal)
        await untilItAnswers(host, place, api, signal)
      }),
  }
}

/** How long it may take to come up. */
const START_MS = 60_000

/** Resolves when an agent that was just started answers, and rejects as soon as it is gone. */
async function untilItAnswers(host: Host, place: AgentPlace, api: NetdataApi, signal?: AbortSignal): Promise<void> {
  const until = Date.now() + START_MS
  const { container, address, port } = place
  for (;;) {
    const found = await findInstallation(host, container, signal)
    const trouble = found?.running && address !== undefined ? await troubleOf(found.guid, api, signal) : undefined
    if (found?.running && trouble === undefined) return
    if (!found?.running || Date.now() > until) {
      const detail = await lastErrors(host, container, signal)
      const what = found?.running ? `does not answer on port ${port}` : `does not stay up with port ${port}`
      const why = trouble ?? detail.split('\n').at(-1)
      throw new HostError('command_failed', `${host.description}: Netdata ${what}${why ? `: ${why}` : ''}`, { detail })
    }
    await sleep(250, undefined, { signal })
  }
}

/** Another program, or another agent, may have the port. One that lets nobody in from its own host answers that. */
async function troubleOf(guid: string | undefined, api: NetdataApi, signal?: AbortSignal): Promise<string | undefined> {
  try {
    const { id } = await api.info({ signal, timeoutMs: 5_000 })
    return id === guid ? undefined : 'another agent has it'
  } catch (error) {
    signal?.throwIfAborted()
    if (!isNetdataError(error)) throw error
    return error.code === 'forbidden' ? undefined : error.message
  }
}

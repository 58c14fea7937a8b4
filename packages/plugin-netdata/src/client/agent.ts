import type { Host } from '@lares/transport'
import { connectApi, type NetdataApi } from './api/index.ts'
import { type AgentPlace, controlInstallation, findVersion, HOST_PLACE, tellAgent } from './installation.ts'
import { untilItAnswers } from './start.ts'
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
  /**
   * Resolves when it answers again, which takes minutes where it has much to load; rejects with what its log says as soon as
   * it is gone, or when it does not within three quarters of the time that is left of the call that the signal is of.
   */
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

import { setTimeout as delay } from 'node:timers/promises'
import type { ContainerOptions } from '../options.ts'
import { orFalse, orUndefined } from './absence.ts'
import { type ContainerFile, putFiles } from './container-files.ts'
import { createContainer, readOptions } from './container-options.ts'
import type { Engine } from './engine.ts'
import { type CallOptions, call, type EngineAccess } from './engine-access.ts'
import { isDockerError } from './error.ts'
import { labelFilter } from './events.ts'
import { type Exec, execIn } from './exec.ts'
import { type Logs, logsOf } from './logs.ts'
import { parseDuration } from './notation/duration.ts'
import type { UpdateBody } from './options/live-update.ts'
import type { ContainerSpec } from './options/spec.ts'
import { type HealthWaitOptions, waitUntilHealthy } from './wait.ts'
import type { ContainerInspect, ContainerState } from './wire.ts'

/** A container as a list shows it. */
export type ContainerSummary = {
  id: string
  name: string
  image: string
  imageId: string
  labels: Record<string, string>
  state: ContainerState['Status']
  /** For people: `Up 3 minutes (healthy)`. */
  status: string
  createdAt: Date
  /** Names of the volumes that it has. */
  volumes: string[]
  /** Ids of what it is attached to networks by, by network; new ones at each start. */
  endpoints: Record<string, string>
}

export type Containers = {
  /** Stopped ones too, unless `running` is asked for. A label with an empty value asks for the key alone. */
  list(options?: CallOptions & { labels?: Record<string, string>; running?: boolean }): Promise<ContainerSummary[]>
  /** The container of this name or id, or undefined. */
  inspect(name: string, options?: CallOptions): Promise<ContainerInspect | undefined>
  /**
   * The options of a container in canonical form, or undefined when there is no such container. Values that come from
   * its image or from the engine are left out, except those that `wanted` has.
   */
  options(name: string, options?: CallOptions & { wanted?: Partial<ContainerSpec> }): Promise<ContainerSpec | undefined>
  /**
   * Creates a container, attached to all its networks, and leaves none behind when that fails. It is not started.
   * @returns its id. @throws DockerError `no_such_image` (nothing is pulled), `not_found` for a network, `name_in_use`, `invalid`
   */
  create(name: string, container: ContainerOptions, options?: CallOptions): Promise<string>
  /** False when it was running. @throws DockerError `port_in_use`, `address_in_use` */
  start(name: string, options?: CallOptions): Promise<boolean>
  /** Waits for the grace period, the container's own or `grace` (`30s`), then kills it. False when it was not running. */
  stop(name: string, options?: CallOptions & { grace?: string }): Promise<boolean>
  restart(name: string, options?: CallOptions & { grace?: string }): Promise<void>
  kill(name: string, signalName: string, options?: CallOptions): Promise<void>
  /** False when it was gone. `force` kills it first, `volumes` removes its anonymous volumes too. */
  remove(name: string, options?: CallOptions & { force?: boolean; volumes?: boolean }): Promise<boolean>
  rename(name: string, newName: string, options?: CallOptions): Promise<void>
  /** Changes limits and restart policy of a container without stopping it; see `liveUpdate`. */
  update(name: string, body: UpdateBody, options?: CallOptions): Promise<void>
  /** Waits until it ends. @returns its exit code */
  wait(name: string, options?: CallOptions): Promise<number>
  /** @throws DockerError `unhealthy`, `exited`, `timeout` */
  waitHealthy(name: string, options?: HealthWaitOptions): Promise<void>
  exec: Exec
  logs: Logs
  /** Puts files into a container, running or not, over those that are there. @throws DockerError `forbidden` where its file system is read-only */
  putFiles(name: string, files: readonly ContainerFile[], options?: CallOptions): Promise<void>
}

type ListedContainer = {
  Id: string
  Names: string[]
  Image: string
  ImageID: string
  Labels: Record<string, string> | null
  State: ContainerState['Status']
  Status: string
  Created: number
  Mounts: { Type: string; Name?: string }[] | null
  NetworkSettings?: { Networks: Record<string, { EndpointID: string }> | null } | null
}

const STOP_MARGIN_MS = 30_000
const DAY_MS = 86_400_000
const REMOVAL_MS = 60_000
const REMOVAL_PAUSE_MS = 100

export function containersOf(access: EngineAccess, engine: Pick<Engine, 'defaults'>): Containers {
  const { docker, streaming } = access
  const act = (
    verb: string,
    name: string,
    options: CallOptions,
    send: (abortSignal: AbortSignal) => Promise<unknown>,
  ) => call<unknown>(access, { request: `${verb} container ${name}`, options }, send)
  const inspect = (name: string, options: CallOptions = {}) =>
    orUndefined(
      call<ContainerInspect>(
        access,
        { request: `inspect container ${name}`, options, repeatable: true },
        (abortSignal) => docker.getContainer(name).inspect({ abortSignal }),
      ),
    )
  const ended = (verb: 'stop' | 'restart', name: string, { grace, ...options }: CallOptions & { grace?: string }) => {
    const seconds = grace === undefined ? undefined : Math.ceil(parseDuration(grace) / 1e9)
    const timeoutMs = seconds === undefined ? undefined : seconds * 1000 + STOP_MARGIN_MS
    const limits = { ...options, timeoutMs: options.timeoutMs ?? timeoutMs ?? 10 * STOP_MARGIN_MS }
    return act(verb, name, limits, (abortSignal) =>
      streaming.getContainer(name)[verb]({ ...(seconds !== undefined && { t: seconds }), abortSignal }),
    )
  }
  /** Somebody else is removing it. The engine's own wait for that goes on for ever when it begins too late. */
  const untilRemoved = async (name: string, options: CallOptions, error: unknown) => {
    if (!isDockerError(error, 'conflict') || !/already in progress/.test(error.message)) throw error
    const until = Date.now() + (options.timeoutMs ?? REMOVAL_MS)
    while (await inspect(name, options)) {
      if (Date.now() > until) throw error
      await delay(REMOVAL_PAUSE_MS, undefined, { signal: options.signal })
    }
  }
  return {
    inspect,
    async list({ labels = {}, running = false, ...options } = {}) {
      const query = { all: !running, filters: JSON.stringify({ label: labelFilter(labels) }) }
      const listed = await call<ListedContainer[]>(
        access,
        { request: 'list containers', options, repeatable: true },
        (abortSignal) => docker.listContainers({ ...query, abortSignal }),
      )
      return listed.map(toSummary)
    },
    options: (name, options = {}) => readOptions(access, inspect, engine.defaults, name, options),
    create: (name, container, options = {}) => createContainer(access, name, container, options),
    start: (name, options = {}) =>
      unlessUnchanged(act('start', name, options, (abortSignal) => docker.getContainer(name).start({ abortSignal }))),
    stop: (name, options = {}) => unlessUnchanged(ended('stop', name, options)),
    async restart(name, options = {}) {
      await ended('restart', name, options)
    },
    async kill(name, signalName, options = {}) {
      await act('kill', name, options, (abortSignal) =>
        docker.getContainer(name).kill({ signal: signalName, abortSignal }),
      )
    },
    remove: (name, { force = false, volumes = false, ...options } = {}) => {
      const removed = act('remove', name, options, (abortSignal) =>
        docker.getContainer(name).remove({ force, v: volumes, abortSignal }),
      )
      return orFalse(removed.catch((error) => untilRemoved(name, options, error)))
    },
    async rename(name, newName, options = {}) {
      await act('rename', name, options, (abortSignal) =>
        docker.getContainer(name).rename({ name: newName, abortSignal }),
      )
    },
    async update(name, body, options = {}) {
      await act('update', name, options, (abortSignal) => docker.getContainer(name).update({ ...body, abortSignal }))
    },
    wait: (name, options = {}) =>
      call<{ StatusCode: number }>(
        access,
        { request: `wait for container ${name}`, options, defaultTimeoutMs: DAY_MS },
        (abortSignal) => streaming.getContainer(name).wait({ abortSignal }),
      ).then(({ StatusCode }) => StatusCode),
    waitHealthy: (name, options = {}) => waitUntilHealthy(access, inspect, name, options),
    exec: execIn(access),
    logs: logsOf(access, inspect),
    putFiles: (name, files, options = {}) => putFiles(access, name, files, options),
  }
}

const toSummary = (listed: ListedContainer): ContainerSummary => ({
  id: listed.Id,
  name: (listed.Names.find((name) => name.lastIndexOf('/') === 0) ?? listed.Names[0] ?? '').replace(/^\//, ''),
  image: listed.Image,
  imageId: listed.ImageID,
  labels: listed.Labels ?? {},
  state: listed.State,
  status: listed.Status,
  createdAt: new Date(listed.Created * 1000),
  volumes: (listed.Mounts ?? []).flatMap(({ Type, Name }) => (Type === 'volume' && Name ? [Name] : [])),
  endpoints: Object.fromEntries(
    Object.entries(listed.NetworkSettings?.Networks ?? {}).map(([network, { EndpointID }]) => [network, EndpointID]),
  ),
})

/** The engine answers 304 when there is nothing to do. */
const unlessUnchanged = (request: Promise<unknown>): Promise<boolean> =>
  request.then(
    () => true,
    (error: unknown) => {
      if (isDockerError(error) && error.status === 304) return false
      throw error
    },
  )

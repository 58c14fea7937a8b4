import type { Agent } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import { inspect } from 'node:util'
import Modem from 'docker-modem'
import Dockerode from 'dockerode'

/** dockerode takes query, body and signal in one object, and does not say which calls know a signal: all may be given one. */
type Options = { abortSignal?: AbortSignal; [name: string]: unknown }
type Request = (options: Options) => Promise<unknown>
type StreamRequest = (options: Options) => Promise<Readable>

type ContainerVerb = 'inspect' | 'start' | 'stop' | 'restart' | 'kill' | 'remove' | 'rename' | 'update' | 'wait'

export type StartedExec = {
  start(options: Options): Promise<Duplex>
  inspect(options: Options): Promise<{ ExitCode: number | null }>
}

/** The part of dockerode that this client uses, as it is called here: with promises, its answers unchecked. */
export type EngineApi = {
  ping: Request
  info: Request
  version: Request
  getEvents: StreamRequest
  listContainers: Request
  listImages: Request
  listNetworks: Request
  listVolumes: Request
  createContainer(options: Options): Promise<{ id: string }>
  createNetwork(options: Options): Promise<{ id: string }>
  createVolume: Request
  createImage(credential: object, options: Options): Promise<Readable>
  buildImage(archive: Readable, options: Options): Promise<Readable>
  getContainer(id: string): Record<ContainerVerb, Request> & {
    exec(options: Options): Promise<{ id: string }>
    putArchive(archive: Readable | Buffer, options: Options): Promise<unknown>
  }
  getExec(id: string): StartedExec
  getImage(name: string): Record<'inspect' | 'distribution' | 'tag' | 'remove', Request> & { push: StreamRequest }
  getNetwork(name: string): Record<'inspect' | 'remove' | 'connect' | 'disconnect', Request>
  getVolume(name: string): Record<'inspect' | 'remove', Request>
  modem: Pick<InstanceType<typeof Modem>, 'dial'>
}

/**
 * A dockerode whose requests all go through one agent. docker-modem's constructor lets DOCKER_HOST, DOCKER_CERT_PATH and
 * DOCKER_PATH_PREFIX override or break what it is told, so it is not run: its requests need no more than this.
 */
export function dockerodeOver(agent: Agent, apiVersion?: string): EngineApi {
  // For a log that nobody reads, docker-modem writes out all of each request, and with the agent all that wait for it.
  Object.assign(agent, { [inspect.custom]: () => 'Agent' })
  const modem: InstanceType<typeof Modem> = Object.assign(Object.create(Modem.prototype), {
    agent,
    protocol: 'http',
    // Never opened: the agent is what connects. With a host instead, each request would go through the deprecated url.parse.
    socketPath: 'engine',
    headers: {},
    ...(apiVersion !== undefined && { version: `v${apiVersion}` }),
  })
  return new Dockerode({ modem } as Dockerode.DockerOptions) as unknown as EngineApi
}

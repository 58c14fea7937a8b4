import { defineResource } from '@lares/core'
import { hostProvider } from '@lares/transport'
import * as z from 'zod'
import { DEFAULT_SOCKET } from '../client/connect.ts'
import { type DockerConnection, dockerProvider } from '../provider.ts'

const describe = async ({ self, signal }: { self(): Promise<DockerConnection>; signal: AbortSignal }) => {
  const { apiVersion, engine, socketPath } = await self()
  const info = await engine.info({ signal })
  return {
    socketPath,
    apiVersion,
    version: info.ServerVersion,
    id: info.ID,
    name: info.Name,
    operatingSystem: info.OperatingSystem,
    architecture: info.Architecture,
    cpus: info.NCPU,
    memory: info.MemTotal,
    storageDriver: info.Driver,
    rootDirectory: info.DockerRootDir,
    runtimes: Object.keys(info.Runtimes).sort(),
  }
}

/** A Docker engine that is there already. A machine is one by itself, so this is for another socket, or for what it tells. */
export const engine = defineResource({
  type: 'docker.engine',
  description: 'A Docker engine that is there already, and which of them when a machine has several.',
  proof: 'real',
  ownership: 'asserted',
  provider: hostProvider,
  inputs: z.object({
    socketPath: z
      .string()
      .startsWith('/', 'Expected an absolute path')
      .default(DEFAULT_SOCKET)
      .describe('The socket it answers on; that of a rootless engine is `/run/user/1000/docker.sock`'),
  }),
  attributes: z.object({
    socketPath: z.string(),
    apiVersion: z.string().describe('The newest API version that it and Lares both speak'),
    version: z.string(),
    id: z.string().describe('What tells it from every other engine'),
    name: z.string().describe("The machine's host name, as the engine knows it"),
    operatingSystem: z.string(),
    architecture: z.string(),
    cpus: z.number().int().describe('Processors that containers can use'),
    memory: z.number().describe('Bytes that containers can use'),
    storageDriver: z.string(),
    rootDirectory: z.string().describe('Where it keeps images, containers and volumes'),
    runtimes: z.array(z.string()).describe('What a container can run in: `runc`, `kata-runtime`'),
  }),
  identity: ({ socketPath }) => socketPath,
  provides: { provider: dockerProvider, endpoint: ({ inputs: { socketPath } }) => ({ socketPath }) },
  read: describe,
  create: describe,
  update: describe,
  delete: async () => {},
  diff: () => [],
})

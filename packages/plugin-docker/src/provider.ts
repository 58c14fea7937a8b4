import { defineProvider } from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import * as z from 'zod'
import { connectDocker, type DockerClient } from './client/index.ts'
import { type ProjectMemory, projectMemory } from './resources/compose/memory.ts'
import { type KnownImages, knownImages } from './resources/known-images.ts'

/** The connection `docker`: a client, and what was learnt over it. */
export interface DockerConnection extends DockerClient {
  /** The machine that the engine is on. */
  readonly host: Host
  readonly known: KnownImages
  readonly projects: ProjectMemory
}

const endpoint = z.object({ socketPath: z.string().optional() }).optional()

/** The Docker engine of the host that `on` names, of this machine without it, or what a `docker.engine` says. */
export const dockerProvider = defineProvider({
  name: 'docker',
  over: hostProvider,
  endpoint,
  connect: async ({ endpoint, signal, via }): Promise<DockerConnection> => {
    const host = await via()
    const client = await connectDocker({ signal, ...endpoint, ...(host.local ? {} : { host }) })
    return { ...client, host, known: knownImages(client.images), projects: projectMemory() }
  },
  close: (connection) => connection.close(),
})

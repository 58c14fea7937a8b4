import { defineProvider } from '@lares/core'
import { hostProvider } from '@lares/transport'
import { connectDocker, type DockerClient } from './client/index.ts'
import { type ProjectMemory, projectMemory } from './resources/compose/memory.ts'
import { type KnownImages, knownImages } from './resources/known-images.ts'

/** The connection `docker`: a client, and what was learnt over it. */
export interface DockerConnection extends DockerClient {
  readonly known: KnownImages
  readonly projects: ProjectMemory
}

/** The Docker engine of a host: this machine's, or that of the host that `on` names. */
export const dockerProvider = defineProvider({
  name: 'docker',
  over: hostProvider,
  connect: async ({ signal, via }): Promise<DockerConnection> => {
    const host = await via()
    const client = await connectDocker({ signal, ...(host.local ? {} : { host }) })
    return { ...client, known: knownImages(client.images), projects: projectMemory() }
  },
  close: (connection) => connection.close(),
})

import { definePlugin } from '@lares/core'
import manifest from '../package.json' with { type: 'json' }
import { compose } from './resources/compose.ts'
import { container } from './resources/container.ts'
import { engine } from './resources/engine.ts'
import { image } from './resources/image.ts'
import { network } from './resources/network.ts'
import { volume } from './resources/volume.ts'

export * from './client/index.ts'
export { type ContainerOptions, containerOptions } from './options.ts'
export { type DockerConnection, dockerProvider } from './provider.ts'

export default definePlugin({
  name: 'docker',
  package: manifest.name,
  version: manifest.version,
  resources: { engine, image, network, volume, container, compose },
})

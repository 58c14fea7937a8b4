import { defineLab } from '@lares/core'
import docker from '@lares/plugin-docker'

export default defineLab({ name: 'bench', resources: [docker.compose('bench-lares', { file: 'compose.json' })] })

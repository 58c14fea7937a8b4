import { defineLab } from '@lares/core'
import docker from '@lares/plugin-docker'

const { BENCH_COUNT, BENCH_IMAGE, BENCH_VERSION } = process.env as Record<string, string>

const containers = Array.from({ length: Number(BENCH_COUNT) }, (_, i) =>
  docker.container(`bench-lares-${i}`, { image: BENCH_IMAGE!, env: { VERSION: i === 0 ? BENCH_VERSION! : '1' } }),
)

export default defineLab({ name: 'bench', resources: containers })

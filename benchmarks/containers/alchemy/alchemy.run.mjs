import alchemy from 'alchemy'
import { Container } from 'alchemy/docker'

const { BENCH_COUNT, BENCH_IMAGE, BENCH_VERSION } = process.env

const app = await alchemy('bench', { phase: process.argv[2] === 'destroy' ? 'destroy' : 'up', quiet: true })
await Promise.all(
  Array.from({ length: Number(BENCH_COUNT) }, (_, i) =>
    Container(`bench-alchemy-${i}`, {
      image: BENCH_IMAGE,
      name: `bench-alchemy-${i}`,
      environment: { VERSION: i === 0 ? BENCH_VERSION : '1' },
      start: true,
    }),
  ),
)
await app.finalize()

import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['lares-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['lares-source', 'node', 'import', 'default'] } },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'apps/*/{src,test}/**/*.test.ts', 'docs/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})

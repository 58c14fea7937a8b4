import { join } from 'node:path'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** Inside the repository packages find each other's source: here, and in what the tests start with plain Node. */
const conditions = ['lares-source', 'node', 'import', 'default']

/** What tests outside and inside the rig have in common. */
export const shared = {
  root: import.meta.dirname,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 60_000,
    pool: 'forks',
    execArgv: ['--conditions=lares-source'],
    globalSetup: join(import.meta.dirname, 'vitest.setup.ts'),
    setupFiles: join(import.meta.dirname, 'vitest.seed.ts'),
  },
} satisfies ViteUserConfig

/** Tests of real parts; they run inside the rig, with `e2e/vitest.config.ts`. */
export const realParts = [
  'e2e/**/*.test.ts',
  'packages/*/test/**/integration.test.ts',
  'packages/plugin-*/test/**/contract.test.ts',
]

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['packages/*/{src,test}/**/*.test.ts', 'apps/*/{src,test}/**/*.test.ts', 'docs/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...realParts],
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})

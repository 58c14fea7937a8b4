import { defineConfig } from 'vitest/config'
import { realParts, shared } from '../vitest.config.ts'

export default defineConfig({
  ...shared,
  test: {
    include: realParts,
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    execArgv: ['--conditions=lares-source'],
    // Tests pause engines and unplug hosts that the others use too.
    fileParallelism: false,
  },
})

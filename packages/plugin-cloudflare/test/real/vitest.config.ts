import { defineConfig } from 'vitest/config'
import { shared } from '../../../../vitest.config.ts'
import { VARIABLES } from './variables.ts'

const missing = VARIABLES.filter((name) => !process.env[name])
if (missing.length > 0) throw new Error(`These tests change a real account, and need ${missing.join(', ')}`)

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['packages/plugin-cloudflare/test/real/contract.ts'],
    // Cloudflare lets whoever asks too often wait for 5 minutes, more than once.
    testTimeout: 3_600_000,
    hookTimeout: 3_600_000,
    fileParallelism: false,
  },
})

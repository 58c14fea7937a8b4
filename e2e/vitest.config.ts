import { defineConfig } from 'vitest/config'
import { realParts, shared } from '../vitest.config.ts'

const guests = [
  'e2e/guests/**/*.test.ts',
  'e2e/rig/guests.test.ts',
  'packages/plugin-kvm/test/**/integration.test.ts',
  'packages/plugin-kvm/test/contract.test.ts',
]

/** What `npm test` runs at the same time, each lane in a rig of its own; each alone leaves the machine idle too often. */
const lanes = [
  { name: 'guests', include: guests, exclude: [] },
  { name: 'engines', include: realParts, exclude: guests },
]

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    hookTimeout: 120_000,
    // Tests pause engines and unplug hosts that the others of their lane use too.
    fileParallelism: false,
    projects: lanes.map(({ name, include, exclude }) => ({
      extends: true as const,
      test: { name, include, exclude: ['**/node_modules/**', '**/dist/**', ...exclude] },
    })),
  },
})

import { globSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { realParts, shared } from '../vitest.config.ts'
import lanes from './lanes.json' with { type: 'json' }

const files = globSync([...realParts], { cwd: shared.root, exclude: ['**/node_modules', '**/dist'] })
/** A file belongs to the lane that names best where it is. */
const laneOf = (file: string) => {
  const fit = ({ under }: (typeof lanes)[number]) =>
    Math.max(...under.map((path) => (file.startsWith(path) ? path.length : -1)))
  return [...lanes].sort((a, b) => fit(b) - fit(a))[0]
}

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    // Half a busy machine is slow; what hangs is to end all the same.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Tests pause engines and unplug hosts that the others of their lane use too.
    fileParallelism: false,
    projects: lanes.map((lane) => ({
      extends: true as const,
      test: { name: lane.name, include: files.filter((file) => laneOf(file) === lane) },
    })),
  },
})

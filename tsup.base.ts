import { defineConfig, type Options } from 'tsup'

/** One build for every package: ESM, one bundle per entry, declarations beside it. */
export const build = (entry: Record<string, string>, options: Options = {}) =>
  defineConfig({
    entry,
    format: 'esm',
    target: 'node22',
    platform: 'node',
    dts: true,
    clean: true,
    splitting: true,
    treeshake: true,
    sourcemap: false,
    // Read as a hundred files it would be most of a cold start; what is left of it in a bundle costs a few milliseconds.
    noExternal: ['zod'],
    ...options,
  })

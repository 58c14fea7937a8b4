import { defineConfig, type Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** All packages share core's copy of zod: see `packages/core/src/zod.ts`. */
const sharedZod: Plugin = {
  name: 'shared-zod',
  setup({ onResolve }) {
    onResolve({ filter: /^zod$/ }, () => ({ path: '@lares/core/zod', external: true, sideEffects: false }))
  },
}

/**
 * For packages that bundle libraries in CommonJS, which ask for `require`. Those libraries are development dependencies:
 * reading their many small files is most of what they cost at a start.
 */
export const commonJs: Options = {
  banner: ({ format }) => (format === 'esm' ? { js: requireShim } : {}),
}
const requireShim =
  'import { createRequire as lares_createRequire } from "node:module"; const require = lares_createRequire(import.meta.url);'

/** One build for every package: ESM, one bundle per entry, declarations beside it. */
export const build = (entry: Record<string, string>, { esbuildPlugins = [], ...options }: Options = {}) =>
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
    // Read as a hundred files it would be most of a cold start.
    noExternal: ['zod'],
    esbuildPlugins: 'zod' in entry ? esbuildPlugins : [sharedZod, ...esbuildPlugins],
    ...options,
  })

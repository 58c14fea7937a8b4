import type { Options } from 'tsup'
import { build, commonJs } from '../../tsup.base.ts'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/**
 * What dockerode would load and this package never calls: its own SSH, BuildKit sessions over gRPC, packing a context, and
 * a debug log that shows registry credentials.
 */
const unused: Readonly<Record<string, string>> = {
  './ssh': 'module.exports = () => { throw new Error("not bundled") }',
  './session': 'module.exports = () => { throw new Error("not bundled") }',
  './buildkit': 'module.exports = {}',
  'tar-fs': 'module.exports = {}',
  debug: 'module.exports = () => () => {}',
  // Every request is described for that log, with its sockets and all: 20 ms of processor time each.
  util: 'exports.inspect = () => ""',
}

const withoutUnused: Plugin = {
  name: 'without-unused',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:\.\/(?:ssh|session|buildkit)|tar-fs|debug)$/ }, ({ path, importer }) =>
      /node_modules[/\\](?:dockerode|docker-modem)[/\\]/.test(importer) ? { path, namespace: 'unused' } : undefined,
    )
    onResolve({ filter: /^util$/ }, ({ path, importer }) =>
      /docker-modem[/\\]lib[/\\]modem\.js$/.test(importer) ? { path, namespace: 'unused' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({ contents: unused[path]! }))
  },
}

export default build({ index: 'src/index.ts' }, { ...commonJs, esbuildPlugins: [withoutUnused] })

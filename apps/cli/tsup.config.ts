import { build } from '../../tsup.base.ts'

// Libraries are bundled, because reading many small files is most of a cold start. Those in CommonJS ask for `require`.
const banner = `import { createRequire as lares_require } from 'node:module'; const require = lares_require(import.meta.url);`

export default build(
  { main: 'src/main.ts' },
  { dts: false, noExternal: ['yaml', 'cosmiconfig', 'diff'], banner: { js: banner } },
)

import { fileURLToPath } from 'node:url'
import { type Row, row, run, takeTurns } from './measure.ts'

const lares = fileURLToPath(new URL('../node_modules/.bin/lares', import.meta.url))
const example = fileURLToPath(new URL('../examples/quickstart', import.meta.url))

/** How long the command takes before it does anything. */
export default async function coldStart(): Promise<Row[]> {
  const seconds = await takeTurns(15, {
    floor: async () => (await run('node', ['-e', '0'])).seconds,
    version: async () => (await run(lares, ['--version'])).seconds,
    help: async () => (await run(lares, ['--help'])).seconds,
    validate: async () => (await run(lares, ['validate'], { cwd: example })).seconds,
  })
  return [
    row('lares --version', seconds.floor, seconds.version, { aim: 1.3 }),
    row('lares --help', seconds.floor, seconds.help),
    row('lares validate (TypeScript, host and docker plugins)', seconds.floor, seconds.validate),
  ]
}

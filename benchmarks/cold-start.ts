import { fileURLToPath } from 'node:url'
import { type Row, run, takeTurns } from './measure.ts'

const lares = fileURLToPath(new URL('../node_modules/.bin/lares', import.meta.url))
const example = fileURLToPath(new URL('../examples/quickstart', import.meta.url))

/** How long the command takes before it does anything. */
export default async function coldStart(): Promise<Row[]> {
  const { floor, version, help, validate } = await takeTurns(15, {
    floor: () => run('node', ['-e', '0']),
    version: () => run(lares, ['--version']),
    help: () => run(lares, ['--help']),
    validate: () => run(lares, ['validate'], { cwd: example }),
  })
  return [
    { name: 'lares --version', floor, lares: version, aim: 1.3 },
    { name: 'lares --help', floor, lares: help },
    { name: 'lares validate (TypeScript, host and docker plugins)', floor, lares: validate },
  ]
}

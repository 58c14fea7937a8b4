// Runs before anything is installed, on whatever Node is there: plain JavaScript, no dependencies.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { ensureInstalled } from './install.mjs'
import { command, runSteps } from './steps.mjs'

const required = process.env.LARES_E2E === 'required'
const started = performance.now()
const lanes = JSON.parse(await readFile(new URL('../e2e/lanes.json', import.meta.url), 'utf8'))
const scratch = await mkdtemp(join(tmpdir(), 'lares-test-'))
const total = { passed: 0, failures: [], skipped: [] }
/** Why the tests of real parts can't run, once that is known to be so. */
let missing

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1).padStart(6)} s`
const say = (name, text) => console.log(`${name.padEnd(10)} ${text}`)

async function step(name, line, options = {}) {
  const since = performance.now()
  const show = options.show ? (text) => text.trim() && say(name, `| ${text}`) : undefined
  const { code, output } = await command(line, { ...options, onLine: show })
  say(name, `${code === 0 ? 'ok    ' : 'failed'} ${seconds(since)}`)
  return { code, output }
}

async function mustPass(name, line, env = {}) {
  const { code, output } = await step(name, line, { env })
  if (code !== 0) total.failures.push({ name, text: output })
}

async function vitest(name, which, enter = []) {
  const file = join(scratch, `${name}.json`)
  const line = [...enter, 'vitest', 'run', ...which, '--reporter=default', '--reporter=./scripts/tally.mjs']
  const { code } = await step(name, line, { show: true, minutes: 60, env: { LARES_TALLY: file } })
  const tally = await readFile(file, 'utf8').then(JSON.parse, () => ({ passed: 0, failures: [], skipped: [] }))
  if (code !== 0 && tally.failures.length === 0) tally.failures.push({ name, text: `It ended with code ${code}` })
  total.passed += tally.passed
  total.failures.push(...tally.failures)
  total.skipped.push(...tally.skipped)
}

async function prepare() {
  const since = performance.now()
  const { code, output } = await command(['node', 'e2e/rig/prepare.ts'])
  const last = output.trim().split('\n').at(-1)
  if (code !== 0) missing = last
  say('prepare', `${code === 0 ? 'ok    ' : 'none  '} ${seconds(since)}  ${last}`)
}

/** One lane of the tests of real parts, in a rig of its own. */
async function realParts(lane) {
  const which = ['--config', 'e2e/vitest.config.ts', '--project', lane]
  if (missing === undefined) return vitest(lane, which, ['node', 'e2e/rig/enter.ts', '--'])
  const file = join(scratch, `${lane}.list.json`)
  await command(['vitest', 'list', `--json=${file}`, ...which])
  const tests = JSON.parse(await readFile(file, 'utf8'))
  say(lane, `skipped: ${missing}`)
  total.skipped.push(...tests.map((test) => ({ name: `${relative('.', test.file)} > ${test.name}`, reason: missing })))
}

const since = performance.now()
say('install', (await ensureInstalled()) ? `ok     ${seconds(since)}` : 'up to date')
await runSteps(
  [
    { name: 'prepare', run: prepare, beside: true },
    { name: 'lint', run: () => mustPass('lint', ['biome', 'check', '.']) },
    { name: 'types', run: () => mustPass('types', ['tsc', '--noEmit', '-p', 'tsconfig.json']) },
    {
      name: 'check',
      run: () =>
        mustPass('check', ['turbo', 'run', 'check', '--output-logs=errors-only'], { TURBO_TELEMETRY_DISABLED: '1' }),
    },
    // Some unit tests talk to an sshd of their own, which may have to be installed first.
    { name: 'unit', run: () => vitest('unit', ['--config', 'vitest.config.ts']), after: ['prepare'] },
    ...lanes.map(({ name }) => ({ name, run: () => realParts(name), after: ['prepare', 'check', 'unit'] })),
  ],
  2,
)
await rm(scratch, { recursive: true })

for (const { name, reason } of total.skipped) console.log(`skipped: ${name} (${reason})`)
if (required) {
  const text = 'A skipped test is a failure here (LARES_E2E=required)'
  total.failures.push(...total.skipped.map(({ name }) => ({ name, text })))
}
// Last of all, where whoever reads only the end of a long log sees them.
for (const { name, text } of total.failures) console.log(`\nfailed: ${name}\n${text.trim().slice(0, 4000)}`)
console.log(`all done   ${seconds(started)}`)
console.log(`${total.passed} passed, ${total.failures.length} failed, ${total.skipped.length} skipped`)
process.exitCode = total.failures.length > 0 ? 1 : 0

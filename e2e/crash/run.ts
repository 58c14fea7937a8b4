// node e2e/crash/run.ts [--full [--resume] [--minutes M]] [--rounds N] [--only STRIKE] [--seed S]
import { spawn } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { runCampaign } from './campaign.ts'
import { summary } from './summary.ts'

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    resume: { type: 'boolean', default: false },
    only: { type: 'string' },
    minutes: { type: 'string' },
    rounds: { type: 'string', default: '24' },
    seed: { type: 'string', default: '1' },
  },
})
const log = join(import.meta.dirname, 'full-run.log')

if (process.env.LARES_RIG === undefined) process.exitCode = await insideRig()
else process.exitCode = await campaign()

/** The same command, inside a rig of its own. */
async function insideRig(): Promise<number> {
  const enter = join(import.meta.dirname, '../rig/enter.ts')
  const again = [enter, '--', process.execPath, import.meta.filename, ...process.argv.slice(2)]
  const child = spawn(process.execPath, again, { stdio: 'inherit' })
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => child.kill(name))
  return await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

async function campaign(): Promise<number> {
  const say = (line: string) => {
    process.stdout.write(`${line}\n`)
    if (values.full) appendFileSync(log, `${line}\n`)
  }
  const seed = Number(values.seed)
  const done = values.full && values.resume ? doneIn(readFileSync(log, 'utf8')) : new Set<string>()
  if (values.full && !values.resume) writeFileSync(log, '')
  for (const line of await heading(seed)) say(line)
  const result = await runCampaign({
    seed,
    done,
    ...(values.only === undefined ? {} : { only: values.only }),
    ...(values.full ? {} : { rounds: Number(values.rounds) }),
    ...(values.minutes === undefined ? {} : { withinMs: Number(values.minutes) * 60_000 }),
    report: say,
  })
  for (const line of summary(result)) say(line)
  return result.failures.length > 0 ? 1 : 0
}

async function heading(seed: number): Promise<string[]> {
  const commit = await execa('git', ['describe', '--always', '--dirty'], { cwd: import.meta.dirname, reject: false })
  const engine = await execa('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 30_000 })
  const revision = process.env.LARES_COMMIT ?? commit.stdout
  return [
    `# ${new Date().toISOString()}  lares ${revision}  node ${process.versions.node}  engine ${engine.stdout}  linux ${release()}  seed ${seed}`,
  ]
}

/** The strikes of earlier runs that came and went well. */
function doneIn(text: string): Set<string> {
  return new Set(text.split('\n').flatMap((line) => /^(\w+ +.+) -> ok /.exec(line)?.[1] ?? []))
}

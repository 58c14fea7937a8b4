import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type CloudflareOptions, type CloudflareStandIn, startCloudflare } from '../../../../e2e/cloudflare/stand-in.ts'
import { contentsOf } from '../account-contents.ts'
import { type CommandLab, commandLab, type Run } from '../command.ts'
import { handsOf } from '../hands.ts'
import { environmentOf, wholeLab } from '../whole-lab.ts'

/** How many strikes; a seeded choice of all, of which `LARES_CRASH_ROUNDS=all` plays every one. */
const ROUNDS = process.env.LARES_CRASH_ROUNDS ?? '6'
const SEED = Number(process.env.LARES_CRASH_SEED ?? 1)
const MINUTES = 60_000

type Stage = 'made' | 'changed'
/** `POST access/apps`, the how many-th change it is, and whether the answer was lost with the process. */
type Strike = { number: number; name: string; when: 'done, not answered' | 'answered' } | { boundary: string }

const journal = join(import.meta.dirname, '../../../../e2e/crash/state-boundaries.ts')

async function opened(options: CloudflareOptions = {}) {
  const standIn = await startCloudflare({ zone: 'example.org', rateLimit: { requests: 1e6, seconds: 300 }, ...options })
  const lab = await commandLab(wholeLab, environmentOf(standIn))
  const close = async () => {
    await standIn.close()
    await lab.remove()
  }
  return { standIn, lab, close }
}
type Opened = Awaited<ReturnType<typeof opened>>

const apply = ({ lab }: { lab: CommandLab }, more = {}): Promise<Run> => lab.run(['apply', '--yes'], more)

async function reach(at: Opened, stage: Stage): Promise<Run> {
  await at.lab.write('stage', stage)
  const run = await apply(at)
  expect(run.code, run.text).toBe(0)
  return run
}

const nameOf = ({ method, path }: { method: string; path: string }): string => {
  const [, kind = '', what = ''] =
    /^\/(?:accounts|zones)\/\w+\/((?:access\/)?\w+)(?:\/[\w-]+)?(\/\w+)?/.exec(path) ?? []
  return `${method} ${kind}${what}`
}
const changesIn = (calls: CloudflareStandIn['calls']) => calls.filter(({ method }) => method !== 'GET').map(nameOf)

/** Kills whoever makes the how many-th change, when it is done: before the answer, or as soon as it was sent. */
function killAt({ standIn }: Opened, { number, when }: { number: number; when: string }): (pid: number) => void {
  let pid = 0
  let seen = 0
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const)
    standIn.faults.add({
      method,
      times: 1e6,
      happens: {
        when: 'after',
        meanwhile() {
          if (++seen !== number) return
          if (when === 'answered') setImmediate(() => process.kill(pid, 'SIGKILL'))
          else process.kill(pid, 'SIGKILL')
        },
      },
    })
  return (started) => {
    pid = started
  }
}

async function strike(at: Opened, how: Strike): Promise<Run> {
  const { lab, standIn } = at
  try {
    if (!('boundary' in how)) return await apply(at, { started: killAt(at, how) })
    const env = { CRASH_TRACE: join(lab.directory, 'trace'), CRASH_AT: how.boundary }
    return await apply(at, { load: journal, env })
  } finally {
    standIn.faults.clear()
  }
}

/** The secret that the lab holds is what its identity provider was given: the token lets in whoever shows it. */
async function heldSecretIsGood({ standIn }: Opened): Promise<boolean> {
  const hands = handsOf(standIn)
  const [token] = await hands.list(`${hands.account}/access/service_tokens`)
  const [app] = (await hands.list(`${hands.account}/access/apps`)).filter(({ name }) => name === 'wiki')
  const held = standIn.secretsSeen().at(-1)
  return standIn.edge.admits(String(app?.['domain']), String(token?.['client_id']), String(held))
}

/** mulberry32 */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return items
    .map((item) => ({ item, place: next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

/** One line for each object, so that a difference is short. */
const linesOf = (world: Record<string, unknown[]>): string =>
  Object.entries(world)
    .flatMap(([kind, items]) => items.map((item) => `${kind} ${JSON.stringify(item)}`))
    .join('\n')

const strikesOf = (names: readonly string[], boundaries: readonly string[]): Strike[] => [
  ...names.flatMap((name, i): Strike[] => [
    { number: i + 1, name, when: 'done, not answered' },
    { number: i + 1, name, when: 'answered' },
  ]),
  ...boundaries.map((boundary) => ({ boundary })),
]

const textOf = (how: Strike): string => ('boundary' in how ? how.boundary : `${how.name} #${how.number}, ${how.when}`)

/** What the next run says of a secret that was lost with the process. */
function saidOf(how: Strike): RegExp | undefined {
  if ('boundary' in how || how.when === 'answered') return undefined
  if (how.name === 'POST access/service_tokens')
    return /clientSecret: .*it was shown once and did not arrive: a new one is made/
  return how.name === 'POST access/service_tokens/rotate' ? /rotation: .*a new secret/ : undefined
}

/** What an undisturbed run changes, in what order it writes its journal, and what comes of it. */
async function undisturbed(at: Opened, stage: Stage) {
  const trace = join(at.lab.directory, 'trace')
  const from = at.standIn.calls.length
  await at.lab.write('stage', stage)
  await at.lab.write('trace', '')
  const run = await apply(at, { load: journal, env: { CRASH_TRACE: trace } })
  expect(run.code, run.text).toBe(0)
  const again = await at.lab.run(['plan', '--detailed-exitcode'])
  expect(again.code, again.text).toBe(0)
  const boundaries = readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => /journal/.test(line) && /write/.test(line))
  return { names: changesIn(at.standIn.calls.slice(from)), boundaries, world: await contentsOf(handsOf(at.standIn)) }
}

/** Reads that are behind are where things get doubled, so this is played with and without. */
const settings: readonly (readonly [string, CloudflareOptions, string])[] = [
  ['at any moment', {}, ''],
  ['while lists and references are late', { lag: 2000, referenceLag: 1000 }, 'POST'],
]

test.each(settings)(
  'killed %s, one apply later everything is as if it had not been',
  {
    timeout: 240 * MINUTES,
  },
  async (_, options, kind) => {
    const first = await opened()
    const made = await undisturbed(first, 'made')
    const changed = await undisturbed(first, 'changed')
    await first.close()
    const all = [
      ...strikesOf(made.names, made.boundaries).map((how) => ({ phase: 'create' as const, how })),
      ...strikesOf(changed.names, changed.boundaries).map((how) => ({ phase: 'change' as const, how })),
    ]
    const only = process.env.LARES_CRASH_ONLY
    const chosen = shuffled(all, SEED)
      .filter(({ phase, how }) => only === undefined || `${phase} ${textOf(how)}`.includes(only))
      .filter(({ how }) => textOf(how).startsWith(kind))
      .slice(0, ROUNDS === 'all' ? all.length : Number(ROUNDS))
    console.log(`${all.length} strikes possible, ${chosen.length} played, seed ${SEED}`)
    const failures: string[] = []
    let struck = 0
    for (const { phase, how } of chosen) {
      const at = await opened(options)
      const began = Date.now()
      try {
        if (phase === 'change') await reach(at, 'made')
        await at.lab.write('stage', phase === 'create' ? 'made' : 'changed')
        const killed = await strike(at, how)
        if (killed.code === undefined) struck++
        const again = await apply(at)
        expect(again.code, again.text).toBe(0)
        at.standIn.lag = 0
        const { world } = phase === 'create' ? made : changed
        expect(linesOf(await contentsOf(handsOf(at.standIn)))).toBe(linesOf(world))
        expect(at.standIn.edge.exposures).toEqual([])
        expect(await heldSecretIsGood(at)).toBe(true)
        const said = saidOf(how)
        if (said) expect(again.text, killed.text).toMatch(said)
        const rest = await at.lab.run(['plan', '--detailed-exitcode'])
        expect(rest.code, rest.text).toBe(0)
        console.log(
          `${phase} ${textOf(how)} -> ${killed.code === undefined ? 'ok' : 'ended before'} ${Date.now() - began} ms`,
        )
      } catch (error) {
        failures.push(`${phase} ${textOf(how)}: ${String((error as { diff?: string }).diff ?? error).slice(0, 6000)}`)
        console.log('FAILED', failures.at(-1))
      } finally {
        await at.close()
      }
    }
    console.log(`${struck} of ${chosen.length} were killed where they should be`)
    expect(failures).toEqual([])
    expect(struck).toBeGreaterThan(chosen.length / 2)
  },
)

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorkspace, type Workspace } from '../../../../../e2e/crash/workspace.ts'
import { emptyHypervisor } from '../../../../../e2e/rig/hypervisor.ts'
import { rig } from '../../../../../e2e/rig/rig.ts'
import { cycles, type Fixed, passages } from './passages.ts'
import { playRound } from './round.ts'

/** `all` cycles, or the `rest`: those that the log does not have yet. */
const asked = process.env.LARES_CRASH
const isFull = asked === 'all' || asked === 'rest'
const log = join(import.meta.dirname, 'full-run.log')
let workspace: Workspace

function say(line: string): void {
  console.log(line)
  if (isFull) appendFileSync(log, `${line}\n`)
}

beforeAll(async () => {
  await emptyHypervisor()
  const { hosts, libvirt } = rig()
  const { identityFile } = hosts[0]!
  const { url, sha256 } = libvirt.images.tiny
  const fixed: Fixed = {
    image: { url, sha256 },
    key: (await readFile(`${identityFile}.pub`, 'utf8')).trim(),
    identityFile,
  }
  workspace = await createWorkspace({
    lab: join(import.meta.dirname, 'lab'),
    packages: ['core', 'transport', 'plugin-host', 'plugin-kvm'],
    boundaries: join(import.meta.dirname, 'boundaries.ts'),
    timeoutMs: 900_000,
    files: { 'fixed.json': JSON.stringify(fixed) },
  })
  if (asked === 'all') writeFileSync(log, '')
  say(`# ${new Date().toISOString()}  node ${process.versions.node}`)
})
afterAll(async () => {
  await workspace.remove()
  await emptyHypervisor()
})

// The short one makes a guest that boots, and destroys it.
const short = cycles[0]!.filter(([name]) => name === 'create' || name === 'destroy')
const isDone = (name: string, boundary: string) =>
  asked === 'rest' && readFileSync(log, 'utf8').includes(`${name}: ${boundary} -> ok`)
const played = isFull ? cycles.filter((cycle) => !cycle.every(([name, boundary]) => isDone(name, boundary))) : [short]

test('lares killed over a guest that boots: the next run converges', { timeout: 3_600_000 }, async () => {
  const failures: string[] = []
  let struckAt = 0
  for (const [name, boundary] of played.flat()) {
    const { struck, problems, ms, boundaries } = await playRound(workspace, passages[name], boundary)
    const outcome = problems.length > 0 ? 'FAILED' : struck ? 'ok' : 'missed'
    say(`${name}: ${boundary} -> ${outcome} ${(ms / 1000).toFixed(1)} s, boundary ${boundaries.length}`)
    for (const problem of problems) say(problem.replace(/^/gm, '    | '))
    if (outcome !== 'ok') failures.push(`${name}: ${boundary} -> ${outcome}`)
    struckAt += struck ? 1 : 0
  }
  say(`# ${struckAt} of ${played.flat().length} kills struck where they were to strike`)
  expect(failures).toEqual([])
})

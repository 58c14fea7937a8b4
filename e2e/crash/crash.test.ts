import { execa } from 'execa'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { images } from '../rig/images.ts'
import { runCampaign } from './campaign.ts'
import { clear, mismatches, observe } from './reality.ts'
import { kindOf } from './schedule.ts'
import { summary } from './summary.ts'
import { stages } from './wanted.ts'

const rounds = Number(process.env.LARES_CRASH_ROUNDS ?? 12)
const seed = Number(process.env.LARES_CRASH_SEED ?? 1)

// Other tests share the engine, and leave things on it.
beforeEach(clear)
afterEach(clear)
// The rounds begin without it; other tests expect it on the engine.
afterAll(() => docker('pull', '--quiet', images.busyboxNext))

const docker = (...args: string[]) => execa('docker', args, { timeout: 60_000 })

test('what a round looks for is seen: an orphan, a network too many, one that does not run', async () => {
  await docker('network', 'create', 'stray-network')
  await docker('create', '--name', 'db.lares-next', '--label', 'dev.lares.lab=crash', images.busybox)
  expect(mismatches(await observe(), stages.nothing, images)).toEqual([
    'containers: found ["db.lares-next"], wanted []',
    'networks: found ["stray-network"], wanted []',
  ])
  await docker('rename', 'db.lares-next', 'db')
  const { db } = stages.made.containers
  const wanted = { ...stages.nothing, networks: { 'stray-network': '' }, containers: { db: db! } }
  const [network, container, ...others] = mismatches(await observe(), wanted, images)
  expect(network).toMatch(/^network stray-network: found \[".*",null,null\], wanted \["","crash","stray-network"\]$/)
  expect(container).toMatch(
    /^container db: found \{"running":false,.*"memory":0,.*wanted \{"running":true,.*"memory":16777216,/,
  )
  expect(others).toEqual([])
})

test('lares killed while it makes, changes and destroys 20 containers: the next run converges', {
  timeout: 300_000 + rounds * 60_000,
}, async () => {
  const lines: string[] = []
  const campaign = await runCampaign({ seed, rounds, report: (line) => lines.push(line) }).finally(() =>
    console.log(lines.join('\n')),
  )
  console.log(summary(campaign).join('\n'))
  expect(campaign.failures).toEqual([])
  expect(campaign.missed).toBeLessThan(campaign.rounds / 2)
  for (const { boundaries } of campaign.coverage) {
    const kinds = new Set(boundaries.map(kindOf))
    for (const call of ['write journal.ndjson', 'write state.json.tmp'])
      for (const when of ['before', 'half', 'after']) expect(kinds).toContain(`${call} ${when}`)
  }
  const [create, change, destroy] = campaign.coverage.map(({ boundaries }) => new Set(boundaries.map(kindOf)))
  for (const when of ['before', 'sent', 'after']) {
    expect(create).toContain(`POST /containers/create ${when}`)
    expect(change).toContain(`POST /containers/{}/rename ${when}`)
    expect(destroy).toContain(`DELETE /containers/{} ${when}`)
  }
})

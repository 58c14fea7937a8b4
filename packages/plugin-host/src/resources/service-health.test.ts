import { expect, test } from 'vitest'
import { unitHealth } from './service-health.ts'

test.each([
  ['active (running)', true, true, 'healthy'],
  ['active (exited)', true, undefined, 'healthy'],
  ['active (running)', true, false, 'healthy'],
  ['activating (start)', true, true, 'starting'],
  ['activating (auto-restart)', true, true, 'degraded'],
  ['failed (failed)', false, true, 'down'],
  ['failed (failed)', false, null, 'down'],
  ['inactive (dead)', false, true, 'down'],
  ['inactive (dead)', false, null, 'healthy'],
  ['inactive (dead)', false, false, 'healthy'],
  ['started', true, true, 'healthy'],
  ['stopped', false, true, 'down'],
  ['crashed', false, true, 'down'],
] as const)('%s, running: %s, wanted: %s: %s', (state, running, wanted, expected) => {
  expect(unitHealth({ state, running, masked: false }, wanted)).toEqual({ state: expected, summary: state })
})

test('a unit that nothing can start is as it should be', () => {
  const unit = { state: 'inactive (dead)', running: false, masked: true }
  expect(unitHealth(unit, true)).toEqual({ state: 'healthy', summary: 'inactive (dead), masked' })
})

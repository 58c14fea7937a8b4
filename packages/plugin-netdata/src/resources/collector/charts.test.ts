import { expect, test } from 'vitest'
import { patienceFor } from './charts.ts'

test('what is measured seldom is waited for longer than until its first measurement, and what is measured hourly is not', () => {
  for (const every of [1, 60, 600]) expect(patienceFor(every)).toBeGreaterThan(every * 1000 + 30_000)
  expect(patienceFor(3600)).toBeLessThan(300_000)
})

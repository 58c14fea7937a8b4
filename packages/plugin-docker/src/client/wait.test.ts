import { expect, test } from 'vitest'
import { healthTime } from './wait.ts'
import type { ContainerInspect, HealthConfig } from './wire.ts'

const second = 1e9

test.each<[string, HealthConfig | null, number | undefined]>([
  ['what the engine takes when nothing is said', { Test: ['CMD', 'true'] }, 240_000],
  [
    'each probe, and one that began too early',
    { Test: ['CMD', 'true'], Interval: second, Timeout: second, Retries: 2 },
    6000,
  ],
  [
    'a long start',
    { Test: ['CMD', 'true'], Interval: second, Timeout: second, Retries: 2, StartPeriod: 600 * second },
    606_000,
  ],
  ['none', null, undefined],
  ['none of those of its image', { Test: ['NONE'] }, undefined],
])('how long a healthcheck takes at most: %s', (_, Healthcheck, expected) => {
  expect(healthTime({ Config: { Healthcheck } } as ContainerInspect)).toBe(expected)
})

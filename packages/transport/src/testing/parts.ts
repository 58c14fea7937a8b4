import { describe } from 'vitest'
import { sshdMissing } from './sshd.ts'

/** A suite that needs a real part. Without it the suite is skipped by name, or fails where parts are required. */
export function describeWith(missing: string | undefined, name: string, suite: () => void): void {
  if (missing === undefined) return void describe(name, suite)
  if (process.env.LARES_E2E === 'required') throw new Error(`${name}: ${missing}`)
  describe.skip(`${name} (${missing})`, suite)
}

export function describeWithSshd(name: string, suite: () => void): void {
  describeWith(sshdMissing(), name, suite)
}

import { describe, expect, test } from 'vitest'
import { attributes } from './cases/attributes.ts'
import { building } from './cases/building.ts'
import type { Case } from './cases/case.ts'
import { generated } from './cases/generated.ts'
import { merging } from './cases/merging.ts'
import { objects } from './cases/objects.ts'
import { refused } from './cases/refused.ts'
import { scattered } from './cases/scattered.ts'
import { sharing } from './cases/sharing.ts'
import { stacks } from './cases/stacks.ts'
import { variables } from './cases/variables.ts'
import { compare, without } from './differential.ts'

const either: Record<string, Case[]> = {
  attributes,
  building,
  merging,
  objects,
  refused,
  scattered,
  sharing,
  variables,
}
/** What both have to load: a mistake in these would be refused by both, and prove nothing. */
const valid: Record<string, Case[]> = { generated, stacks }

describe.each(Object.entries({ ...either, ...valid }))('Docker Compose and Lares read alike: %s', (group, cases) => {
  test.concurrent.each(cases.map((it) => [it.name, it] as const))('%s', async (_name, it) => {
    const { theirs, ours } = await compare(it, AbortSignal.timeout(60_000))
    const problems = ours.loaded.diagnostics.filter(({ severity }) => severity === 'error')
    if (theirs.refusal !== undefined) {
      expect(group in valid, `Compose refuses it: ${theirs.refusal}`).toBe(false)
      expect(problems, `Compose refuses it: ${theirs.refusal}`).not.toEqual([])
      for (const problem of problems) expect(problem.source?.file ?? problem.code).toBeTruthy()
      return
    }
    expect(problems).toEqual([])
    const differing = Object.keys(it.differs ?? {})
    expect(without(ours.json, differing)).toEqual(without(theirs.json, differing))
    if (differing.length > 0) expect(ours.json, 'they no longer differ').not.toEqual(theirs.json)
  })
})

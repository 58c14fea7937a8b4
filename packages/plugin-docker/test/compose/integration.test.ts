import { describe, expect, test } from 'vitest'
import { attributes } from './cases/attributes.ts'
import { building } from './cases/building.ts'
import type { Case } from './cases/case.ts'
import { generated } from './cases/generated.ts'
import { merging } from './cases/merging.ts'
import { objects } from './cases/objects.ts'
import { refused } from './cases/refused.ts'
import { sharing } from './cases/sharing.ts'
import { variables } from './cases/variables.ts'
import { compare, without } from './differential.ts'

const groups: Record<string, Case[]> = {
  attributes,
  building,
  generated,
  merging,
  objects,
  refused,
  sharing,
  variables,
}

describe.each(Object.entries(groups))('Docker Compose and Lares read alike: %s', (_, cases) => {
  test.each(cases.map((it) => [it.name, it] as const))('%s', async (_name, it) => {
    const { theirs, ours } = await compare(it, AbortSignal.timeout(60_000))
    const problems = ours.loaded.diagnostics.filter(({ severity }) => severity === 'error')
    if (theirs.refusal !== undefined) {
      expect(problems, `Compose refuses it: ${theirs.refusal}`).not.toEqual([])
      return
    }
    expect(problems).toEqual([])
    const differing = Object.keys(it.differs ?? {})
    expect(without(ours.json, differing)).toEqual(without(theirs.json, differing))
  })
})

import { expect, test } from 'vitest'
import * as z from 'zod'
import { composeFile } from '../../../src/compose/load/schema/file.ts'
import { propertyNames, type Schema, sorted, specification } from './specification.ts'

test("every property of the specification's schema is known to ours, at the same place, and no other", async () => {
  const theirs = sorted(propertyNames(await specification()))
  const ours = sorted(propertyNames(z.toJSONSchema(composeFile, { unrepresentable: 'any' }) as Schema))
  expect(theirs.length).toBeGreaterThan(50)
  expect(theirs.flatMap(([, names]) => names).length).toBeGreaterThan(250)
  expect(ours).toEqual(theirs)
})

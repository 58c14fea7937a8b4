import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { differences } from './differences.ts'
import { differencesTable } from './differences-table.ts'

test('the docs name every difference that is meant, and no other', async () => {
  const page = await readFile(new URL('../../../../docs/compose.md', import.meta.url), 'utf8')
  const section = page.split(/^## /m).find((text) => text.startsWith('Differences from Docker Compose'))
  const table = section?.match(/^\|.*$(?:\n\|.*$)*/m)?.[0]
  expect(table).toBe(differencesTable())
  expect(Object.keys(differences).length).toBeGreaterThan(10)
})

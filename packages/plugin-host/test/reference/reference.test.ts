import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { reference } from './reference.ts'

test('the tables of options are what the schemas say', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const tables = readme.slice(readme.indexOf('## Options')).replace(/^.*\n\n/, '')
  expect(tables).toBe(`${reference()}\n`)
})

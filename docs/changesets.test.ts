import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const folder = join(import.meta.dirname, '../.changeset')

test.each(readdirSync(folder).filter((name) => name.endsWith('.md')))('%s says which packages it is of', (name) => {
  const [first, ...lines] = readFileSync(join(folder, name), 'utf8').split('\n')
  const head = lines.slice(0, lines.indexOf('---')).filter((line) => line !== '')
  expect(first).toBe('---')
  expect(head).not.toEqual([])
  expect(head.filter((line) => !/^'(@lares\/[a-z-]+|lares)': (patch|minor|major)$/.test(line))).toEqual([])
})

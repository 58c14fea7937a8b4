import { readFile } from 'node:fs/promises'
import { pluginOf } from '@lares/core'
import { withOptionTables } from '@lares/core/testing'
import { expect, test } from 'vitest'
import cloudflare, { PERMISSIONS } from '../src/index.ts'

const path = new URL('../README.md', import.meta.url)

test('the tables of options in the README are what the schemas say', async () => {
  const readme = await readFile(path, 'utf8')
  await expect(withOptionTables(readme, pluginOf(cloudflare)!)).toMatchFileSnapshot(path.pathname)
})

test('the README names every permission that the plugin can make use of', async () => {
  const readme = await readFile(path, 'utf8')
  const named = [...readme.matchAll(/^\| ([\w:, ]+ (?:Write|Read)) +\|/gm)].map(([, name]) => name)
  expect(named.sort()).toEqual(Object.values(PERMISSIONS).sort())
})

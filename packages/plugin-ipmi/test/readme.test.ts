import { readFile } from 'node:fs/promises'
import { pluginOf } from '@lares/core'
import { withOptionTables } from '@lares/core/testing'
import { expect, test } from 'vitest'
import ipmi from '../src/index.ts'

test('the tables of options in the README are what the schemas say', async () => {
  const path = new URL('../README.md', import.meta.url)
  const readme = await readFile(path, 'utf8')
  await expect(withOptionTables(readme, pluginOf(ipmi)!)).toMatchFileSnapshot(path.pathname)
})

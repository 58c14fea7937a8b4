import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const command = join(root, 'apps/cli/src/main.ts')

test.each(readdirSync(join(root, 'examples')))('the example %s is valid', (example) => {
  const line = ['--conditions=lares-source', command, 'validate']
  const text = execFileSync(process.execPath, line, { cwd: join(root, 'examples', example), encoding: 'utf8' })
  expect(text).toMatch(/^Valid\./)
})

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as shared from '../src/zod.ts'

const root = join(import.meta.dirname, '../../..')

test('what the packages use of zod is what they share', () => {
  const used = globSync('packages/*/src/**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] }).flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8')
    return /^import \* as z from 'zod'$/m.test(text) ? [...text.matchAll(/\bz\.([a-z]\w*|NEVER)\(?/g)] : []
  })
  const values = used.map(([, name]) => name!).filter((name) => !['output', 'input', 'infer', 'core'].includes(name))
  expect(Object.keys(shared).sort()).toEqual([...new Set(values)].sort())
})

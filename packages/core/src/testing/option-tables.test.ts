import { expect, test } from 'vitest'
import * as z from 'zod'
import { definePlugin, pluginOf } from '../plugin.ts'
import { defineResource } from '../resource.ts'
import { withOptionTables } from './option-tables.ts'

const numbered = (length: number) =>
  z.object(Object.fromEntries(Array.from({ length }, (_, i) => [`o${i}`, z.string().optional()])))

const typeWith = (type: string, inputs: z.ZodObject) =>
  defineResource({
    type,
    inputs,
    attributes: z.object({ size: z.number().describe('Bytes') }),
    identity: () => type,
    read: async () => null,
    create: async () => ({ size: 0 }),
    delete: async () => {},
  })

const page = (inputs: z.ZodObject) => {
  const plugin = definePlugin({
    name: 'p',
    package: 'p',
    version: '1.0.0',
    resources: { b: typeWith('p.b', inputs), a: typeWith('p.a', inputs) },
  })
  return withOptionTables('# P\n\n## Options\nold', pluginOf(plugin)!)
}

test('what is long is listed once on a page, and referred to from elsewhere', () => {
  const rule = numbered(15).describe('Whom')
  const text = page(z.object({ allow: z.array(rule), deny: rule.optional() }))
  expect(text).not.toContain('old')
  expect(text.match(/\.o14`/g)).toHaveLength(1)
  expect(text).toContain('| `allow.o14` ')
  expect(text).toMatch(/\| `deny` +\| Whom\. As `allow` of `p\.a` +\|/)
  expect(text.match(/As `allow` of `p\.a`/g)).toHaveLength(3)
  expect(text).toContain('- `size`: Bytes')
})

test('what is short is listed wherever it is', () => {
  const text = page(z.object({ allow: numbered(14), deny: numbered(14) }))
  expect(text.match(/`(allow|deny)\.o13`/g)).toHaveLength(4)
  expect(text).not.toContain('As `')
})

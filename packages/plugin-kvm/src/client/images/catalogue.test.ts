import { expect, test } from 'vitest'
import { catalogued, catalogueNames } from './catalogue.ts'
import { imageInput } from './schema.ts'

test.each(catalogueNames)('%s is an image that an input takes, for both architectures', (name) => {
  expect(imageInput.safeParse(name).success).toBe(true)
  for (const architecture of ['x86_64', 'aarch64'] as const) {
    const entry = catalogued(name, architecture)
    expect(imageInput.safeParse(entry).error?.message).toBe(undefined)
    expect(entry.url).toMatch(/^https:.*\.(qcow2|img)$/)
  }
})

test.each(['debian', 'rocky', 'ubuntu', 'almalinux', 'fedora', 'alpine'])('%s is there', (family) => {
  expect(catalogueNames.some((name) => name.startsWith(`${family}:`))).toBe(true)
})

test('a name that is nearly right is told the right one', () => {
  expect(() => catalogued('debian:11')).toThrow('There is no image "debian:11" in the catalogue')
  expect(() => catalogued('rokcy:9')).toThrow(expect.objectContaining({ advice: expect.stringContaining('rocky:9') }))
})

test.each([
  [{ url: 'https://a/b.qcow2' }, 'without a checksum'],
  [{ url: 'ftp://a/b.qcow2', sha256: '0'.repeat(64) }, 'http'],
  [{ url: 'https://a/b', sha256: 'abc' }, '64 hexadecimal digits'],
  [{ url: 'https://a/b', path: '/b', sha256: '0'.repeat(64) }, 'one of "url", "file" and "path"'],
  [{ path: '/b', sha256: '0'.repeat(64) }, 'used as it is'],
])('%j is refused', (image, message) => {
  const issues = imageInput.safeParse(image).error?.issues ?? []
  const said = issues.flatMap((issue) => (issue.code === 'invalid_union' ? issue.errors.flat() : [issue]))
  expect(said.map((issue) => issue.message).join()).toContain(message)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { includes, withInclude, withoutInclude } from './ganesha-include.ts'

const file = '/etc/ganesha/lares-home.conf'

test.each([
  ['', `%include "${file}"\n`],
  ['LOG { }\n', `LOG { }\n%include "${file}"\n`],
  ['LOG { }', `LOG { }\n%include "${file}"`],
])('a line at the end of %j', (before, after) => {
  expect(withInclude(before, file)).toBe(after)
  expect(withInclude(after, file)).toBe(after)
})

test.each([`%include "${file}"`, `  %include\t'${file}' \r`, `%include ${file}`])('%j is one', (line) => {
  expect(includes(`a\n${line}\nb`, file)).toBe(true)
  expect(withoutInclude(`a\n${line}\nb`, file)).toBe('a\nb')
})

test.each([`# %include "${file}"`, `%include "${file}.old"`, `%include "${file}`, `%dir "${file}"`])(
  '%j is none',
  (line) => {
    expect(includes(line, file)).toBe(false)
    expect(withoutInclude(line, file)).toBe(line)
  },
)

test('put in and taken out, any configuration is what it was, byte for byte', () => {
  const others = fc.constantFrom('%include "/etc/ganesha/lares-other.conf"', 'LOG { }', '', '\r', '# x')
  const config = fc.array(fc.oneof(others, fc.string())).map((lines) => lines.join('\n'))
  fc.assert(
    fc.property(config, (before) => {
      const after = withInclude(before, file)
      expect(includes(after, file)).toBe(true)
      expect(withoutInclude(after, file)).toBe(before)
      expect(withoutInclude(`${after}\nmore`, file)).toBe(`${before}\nmore`)
    }),
  )
})

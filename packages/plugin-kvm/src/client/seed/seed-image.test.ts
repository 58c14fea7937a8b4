import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SECTOR } from './sectors.ts'
import { seedImage } from './seed-image.ts'

const files = [
  { name: 'user-data', data: '#cloud-config\n' },
  { name: 'meta-data', data: 'instance-id: one\n' },
]

describe('a seed image', () => {
  test('has the marks by which it is found, and is in whole sectors', () => {
    const image = Buffer.from(seedImage(files))
    expect(image.length % SECTOR).toBe(0)
    expect(image.toString('latin1', 16 * SECTOR, 16 * SECTOR + 7)).toBe('\x01CD001\x01')
    expect(image.toString('latin1', 16 * SECTOR + 40, 16 * SECTOR + 72).trimEnd()).toBe('cidata')
    expect(image.readUInt32LE(16 * SECTOR + 80) * SECTOR).toBe(image.length)
  })

  test('is the same for the same files, and another for others', () => {
    expect(seedImage(files)).toEqual(seedImage(structuredClone(files)))
    expect(seedImage([{ ...files[0]!, data: 'other' }, files[1]!])).not.toEqual(seedImage(files))
  })

  test('holds the contents whole, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3 * SECTOR }), { maxLength: 5 }), (contents) => {
        const image = Buffer.from(seedImage(contents.map((data, index) => ({ name: `file-${index}`, data }))))
        expect(image.length % SECTOR).toBe(0)
        for (const data of contents) expect(image.includes(Buffer.from(data))).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test.each([['a/b'], [''], ['x'.repeat(28)], ['naïve']])('refuses the name "%s"', (name) => {
    expect(() => seedImage([{ name, data: '' }])).toThrow(RangeError)
  })

  test('refuses names that are one in capitals', () => {
    expect(() =>
      seedImage([
        { name: 'user-data', data: '' },
        { name: 'USER_DATA', data: '' },
      ]),
    ).toThrow('twice')
  })
})

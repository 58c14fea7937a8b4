import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seedImage } from '../../src/client/seed/seed-image.ts'

const contents: Record<string, string> = {
  'user-data': `#cloud-config\n# ${'x'.repeat(5000)}\n`,
  'meta-data': 'instance-id: one\n',
  'network-config': 'version: 2\n',
  'vendor-data': '',
}
/** More than the root directory's first sector holds. */
const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`part-${index}`, `content ${index}`]))

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lares-seed-'))
})
afterAll(() => rm(directory, { recursive: true }))

/** What cdrtools, which wrote most of such images for decades, makes of it. */
async function isoinfo(...args: string[]): Promise<string> {
  const { stdout, stderr } = await execa('isoinfo', args, { stripFinalNewline: false, timeout: 10_000 })
  expect(stderr).toBe('')
  return stdout
}

describe.each([
  ['what cloud-init reads', contents],
  ['many files', many],
])('%s, read back by isoinfo', (title, files) => {
  const path = () => join(directory, `${title.replaceAll(' ', '-')}.iso`)
  beforeAll(async () => {
    await writeFile(path(), seedImage(Object.entries(files).map(([name, data]) => ({ name, data }))))
  })

  test('its label and its extensions', async () => {
    const described = await isoinfo('-d', '-i', path())
    expect(described).toMatch(/^Volume id: cidata$/m)
    expect(described).toMatch(/Joliet with UCS level 3 found/)
    expect(described).toMatch(/Rock Ridge signatures version 1 found/)
  })

  test.each([
    ['Rock Ridge', '-R'],
    ['Joliet', '-J'],
  ])('names and contents by %s', async (_, flag) => {
    const listed = (await isoinfo('-f', flag, '-i', path())).trim().split('\n')
    expect(listed.sort()).toEqual(
      Object.keys(files)
        .map((name) => `/${name}`)
        .sort(),
    )
    for (const [name, data] of Object.entries(files).slice(0, 8))
      expect(await isoinfo(flag, '-x', `/${name}`, '-i', path())).toBe(data)
  })

  test('nobody but root may read them', async () => {
    const listing = await isoinfo('-l', '-R', '-i', path())
    expect(listing.match(/^-r--------/gm)).toHaveLength(Object.keys(files).length)
  })
})

test('blkid finds it by its label, as cloud-init does', async () => {
  const path = join(directory, 'seed.iso')
  await writeFile(path, seedImage([{ name: 'meta-data', data: '' }]))
  const { stdout } = await execa('blkid', ['-p', '-o', 'export', path], { timeout: 10_000 })
  expect(stdout).toMatch(/^LABEL=cidata$/m)
  expect(stdout).toMatch(/^TYPE=iso9660$/m)
})

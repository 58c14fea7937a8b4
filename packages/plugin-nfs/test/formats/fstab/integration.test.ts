import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatFstabEntry, parseFstab } from '../../../src/client/formats/fstab.ts'
import { fstabEntry, fstabText } from '../arbitraries.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lares-fstab-'))
})
afterAll(() => rm(folder, { recursive: true }))

const columns = ['source', 'target', 'fstype', 'options', 'freq', 'passno'] as const
type Row = Record<(typeof columns)[number], string | number | null>

/** What libmount, and so mount(8), reads in an fstab. */
async function libmount(text: string): Promise<Row[]> {
  const file = join(folder, 'fstab')
  await writeFile(file, text)
  const argv = ['--tab-file', file, '--list', '--json', '--output', columns.join(',').toUpperCase()]
  const { stdout } = await execa('findmnt', argv, { reject: false, timeout: 20_000, env: { LC_ALL: 'C.UTF-8' } })
  if (stdout === '') return []
  return (JSON.parse(stdout) as { filesystems: Row[] }).filesystems
}

const ours = (text: string): Row[] =>
  parseFstab(text).lines.flatMap((line) => {
    if (line.kind !== 'entry' || line.ignored) return []
    const { source, target, type, options, dump, pass } = line.entry
    return [{ source, target, fstype: type, options: options.join(',') || null, freq: dump, passno: pass }]
  })

const commas = (rows: readonly Row[]): Row[] =>
  rows.map((row) => ({
    ...row,
    options:
      String(row.options ?? '')
        .replace(/,+/g, ',')
        .replace(/^,|,$/g, '') || null,
  }))

test('libmount reads the mounts that we write', async () => {
  const entries = fc.sample(fstabEntry, { numRuns: 300, seed: 6 })
  const text = entries.map((entry) => `${formatFstabEntry(entry)}\n`).join('')
  expect(await libmount(text)).toEqual(ours(text))
  expect(ours(text)).toHaveLength(300)
})

test('libmount reads what was made of pieces of an fstab as we do', async () => {
  // Two numbers on the first line make libmount take it for a mountinfo.
  const texts = fc
    .sample(fstabText, { numRuns: 400, seed: 6 })
    .filter((text) => !/\p{C}/u.test(text.replaceAll(/[\n\r\t]/g, '')) && !/^\s*\d+\s+\d/m.test(text))
  let rows = 0
  for (const text of texts) {
    const found = await libmount(text)
    rows += found.length
    expect(commas(found), JSON.stringify(text)).toEqual(commas(ours(text)))
  }
  expect(rows).toBeGreaterThan(50)
})

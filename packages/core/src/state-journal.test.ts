import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyEntry, emptyState, type JournalEntry, type State } from './state.ts'
import { fileStore } from './state-file.ts'
import { parseJournal } from './state-journal.ts'
import { recordOf } from './testing/store-contract.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lares-journal-'))
})
afterAll(() => rm(root, { recursive: true }))

const address = fc.constantFrom('web', 'db', 'disk', '10', 'ünï')
const record = fc.record({
  type: fc.constant('test.thing'),
  plugin: fc.constant('@lares/plugin-test'),
  version: fc.nat(),
  identity: fc.string({ unit: 'binary' }),
  dependencies: fc.array(address),
  inputs: fc.dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    fc.jsonValue({ noUnicodeString: false }),
  ),
  attributes: fc.constant({}),
})
const entry = fc.oneof(
  fc.record({ op: fc.constant('begin'), address, record }),
  fc.record({ op: fc.constant('end'), address, record: fc.option(record) }),
  fc.record({ op: fc.constant('keep'), address, record: fc.option(record) }),
  fc.record({ op: fc.constant('outputs'), outputs: fc.constant({ url: 'x' }) }),
) as fc.Arbitrary<JournalEntry>
/** Appends, in groups that are not waited for one by one, so that they share flushes. */
const appends = fc.array(fc.array(fc.array(entry, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 6,
})

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const content = ({ resources, kept, outputs }: State) => plain({ resources, kept, outputs })
function folds(entries: readonly JournalEntry[]): unknown[] {
  const state = emptyState('home', '')
  const folded = [content(state)]
  for (const one of entries) {
    applyEntry(state, one)
    folded.push(content(state))
  }
  return folded
}

/** Writes a journal and leaves it, as a killed process does; says after which length which entries were acknowledged. */
async function leave(groups: readonly (readonly (readonly JournalEntry[])[])[]) {
  const directory = await mkdtemp(join(root, 'lab-'))
  const journal = join(directory, 'journal.ndjson')
  const session = await fileStore(directory, 'home').open('apply')
  const acknowledged: { length: number; entries: number }[] = [{ length: 0, entries: 0 }]
  for (const group of groups) {
    await Promise.all(group.map((entries) => session.append(...entries)))
    const entries = acknowledged.at(-1)!.entries + group.flat().length
    acknowledged.push({ length: (await readFile(journal)).length, entries })
  }
  const bytes = await readFile(journal)
  await session.close()
  await rm(join(directory, 'state.json'))
  return { directory, journal, bytes, acknowledged }
}

describe('a journal', () => {
  it('that ends anywhere gives a prefix with everything that was acknowledged', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(appends, fc.double({ min: 0, max: 1, noNaN: true }), async (groups, where) => {
        const { directory, journal, bytes, acknowledged } = await leave(groups)
        const end = Math.round(where * bytes.length)
        await writeFile(journal, bytes)
        await truncate(journal, end)
        const state = await fileStore(directory, 'home').read()
        const entries = groups.flat(2)
        const least = acknowledged.findLast(({ length }) => length <= end)!.entries
        expect(folds(entries).slice(least)).toContainEqual(content(state))
        const session = await fileStore(directory, 'home').open('apply')
        expect(session.state).toEqual(state)
        await session.close()
        expect(await fileStore(directory, 'home').read()).toEqual(state)
        await rm(directory, { recursive: true })
      }),
      { numRuns: 100 },
    )
  })

  it('with a damaged byte is refused, unless the damage may be a flush that was never acknowledged', {
    timeout: 60_000,
  }, async () => {
    let [refused, dropped] = [0, 0]
    await fc.assert(
      fc.asyncProperty(
        appends,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 1, max: 255 }),
        async (groups, where, flip) => {
          const { directory, bytes, acknowledged } = await leave(groups)
          const at = Math.floor(where * bytes.length)
          bytes[at] = bytes[at]! ^ flip
          const lastFlush = acknowledged.at(-2)!.length
          if (at < lastFlush) {
            refused++
            expect(() => parseJournal(bytes, 'journal.ndjson')).toThrow(/broken: it is damaged at byte/)
          } else {
            dropped++
            const read = parseJournal(bytes, 'journal.ndjson').entries
            expect(read).toEqual(plain(groups.flat(2).slice(0, read.length)))
            expect(read.length).toBeGreaterThanOrEqual(acknowledged.at(-2)!.entries)
          }
          await rm(directory, { recursive: true })
        },
      ),
      { numRuns: 300 },
    )
    expect(refused).toBeGreaterThan(50)
    expect(dropped).toBeGreaterThan(20)
  })

  const end = (name: string): JournalEntry => ({ op: 'end', address: name, record: recordOf(name) })

  it('from which an acknowledged line was removed is refused', async () => {
    const { bytes } = await leave([[[end('a')]], [[end('b')]], [[end('c')]]])
    const lines = bytes.toString().split('\n')
    const without = Buffer.from(lines.filter((_, i) => i !== 1).join('\n'))
    expect(() => parseJournal(without, 'journal.ndjson')).toThrow(/damaged/)
  })

  it('whose last flush reached the disk in part and out of order, gives what was before it', async () => {
    const { bytes, acknowledged } = await leave([[[end('a')]], [[end('b')], [end('c')], [end('d')]]])
    bytes.fill(0, acknowledged[1]!.length, acknowledged[1]!.length + 100)
    expect(parseJournal(bytes, 'journal.ndjson').entries).toEqual([end('a')])
  })

  it('is text, one entry on each line, with a header that names what it continues', async () => {
    const { bytes } = await leave([[[end('a')]], [[end('b')]]])
    const lines = bytes
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as [string, number, unknown])
    expect(lines.map(([, , value]) => value)).toEqual([
      { version: 1, lab: 'home', lineage: expect.stringMatching(/^[0-9a-f-]{36}$/), serial: 0 },
      end('a'),
      end('b'),
    ])
    expect(lines.map(([, durable]) => durable)).toEqual([
      0,
      0,
      bytes.toString().split('\n').slice(0, 2).join('\n').length + 1,
    ])
  })

  it('that is older than the snapshot was folded into it, and is not read again', async () => {
    const { directory, journal, bytes } = await leave([[[end('a')]]])
    await rm(journal, { force: true })
    const store = fileStore(directory, 'home')
    await writeFile(journal, bytes)
    await (await store.open('apply')).close()
    const next = await store.open('apply')
    await next.append({ op: 'end', address: 'a', record: null })
    await next.close()
    await writeFile(journal, bytes)
    expect((await store.read()).resources).toEqual({})
    const session = await store.open('apply')
    await session.append(end('b'))
    expect(Object.keys((await store.read()).resources)).toEqual(['b'])
    await session.close()
  })

  it('that continues another snapshot than the one beside it is refused', async () => {
    const { directory, journal } = await leave([[[end('a')]]])
    const other = await leave([[[end('x')]]])
    const session = await fileStore(directory, 'home').open('apply')
    await session.append(end('a'))
    await session.close()
    await writeFile(journal, other.bytes)
    await expect(fileStore(directory, 'home').read()).rejects.toMatchObject({
      code: 'state_broken',
      message: expect.stringContaining('it continues serial 0'),
    })
  })
})

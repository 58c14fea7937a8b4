import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LaresError } from './diagnostics.ts'
import { emptyState, type JournalEntry, type State } from './state.ts'
import { fileStore } from './state-file.ts'
import { recordOf, storeContract } from './testing/store-contract.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lares-state-'))
})
afterAll(() => rm(root, { recursive: true }))
const freshDirectory = async () => join(await mkdtemp(join(root, 'lab-')), '.lares')

const end = (address: string): JournalEntry => ({ op: 'end', address, record: recordOf(address) })
const run = async (directory: string, ...entries: JournalEntry[]): Promise<State> => {
  const session = await fileStore(directory, 'home').open('apply')
  await session.append(...entries)
  await session.close()
  return session.state
}
const errorOf = (promise: Promise<unknown>): Promise<LaresError> =>
  promise.then(
    () => expect.unreachable('it did not reject'),
    (error: LaresError) => error,
  )

storeContract(
  'fileStore',
  async () => {
    const directory = await freshDirectory()
    const other = () => fileStore(directory, 'home')
    const reopen = async () => {
      // The process that holds the lock is this one; the lock of a killed one is for state-lock.test.ts.
      await rm(join(directory, 'lock'))
      return other()
    }
    return { store: other(), other, reopen }
  },
  { describe, it, expect },
)

describe('fileStore', () => {
  it('is readable by its owner alone, and tells git what must not be shared', async () => {
    const directory = await freshDirectory()
    await run(directory, end('a'))
    await run(directory, end('b'))
    const session = await fileStore(directory, 'home').open('apply')
    await session.append(end('c'))
    const mode = async (name: string) => ((await stat(join(directory, name))).mode & 0o777).toString(8)
    expect(await mode('.')).toBe('700')
    for (const name of await readdir(directory))
      expect([name, await mode(name)]).toEqual([name, name === 'history' ? '700' : '600'])
    expect((await readdir(directory)).sort()).toEqual(['.gitignore', 'history', 'journal.ndjson', 'lock', 'state.json'])
    await session.close()
    expect((await readdir(directory)).sort()).toEqual(['.gitignore', 'history', 'state.json'])
    expect(await readFile(join(directory, '.gitignore'), 'utf8')).toBe('key\nlock*\n*.tmp\n')
  })

  it.each([
    ['', 'key\nlock*\n*.tmp\n'],
    ['key\nlo', 'key\nlock*\n*.tmp\n'],
    ['key\nmine\n', 'key\nmine\n'],
  ])('completes what a crash left of .gitignore, and leaves a file of somebody: %j', async (found, expected) => {
    const directory = await freshDirectory()
    await run(directory, end('a'))
    await writeFile(join(directory, '.gitignore'), found)
    await run(directory, end('b'))
    expect(await readFile(join(directory, '.gitignore'), 'utf8')).toBe(expected)
  })

  it('writes a snapshot that people can read, one resource on each line', async () => {
    const directory = await freshDirectory()
    await run(directory, end('web'), end('db'), { op: 'keep', address: 'disk', record: recordOf('disk') })
    const text = await readFile(join(directory, 'state.json'), 'utf8')
    const lines = text.split('\n')
    expect(lines.map((line) => line.slice(0, 11))).toMatchInlineSnapshot(`
      [
        "{",
        ""version": ",
        ""lab": "hom",
        ""lineage": ",
        ""serial": 1",
        ""resources"",
        ""web": {"ty",
        ""db": {"typ",
        "},",
        ""kept": {",
        ""disk": {"t",
        "},",
        ""outputs": ",
        "}",
        "",
      ]
    `)
    expect({ stopped: {}, ...JSON.parse(text) }).toEqual(await fileStore(directory, 'home').read())
  })

  it('writes nothing when nothing changed', async () => {
    const directory = await freshDirectory()
    await run(directory, end('a'))
    const inode = async () => (await stat(join(directory, 'state.json'))).ino
    const before = await inode()
    await run(directory)
    await fileStore(directory, 'home').read()
    expect(await inode()).toBe(before)
    expect((await readdir(directory)).sort()).toEqual(['.gitignore', 'state.json'])
  })

  it('creates nothing when it is only read', async () => {
    const directory = await freshDirectory()
    expect(await fileStore(directory, 'home').read()).toEqual(emptyState('home', ''))
    await expect(stat(directory)).rejects.toThrow('ENOENT')
  })

  it('keeps the last versions and drops those before', async () => {
    const directory = await freshDirectory()
    for (let i = 0; i < 25; i++) await run(directory, end(`r${i}`))
    const serials = (await fileStore(directory, 'home').history()).map(({ serial }) => serial)
    expect(serials).toEqual(Array.from({ length: 20 }, (_, i) => i + 5))
  })

  it('records 10,000 resources in a few flushes, and with little work', async () => {
    const directory = await freshDirectory()
    const store = fileStore(directory, 'home')
    const session = await store.open('apply')
    // Time of the processor, because other tests run at the same time.
    let used = process.cpuUsage()
    const spent = () => {
      const { user, system } = process.cpuUsage(used)
      used = process.cpuUsage()
      return (user + system) / 1000
    }
    const create = async (address: string) => {
      await session.append({ op: 'begin', address, record: recordOf(address, { pending: 'create' }) })
      await session.append(end(address))
    }
    await Promise.all(Array.from({ length: 10_000 }, (_, i) => create(`r${i}`)))
    const appending = spent()
    const lines = (await readFile(join(directory, 'journal.ndjson'), 'utf8')).trimEnd().split('\n')
    expect(lines.length).toBe(20_001)
    expect(new Set(lines.map((line) => (JSON.parse(line) as [string, number])[1])).size).toBeLessThan(10)
    spent()
    await session.close()
    const closing = spent()
    const state = await store.read()
    const reading = spent()
    expect(Object.keys(state.resources).length).toBe(10_000)
    // About six times what it takes; work that grows with the square takes a hundred times as long.
    expect(appending).toBeLessThan(2_000)
    expect(closing).toBeLessThan(600)
    expect(reading).toBeLessThan(600)
  })
})

describe('a state that cannot be used', () => {
  const broken = async (text: string | ((text: string) => string), file = 'state.json') => {
    const directory = await freshDirectory()
    await run(directory, end('web'))
    await run(directory, end('db'))
    const path = join(directory, file)
    const before = await readFile(path, 'utf8')
    const after = typeof text === 'string' ? text : text(before)
    if (after === before) throw new Error('the test broke nothing')
    await writeFile(path, after)
    return { directory, path, after }
  }

  it.each([
    ['cut off', (text: string) => text.slice(0, -40), { line: 8, column: 146 }, /is not JSON/],
    ['empty', '', { line: 1, column: 1 }, /is not JSON/],
    [
      'edited badly',
      (text: string) => text.replace('"serial": 2,', '"serial": 2'),
      { line: 6, column: 1 },
      /is not JSON/,
    ],
    ['an array', '[]', {}, /holds no object/],
    ['without version', '{}', {}, /no version/],
    ['without resources', (text: string) => text.replace('"resources"', '"other"'), {}, /resources is missing/],
    [
      'with a wrong record',
      (text: string) => text.replace('"identity":"db"', '"identity":7'),
      { line: 8 },
      /resources\.db\.identity/,
    ],
  ])('%s: refused with file, position and the way back, and not touched', async (_, text, position, summary) => {
    const { directory, path, after } = await broken(text)
    const store = fileStore(directory, 'home')
    for (const error of [await errorOf(store.read()), await errorOf(store.open('apply'))]) {
      expect(error.code).toBe('state_broken')
      expect(error.message).toMatch(summary)
      expect(error.diagnostics[0]?.source).toEqual({ file: path, ...position })
      expect(error.diagnostics[0]?.advice).toContain('lares state restore')
    }
    expect(await readFile(path, 'utf8')).toBe(after)
    expect((await store.history()).map(({ serial }) => serial)).toEqual([1])
  })

  it('is restored from the history, and the broken file stays aside', async () => {
    const { directory, after } = await broken((text) => text.slice(0, -40))
    const store = fileStore(directory, 'home')
    const restored = await store.restore(1)
    expect([restored.serial, Object.keys(restored.resources)]).toEqual([3, ['web']])
    expect(await store.read()).toEqual(restored)
    const aside = (await readdir(directory)).filter((name) => name.includes('broken'))
    expect(aside.length).toBe(1)
    expect(await readFile(join(directory, aside[0]!), 'utf8')).toBe(after)
    expect((await run(directory, end('new'))).serial).toBe(4)
  })

  it('of a newer version is refused', async () => {
    const { directory } = await broken((text) => text.replace('"version": 1,\n', '"version": 2,\n'))
    const error = await errorOf(fileStore(directory, 'home').open('apply'))
    expect([error.code, error.diagnostics[0]?.advice]).toEqual(['state_newer', expect.stringContaining('Update Lares')])
  })

  it('of another lab is refused', async () => {
    const directory = await freshDirectory()
    await run(directory, end('a'))
    expect((await errorOf(fileStore(directory, 'work').read())).code).toBe('state_of_other_lab')
    const session = await fileStore(directory, 'home').open('apply')
    await session.append(end('b'))
    await rm(join(directory, 'state.json'))
    expect((await errorOf(fileStore(directory, 'work').read())).code).toBe('state_of_other_lab')
    expect((await errorOf(fileStore(directory, 'home').read())).message).toContain('the snapshot has gone')
    await session.close()
  })

  it('is not read as empty when it cannot be read', async () => {
    const { directory } = await broken('x')
    await rm(join(directory, 'state.json'))
    await writeFile(join(directory, 'elsewhere'), '')
    const store = fileStore(join(directory, 'elsewhere'), 'home')
    expect((await errorOf(store.read())).code).toBe('state_unreadable')
    expect((await errorOf(store.open('apply'))).code).toBe('state_write_failed')
  })
})

describe('a state of an older format', () => {
  // In the made-up version 0, records had `id` for `identity`.
  const toOne = {
    0: (old: object) => JSON.parse(JSON.stringify(old).replaceAll('"id":', '"identity":')),
  }
  const older = async () => {
    const directory = await freshDirectory()
    const state = await run(directory, end('web'), end('db'))
    const file = join(directory, 'state.json')
    const text = (await readFile(file, 'utf8'))
      .replaceAll('"identity":', '"id":')
      .replace('"version": 1,\n', '"version": 0,\n')
    await writeFile(file, text)
    return { directory, state, file }
  }

  it('is migrated when it is read, and written in the new format by the next change', async () => {
    const { directory, state, file } = await older()
    const store = fileStore(directory, 'home', { migrations: toOne })
    expect(await store.read()).toEqual(state)
    const session = await store.open('apply')
    expect(session.state).toEqual(state)
    await session.append(end('new'))
    await session.close()
    expect((await readFile(file, 'utf8')).includes('"version": 1,\n')).toBe(true)
    expect(Object.keys((await fileStore(directory, 'home').read()).resources)).toEqual(['web', 'db', 'new'])
    expect(await store.restore(1)).toEqual({ ...state, serial: 3 })
  })

  it('is migrated before a journal of this version, which a crash has left, is folded in', async () => {
    const { directory, state } = await older()
    const store = fileStore(directory, 'home', { migrations: toOne })
    const session = await store.open('apply')
    await session.append(end('new'))
    expect(await store.read()).toEqual({ ...state, serial: 2, resources: { ...state.resources, new: recordOf('new') } })
    await session.close()
  })

  it('is refused when nobody knows it any more', async () => {
    const { directory } = await older()
    const error = await errorOf(fileStore(directory, 'home').read())
    expect([error.code, error.message]).toEqual(['state_broken', expect.stringContaining('format 0')])
  })
})

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { LaresError } from '../src/diagnostics.ts'
import type { JournalEntry } from '../src/state.ts'
import { fileStore } from '../src/state-file.ts'
import { recordOf } from '../src/testing/store-contract.ts'
import { type Fault, interceptFiles } from './file-faults.ts'

let root = ''
let fault: Fault = ({ proceed }) => proceed()
let files: Awaited<ReturnType<typeof interceptFiles>>
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lares-faults-'))
  files = await interceptFiles((call) => fault(call))
})
const heal = () => {
  fault = ({ proceed }) => proceed()
}
afterEach(heal)
afterAll(() => rm(root, { recursive: true }))

const end = (address: string): JournalEntry => ({ op: 'end', address, record: recordOf(address) })
const systemError = (code: string) => Object.assign(new Error(`${code}: injected`), { code })

/** A whole run, as far as it gets: what it had acknowledged, and what it was told. */
async function attempt(directory: string, addresses: readonly string[]) {
  const acknowledged: string[] = []
  const errors: unknown[] = []
  try {
    const session = await fileStore(directory, 'home').open('apply')
    for (const address of addresses) {
      await session.append(end(address)).then(
        () => acknowledged.push(address),
        (error: unknown) => errors.push(error),
      )
    }
    expect(Object.keys(session.state.resources)).toEqual(expect.arrayContaining(acknowledged))
    await session.close()
  } catch (error) {
    errors.push(error)
  }
  return { acknowledged, errors }
}

describe('a disk that fails', () => {
  it.each([
    ['ENOSPC', 'stays full'],
    ['EDQUOT', 'stays full'],
    ['EIO', 'fails once'],
    ['EROFS', 'stays full'],
    ['ENOSPC', 'fails once'],
  ])('%s, which %s: at any call nothing that was acknowledged is lost, and the next run goes on', async (code, how) => {
    const removes = ['rm', 'truncate']
    const struck = new Set<string>()
    for (let at = 1; ; at++) {
      const directory = join(root, `${code}-${how.length}-${at}`)
      heal()
      await attempt(directory, ['old'])
      files.reset()
      let strikes = 0
      fault = async ({ number, name, proceed, half }) => {
        const fails =
          how === 'fails once' ? number === at : number >= at && (code === 'EROFS' || !removes.includes(name))
        if (!fails) return proceed()
        strikes++
        struck.add(name)
        await half()
        throw systemError(code)
      }
      const { acknowledged, errors } = await attempt(directory, ['a', 'b', 'c'])
      heal()
      if (strikes === 0) {
        expect([acknowledged, errors]).toEqual([['a', 'b', 'c'], []])
        break
      }
      for (const error of errors) {
        expect(error).toBeInstanceOf(LaresError)
        expect((error as LaresError).code).toBe('state_write_failed')
        expect((error as LaresError).diagnostics[0]?.detail).toContain(code)
      }
      if (acknowledged.length < 3) expect(errors.length).toBeGreaterThan(0)
      const { resources } = await fileStore(directory, 'home').read()
      expect(Object.keys(resources)).toEqual(expect.arrayContaining(['old', ...acknowledged]))
      // A lock that could not be removed is that of a dead holder once this process has ended.
      await rm(join(directory, 'lock'), { force: true })
      expect(await attempt(directory, ['next'])).toEqual({ acknowledged: ['next'], errors: [] })
      const names = Object.keys((await fileStore(directory, 'home').read()).resources)
      expect(names).toEqual(expect.arrayContaining(['old', ...acknowledged, 'next']))
      expect((await readdir(directory)).filter((name) => /^(lock|journal)/.test(name))).toEqual([])
    }
    expect([...struck]).toEqual(expect.arrayContaining(['open', 'write', 'sync', 'rename', 'link']))
  })

  it('makes the session refuse at once what comes later, and keeps the journal', async () => {
    const directory = join(root, 'refuses')
    const session = await fileStore(directory, 'home').open('apply')
    await session.append(end('a'))
    const journal = await readFile(join(directory, 'journal.ndjson'), 'utf8')
    let writes = 0
    fault = async ({ name, proceed, half }) => {
      if (name !== 'write') return proceed()
      writes++
      await half()
      throw systemError('ENOSPC')
    }
    const together = await Promise.allSettled([session.append(end('b')), session.append(end('c'))])
    expect(together.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await readFile(join(directory, 'journal.ndjson'), 'utf8')).toBe(journal)
    heal()
    await expect(session.append(end('d'))).rejects.toMatchObject({ code: 'state_write_failed' })
    expect(writes).toBe(1)
    expect(Object.keys(session.state.resources)).toEqual(['a'])
    await session.close()
    expect(await readFile(join(directory, 'journal.ndjson'), 'utf8')).toBe(journal)
    expect(Object.keys((await fileStore(directory, 'home').read()).resources)).toEqual(['a'])
  })

  it('that cannot even cut off a half-written line leaves a journal that reads up to it', async () => {
    const directory = join(root, 'half')
    const session = await fileStore(directory, 'home').open('apply')
    await session.append(end('a'))
    fault = async ({ name, proceed, half }) => {
      if (name === 'write') await half()
      if (name === 'write' || name === 'truncate') throw systemError('EIO')
      return proceed()
    }
    await expect(session.append(end('b'))).rejects.toMatchObject({ code: 'state_write_failed' })
    heal()
    await session.close()
    expect(await attempt(directory, ['c'])).toEqual({ acknowledged: ['c'], errors: [] })
    expect(Object.keys((await fileStore(directory, 'home').read()).resources)).toEqual(['a', 'c'])
  })
})

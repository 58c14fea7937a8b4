import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LaresError } from '../src/diagnostics.ts'
import { fileStore } from '../src/state-file.ts'
import { acquireLock, breakLock } from '../src/state-lock.ts'

let root = ''
/** The lock file of a process that has ended, as it left it. */
let dead: { [field: string]: unknown } = {}
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lares-lock-'))
  const file = join(root, 'dead')
  const lock = await acquireLock(file, 'apply', { wait: 0 })
  const ended = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => ended.on('close', resolve))
  dead = { ...JSON.parse(await readFile(file, 'utf8')), pid: ended.pid }
  await lock.release()
})
afterAll(() => rm(root, { recursive: true }))

const freshFile = async () => join(await mkdtemp(join(root, 'lock-')), 'lock')
const leave = async (changes: object = {}) => {
  const file = await freshFile()
  await writeFile(file, JSON.stringify({ ...dead, id: 'gone', ...changes }))
  return file
}
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: LaresError) => error.code,
  )
const take = (file: string, wait = 0, signal?: AbortSignal) => acquireLock(file, 'apply', { wait, signal })

describe('the lock of a holder that is gone', () => {
  it.each([
    ['whose process has ended', {}],
    ['whose pid was given to another process', { pid: process.pid, started: '1' }],
    ['whose machine was started again', { boot: 'an earlier one', pid: process.pid }],
  ])('is taken over: one %s', async (_, changes) => {
    const file = await leave(changes)
    const lock = await take(file)
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ id: lock.holder.id, pid: process.pid })
    expect(await codeOf(take(file))).toBe('state_locked')
    await lock.release()
    expect(await readdir(join(file, '..'))).toEqual([])
  })

  it.each([
    ['is on another host', { host: 'elsewhere' }],
    ['is on another machine of the same name', { machine: 'another' }],
    ['is in another container, where its pid means something else', { pids: 'pid:[1]' }],
  ])('is left alone when it %s', async (_, changes) => {
    const file = await leave(changes)
    expect(await codeOf(take(file))).toBe('state_locked')
    expect(await codeOf(breakLock(file, 'other'))).toBe('state_locked')
    await breakLock(file, 'gone')
    await (await take(file)).release()
  })

  it('that was killed but not yet reaped counts as gone', async () => {
    // The shell that replaces itself with sleep never waits for its child.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 20'])
    try {
      const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)))
      await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /)
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
      await (await take(await leave({ pid, started: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] }))).release()
    } finally {
      parent.kill('SIGKILL')
    }
  })

  it.each(['', '{"id":', 'null'])('that nobody can read (%j) is broken by hand only', async (text) => {
    const file = await freshFile()
    await writeFile(file, text)
    const error = await take(file).catch((caught: LaresError) => caught as LaresError)
    expect(error).toMatchObject({ code: 'state_locked' })
    expect((error as LaresError).diagnostics[0]?.advice).toContain('lares state unlock unreadable')
    await breakLock(file, 'unreadable')
    await (await take(file)).release()
  })

  it('is taken over by a successor of a successor that died on the way', async () => {
    const file = await leave()
    await writeFile(`${file}.after-gone`, JSON.stringify({ ...dead, id: 'second' }))
    await writeFile(`${file}.after-second`, JSON.stringify({ ...dead, id: 'third' }))
    const lock = await take(file)
    expect(await readdir(join(file, '..'))).toEqual(['lock'])
    await lock.release()
  })

  it('belongs to a live successor, even before that has put its name on it', async () => {
    const other = await freshFile()
    const alive = await take(other)
    const file = await leave()
    await writeFile(`${file}.after-gone`, await readFile(other))
    await expect(take(file)).rejects.toMatchObject({
      code: 'state_locked',
      message: expect.stringContaining(String(process.pid)),
    })
    await alive.release()
  })
})

describe('takers at the same time', () => {
  it('one of 12 gets a dead holder’s lock, in each of 100 races', async () => {
    for (let race = 0; race < 100; race++) {
      const file = await leave()
      const results = await Promise.allSettled(Array.from({ length: 12 }, () => take(file)))
      const won = results.filter((result) => result.status === 'fulfilled')
      expect(won.length).toBe(1)
      for (const result of results) if (result.status === 'rejected') expect(result.reason.code).toBe('state_locked')
      expect(JSON.parse(await readFile(file, 'utf8')).id).toBe(won[0]!.value.holder.id)
      await won[0]!.value.release()
      expect((await readdir(join(file, '..'))).filter((name) => name === 'lock')).toEqual([])
    }
  })

  it('50 processes wait for it in turn; half of them die holding it, and none is ever beside another', {
    timeout: 120_000,
  }, async () => {
    const parent = await mkdtemp(join(root, 'race-'))
    const directory = join(parent, '.lares')
    await (await fileStore(directory, 'home').open('apply')).close()
    await writeFile(join(directory, 'lock'), JSON.stringify({ ...dead, id: 'gone' }))
    const program = join(import.meta.dirname, 'lock-racer.ts')
    const names = Array.from({ length: 50 }, (_, i) => `r${i}`)
    const racers = names.map((name, i) => {
      const child = spawn(process.execPath, [program, directory, name, i % 2 === 0 ? 'end' : 'die'])
      let stderr = ''
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString()
      })
      return new Promise<string>((resolve) =>
        child.on('close', (code, signal) => resolve(`${code ?? signal}${stderr}`)),
      )
    })
    await writeFile(join(parent, 'go'), '')
    expect(await Promise.all(racers)).toEqual(names.map((_, i) => (i % 2 === 0 ? '0' : 'SIGKILL')))
    const store = fileStore(directory, 'home')
    expect(Object.keys((await store.read()).resources).sort()).toEqual(names.sort())
    await (await store.open('apply')).close()
    expect((await store.read()).serial).toBe(50)
    expect((await readdir(directory)).sort()).toEqual(['.gitignore', 'history', 'state.json'])
  })
})

describe('waiting', () => {
  it('lasts until the lock is free', async () => {
    const file = await freshFile()
    const first = await take(file)
    setTimeout(() => void first.release(), 150)
    const started = performance.now()
    await (await take(file, 10_000)).release()
    expect(performance.now() - started).toBeGreaterThan(100)
  })

  it('has an end', async () => {
    const file = await freshFile()
    const first = await take(file)
    const started = performance.now()
    expect(await codeOf(take(file, 250))).toBe('state_locked')
    expect(performance.now() - started).toBeGreaterThan(240)
    await first.release()
  })

  it('can be aborted', async () => {
    const file = await freshFile()
    const first = await take(file)
    const reason = new Error('stopped by the user')
    const controller = new AbortController()
    setTimeout(() => controller.abort(reason), 50)
    await expect(take(file, 10_000, controller.signal)).rejects.toBe(reason)
    await first.release()
  })
})

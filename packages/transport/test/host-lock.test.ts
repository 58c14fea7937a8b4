import { once } from 'node:events'
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { localHost, withHostLock } from '../src/index.ts'

/** Who has it open as the lock is: a pid each. */
async function holdersOf(path: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const open = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/fd/9`).catch(() => undefined)))
  return pids.filter((_, index) => open[index] === path)
}

it('whoever finds it taken says so, and whoever is killed gives it back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lares-lock-'))
  const path = join(folder, 'lock')
  const host = localHost()
  const taken = Promise.withResolvers<void>()
  const held = withHostLock(host, path, (lost) => {
    taken.resolve()
    return once(lost, 'abort')
  })
  await taken.promise
  await expect(withHostLock(host, path, async () => {}, { seconds: 1 })).rejects.toThrow(/has held .* for 1 s/)
  for (const pid of await holdersOf(path)) process.kill(pid)
  await held
  expect(await withHostLock(host, path, async () => 'mine', { seconds: 5 })).toBe('mine')
  expect(await holdersOf(path)).toEqual([])
  await rm(folder, { recursive: true })
})

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const required = process.env['LARES_E2E'] === 'required'
const mount = mkdtempSync(join(tmpdir(), 'lares-full-'))
afterAll(() => rmSync(mount, { recursive: true }))

/** The mount lives in a namespace of its own, and is gone with the process. */
const onSmallDisk = (...command: string[]): string =>
  execFileSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"', mount, ...command], {
    encoding: 'utf8',
    timeout: 30_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  })

const canMount = (() => {
  try {
    onSmallDisk('true')
    return true
  } catch {
    return false
  }
})()

describe('a disk that is really full', () => {
  it.skipIf(!canMount && !required)(
    'loses nothing, says what to do, and is recovered from (needs root and unshare)',
    () => {
      const outcome = JSON.parse(onSmallDisk(process.execPath, join(import.meta.dirname, 'full-disk.ts'), mount))
      const full =
        'state_write_failed; ENOSPC; Make room on that disk and run the command again: it goes on from what is recorded.'
      expect(outcome.acknowledged).toBeGreaterThan(20)
      expect(outcome).toEqual({
        acknowledged: outcome.acknowledged,
        failure: full,
        later: full,
        closed: 'done',
        kept: true,
        readable: outcome.acknowledged,
        stillFull: full,
        recovered: outcome.acknowledged,
        last: outcome.acknowledged + 1,
      })
    },
  )
})

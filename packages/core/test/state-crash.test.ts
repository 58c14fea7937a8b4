import { spawn } from 'node:child_process'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileStore } from '../src/state-file.ts'
import { recordOf } from '../src/testing/store-contract.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lares-crash-'))
})
afterAll(() => rm(root, { recursive: true }))

/** Runs the writer and says what it had acknowledged when it ended: the highest version of each address. */
async function write(args: string[], killAfter?: number) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'state-writer.ts'), ...args])
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const ended = new Promise<string | null>((resolve) => child.on('close', (_, signal) => resolve(signal)))
  if (killAfter !== undefined) {
    while (stdout === '' && child.exitCode === null) await sleep(5)
    await sleep(killAfter)
    child.kill('SIGKILL')
  }
  const signal = await ended
  const acknowledged: { [address: string]: number } = {}
  for (const line of stdout.split('\n').slice(0, -1)) {
    const [address, version] = line.split(' ') as [string, string]
    acknowledged[address] = Number(version)
  }
  return { signal, acknowledged, lines: stdout.split('\n').length - 1, stderr: stderr.trim() }
}

async function versionsIn(directory: string): Promise<{ [address: string]: number }> {
  const { resources } = await fileStore(directory, 'home').read()
  return Object.fromEntries(Object.entries(resources).map(([address, { version }]) => [address, version]))
}

/** The state has everything that was acknowledged, and at most the append after it. */
function expectKept(found: { [address: string]: number }, acknowledged: { [address: string]: number }) {
  for (const address in acknowledged) {
    expect(
      [acknowledged[address]!, acknowledged[address]! + 1],
      `${address} after ${JSON.stringify(acknowledged)}`,
    ).toContain(found[address])
  }
}

describe('a writer that is killed with -9', () => {
  it('loses nothing that was acknowledged, at 40 random moments', { timeout: 300_000 }, async () => {
    const directory = join(root, 'random')
    let all: { [address: string]: number } = {}
    let lines = 0
    for (let round = 0; round < 40; round++) {
      const ended = await write([directory, 'endless'], Math.random() * 60)
      expect(ended).toMatchObject({ signal: 'SIGKILL', stderr: '' })
      all = { ...all, ...ended.acknowledged }
      lines += ended.lines
      expectKept(await versionsIn(directory), all)
    }
    expect(lines).toBeGreaterThan(400)
    // One that was killed before its first line was whole leaves a journal with nothing in it, which the next one overwrites.
    const last = await fileStore(directory, 'home').open('after')
    await last.append({ op: 'end', address: 'last', record: recordOf('last') })
    await last.close()
    expect((await readdir(directory)).filter((name) => name.startsWith('lock') || name.startsWith('journal'))).toEqual(
      [],
    )
  })

  it('leaves a state that the next run goes on from, at every call that changes the disk', {
    timeout: 300_000,
  }, async () => {
    const prepared = join(root, 'prepared')
    const [first, unfolded] = [join(prepared, 'first'), join(prepared, 'unfolded')]
    await write([first, 'once', '0'])
    await cp(first, unfolded, { recursive: true })
    const session = await fileStore(unfolded, 'home').open('crashes')
    await session.append({ op: 'end', address: 'e', record: recordOf('e') })
    await cp(unfolded, join(prepared, 'copy'), { recursive: true })
    await session.close()

    const covered: string[] = []
    for (const before of ['none', 'first', 'copy']) {
      for (let call = 1; ; call++) {
        const directory = join(root, `${before}-${call}`)
        if (before !== 'none') await cp(join(prepared, before), directory, { recursive: true })
        await rm(join(directory, 'lock'), { force: true })
        const known = await versionsIn(directory)
        const { signal, acknowledged, stderr } = await write([directory, 'once', String(call)])
        if (signal === null) {
          expect(stderr).toBe('')
          break
        }
        covered.push(stderr)
        const found = await versionsIn(directory)
        expectKept(found, { ...known, ...acknowledged })
        const next = await fileStore(directory, 'home').open('next')
        await next.append({ op: 'end', address: 'next', record: recordOf('next') })
        await next.close()
        expect(await versionsIn(directory)).toEqual({ ...found, next: 1 })
        expect((await readdir(directory)).filter((name) => /^(lock|journal)/.test(name))).toEqual([])
      }
    }
    const kinds = [...new Set(covered)].map((kind) => `${kind} ${covered.filter((one) => one === kind).length}`)
    console.log(`killed at ${covered.length} boundaries: ${kinds.join(', ')}`)
    expect(covered).toEqual(expect.arrayContaining(['mkdir', 'open', 'write', 'sync', 'link', 'rename', 'rm']))
  })
})

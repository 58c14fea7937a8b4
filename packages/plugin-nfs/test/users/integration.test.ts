import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localHost } from '@lares/transport'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { usersOf } from '../../src/client/mounts.ts'

/** A mount of its own with a file in it, as another program would find it. */
async function mounted(name: string): Promise<string> {
  if (process.env.LARES_RIG === undefined) throw new Error('Not inside the rig')
  const target = join(await mkdtemp(join(tmpdir(), 'lares-users-')), name)
  await execa('mkdir', [target])
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'lares-users', target])
  // As systemd has all of a host's.
  await execa('mount', ['--make-shared', target])
  onTestFinished(async () => void (await execa('umount', ['-l', target])))
  await writeFile(join(target, 'film'), 'frames')
  return target
}

/** Starts a shell script with the target as `$1`, and resolves with its number when it has printed a line. */
async function using(target: string, script: string, ...before: string[]): Promise<number> {
  const [file, ...args] = [...before, 'sh', '-c', `${script}; echo; read wait`, 'sh', target]
  const user = spawn(file!, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    user.stdin.end()
    if (user.exitCode === null) await once(user, 'exit')
  })
  await once(user.stdout, 'data')
  return user.pid!
}
const numbers = async (target: string) =>
  (await usersOf(localHost(), target)).map((line) => Number(line.split(' ')[0])).sort((a, b) => a - b)

test.each(['media', 'a b\\c'])('who stands in it or has a file of it open is named: %s', async (name) => {
  const target = await mounted(name)
  expect(await usersOf(localHost(), target)).toEqual([])
  const users = [await using(target, 'cd "$1"'), await using(target, 'exec 7< "$1/film"')]
  await using(target, 'cd "$1/.."')
  expect(await numbers(target)).toEqual(users.sort((a, b) => a - b))
  expect((await usersOf(localHost(), target)).join('\n')).toContain('sh -c cd "$1"')
})

test('whose namespace has it privately is named, and one that follows the host is not', async () => {
  const target = await mounted('media')
  const container = await using(target, ':', 'unshare', '--mount', '--propagation', 'private')
  await using(target, ':', 'unshare', '--mount', '--propagation', 'slave')
  expect(await numbers(target)).toEqual([container])
})

test('a copy of it elsewhere stays, though it follows the host', async () => {
  const target = await mounted('media')
  const script = 'mkdir -p "$1.films"; mount --bind "$1" "$1.films"; mount --make-slave "$1.films"'
  const container = await using(target, script, 'unshare', '--mount', '--propagation', 'slave')
  expect(await numbers(target)).toEqual([container])
})

test('a place of the same name in another namespace is another one', async () => {
  const target = await mounted('media')
  const script = 'umount "$1"; mount -t tmpfs lares-users "$1"; cd "$1"'
  await using(target, script, 'unshare', '--mount', '--propagation', 'private')
  expect(await numbers(target)).toEqual([])
})

test('who runs a program of it is named', async () => {
  const target = await mounted('media')
  await execa('cp', ['/bin/cat', target])
  const runs = spawn(join(target, 'cat'), { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    runs.stdin.end()
    await once(runs, 'exit')
  })
  runs.stdin.write('it runs')
  await once(runs.stdout, 'data')
  expect(await numbers(target)).toEqual([runs.pid])
})

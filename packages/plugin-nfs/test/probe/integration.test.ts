import { chmod, chown, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localHost } from '@lares/transport'
import { execa } from 'execa'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { lookInto } from '../../src/client/mounts.ts'

/** Files of www-data that its group may read; what is tried does not depend on the kind of file system. */
let target: string
beforeEach(async () => {
  if (process.env.LARES_RIG === undefined) throw new Error('Not inside the rig')
  const folder = await mkdtemp(join(tmpdir(), 'lares-probe-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  target = join(folder, 'a film')
  await mkdir(join(target, 'deeper'), { recursive: true })
  await writeFile(join(target, 'deeper/film'), 'frames')
  await chmod(join(target, 'deeper/film'), 0o640)
  for (const path of [join(target, 'deeper/film'), join(target, 'deeper'), target]) await chown(path, 33, 33)
})
const outcome = (probe?: 'read' | 'write', user?: string) =>
  lookInto(localHost(), target, { probe, user }).then(
    () => 'fine',
    (error: { message: string; detail: string }) => `${error.message}\n${error.detail}`,
  )

test.each([
  ['read', '33:33', /^fine$/],
  ['read', 'www-data', /^fine$/],
  ['read', '1000:33', /^fine$/],
  ['read', undefined, /^fine$/],
  ['read', '1000:1000', /^1000:1000 can't read .*a film[\s\S]*deeper\/film.*Permission denied/],
  ['write', 'www-data', /^fine$/],
  ['write', undefined, /^fine$/],
  ['write', '1000:33', /^1000:33 can't write .*a film[\s\S]*Permission denied/],
  ['read', 'nobody-at-all', /^nobody-at-all can't read[\s\S]*invalid (user|spec)/],
] as const)('%s as %s', async (probe, user, expected) => {
  expect(await outcome(probe, user)).toMatch(expected)
  expect(await readdir(target)).toEqual(['deeper'])
})

test('a directory that only others may list is told', async () => {
  await chmod(target, 0o750)
  expect(await outcome(undefined, '1000:1000')).toMatch(/1000:1000 can't list[\s\S]*Permission denied/)
  expect(await outcome('read', '1000:1000')).toMatch(/can't read[\s\S]*Permission denied/)
})

test('a full disk is told, and nothing is left', async () => {
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=777', 'lares-probe', target])
  onTestFinished(async () => void (await execa('umount', ['-l', target])))
  await execa('dd', ['if=/dev/zero', `of=${join(target, 'big')}`], { reject: false })
  expect(await outcome('write', '1000:1000')).toMatch(/can't write[\s\S]*No space left/)
  expect(await readdir(target)).toEqual(['big'])
})

test('what a killed run has left goes with a later one', async () => {
  const [old, young] = [join(target, '.lares-probe.aaaaaa'), join(target, '.lares-probe.bbbbbb')]
  for (const path of [old, young]) await writeFile(path, '')
  await utimes(old, 0, 0)
  expect(await outcome('write')).toBe('fine')
  expect(await readdir(target)).toEqual(['.lares-probe.bbbbbb', 'deeper'])
})

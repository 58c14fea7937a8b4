import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testLab } from '../../../../../e2e/test-lab.ts'
import nfs from '../../../src/index.ts'
import { shell } from '../../exporting.ts'
import { withGanesha, withoutGanesha } from '../ganesha.ts'

let directory: string
const at = (name: string) => `${directory}/${name}`
beforeAll(async () => {
  directory = await withGanesha()
  mkdirSync(at('media/inner'), { recursive: true })
  for (const name of ['media', 'media/inner']) chmodSync(at(name), 0o777)
  writeFileSync(at('text'), 'from a client')
})
afterAll(() => withoutGanesha())

/** A client in user space, as the kernel here has none. */
const url = (name: string) => `nfs://127.0.0.1${at(name)}?version=4&uid=1000&gid=1000`
const read = async (name: string) => (await execa('nfs-cat', [url(name)], { timeout: 60_000 })).stdout
const write = (name: string) => execa('nfs-cp', [at('text'), url(name)], { timeout: 60_000 })
const here = { host: '127.0.0.1' }
const elsewhere = { host: '10.0.0.5' }
const media = (clients: object[]) =>
  nfs.export('media', { path: at('media'), clients: clients as [], server: 'ganesha', manageServer: false })
const inner = (clients: object[]) =>
  nfs.export('inner', { path: at('media/inner'), clients: clients as [], server: 'ganesha', manageServer: false })

test('what is written on one side is read on the other, under the ids that the export says', async () => {
  const lab = testLab('home')
  await lab.apply([media([{ ...here, access: 'rw', squash: 'all', anonUid: 33, anonGid: 34 }])])
  writeFileSync(at('media/note'), 'from the server')
  expect(await read('media/note')).toBe('from the server')
  await write('media/answer')
  expect(readFileSync(at('media/answer'), 'utf8')).toBe('from a client')
  expect(statSync(at('media/answer'))).toMatchObject({ uid: 33, gid: 34 })
  await lab.destroy([media([here])])
  await expect(read('media/note')).rejects.toThrow(/NOENT/)
})

test('a change holds at once, and the server is the same process', async () => {
  const lab = testLab('home')
  const before = await shell('pgrep -x ganesha.nfsd')
  await lab.apply([media([{ ...here, access: 'rw' }])])
  await write('media/one')
  await lab.apply([media([here])])
  await expect(write('media/two')).rejects.toThrow(/ROFS|ACCES|PERM/)
  expect(await read('media/one')).toBe('from a client')
  await lab.apply([media([elsewhere])])
  await expect(read('media/one')).rejects.toThrow(/NOENT|ACCES/)
  await lab.apply([media([{ ...here, sec: ['krb5'] }])])
  await expect(read('media/one')).rejects.toThrow(/WRONGSEC|NOENT|ACCES/)
  await lab.apply([media([{ host: '*' }, { host: '127.0.0.0/8' }, { ...here, access: 'rw' }])])
  await write('media/two')
  expect(await shell('pgrep -x ganesha.nfsd')).toBe(before)
  await lab.destroy([media([here])])
})

test('what is inside of another export keeps its own rules, whichever was there first', async () => {
  const lab = testLab('home')
  const [outer, within] = [media([{ ...here, access: 'rw' }]), inner([here])]
  await lab.apply([within])
  await lab.apply([outer, within])
  await write('media/three')
  await expect(write('media/inner/three')).rejects.toThrow(/ROFS|ACCES|PERM/)
  await lab.apply([media([{ ...here, access: 'rw', fsid: 7 }]), within])
  await expect(write('media/inner/three')).rejects.toThrow(/ROFS|ACCES|PERM/)
  await lab.apply([within])
  await expect(write('media/three')).rejects.toThrow(/ROFS|ACCES|PERM/)
  await expect(write('media/inner/three')).rejects.toThrow(/ROFS|ACCES|PERM/)
  await lab.destroy([within])
})

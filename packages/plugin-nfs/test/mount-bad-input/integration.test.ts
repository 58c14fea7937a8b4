import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import nfs from '../../src/index.ts'
import { mounting } from '../mounting.ts'

const minutes = 60_000
let guests: Awaited<ReturnType<typeof mounting>>

beforeAll(async () => {
  guests = await mounting()
}, 15 * minutes)
afterAll(() => guests?.remove())
beforeEach(() => guests.client.run('mkdir -p /mnt/media'))

const run = (script: string) => guests.client.run(script)
const media = (more: object = {}) => {
  const mount = nfs.mount('media', { on: guests.on, source: 'server:/srv/media', target: '/mnt/media', ...more })
  return [guests.on, mount]
}
/** What fstab and the kernel have below /mnt. */
const seen = () => run('grep /mnt /etc/fstab /proc/self/mountinfo || :')

test.each([
  ['files lie in it', 'touch /mnt/media/precious', 'rm /mnt/media/precious', 'target_not_empty', /files in it/],
  ['it is a file', 'rmdir /mnt/media; touch /mnt/media', 'rm /mnt/media', 'target_not_empty', /no directory/],
  ['it is another mount', 'mount -t tmpfs tmp /mnt/media', 'umount /mnt/media', 'target_in_use', /tmp \(tmpfs\)/],
  [
    'a disk is to be mounted there',
    "echo 'LABEL=disk /mnt/media/ ext4 noauto 0 2' >> /etc/fstab",
    'sed -i /LABEL=disk/d /etc/fstab',
    'target_in_use',
    /another file system \(LABEL=disk\)/,
  ],
])('a target is left alone when %s', { timeout: 5 * minutes }, async (_, before, after, code, summary) => {
  await run(before)
  const found = await seen()
  const { diagnostics } = await testLab('home').attempt(media())
  expect(diagnostics).toMatchObject([{ code, address: 'media', summary: expect.stringMatching(summary) }])
  expect(await seen()).toBe(found)
  await run(after)
})

test.each([
  ['the server exports no such path', { source: 'server:/srv/nowhere' }, /access denied by server|No such file/],
  ['nobody knows the server', { source: 'nobody.invalid:/srv/media', automount: false }, /resolve/],
  ['nobody is at the address', { source: '192.168.150.99:/srv/media' }, /port 2049|timed out|No route/],
  ['the kernel knows no such option', { options: ['bogus'], automount: false }, /bogus|[iI](nvalid|ncorrect)/],
])(
  'when %s, it says so, and the right one is mounted after it',
  { timeout: 10 * minutes },
  async (_, wrong, detail) => {
    const lab = testLab('home')
    const { diagnostics } = await lab.attempt(media(wrong))
    expect(diagnostics).toMatchObject([{ address: 'media', severity: 'error' }])
    expect(`${diagnostics[0]!.summary}\n${diagnostics[0]!.detail}`).toMatch(detail)
    await lab.apply(media())
    expect(await lab.rest(media())).toBe('')
    expect(await run('cat /mnt/media/note')).toBe('first')
    await lab.destroy(media())
    expect(await seen()).toBe('')
  },
)

test.each([
  ['a source without a path', { source: 'server' }, /Expected a server and a path/],
  ['a target that is no path', { target: 'media' }, /Expected an absolute path/],
  ['an option that another input says', { options: ['ro'] }, /Another input says this/],
  ['a source with a slash at its end', { source: 'server:/srv/media/' }, /Expected a server and a path/],
  ['an option with a comma', { options: ['ro,soft'] }, /Expected one word/],
  ['a version that was never', { version: '5' }, /expected one of "3"/],
])('%s is refused before anything is asked', async (_, wrong, message) => {
  await expect(testLab('home').plan(media(wrong))).rejects.toThrow(message)
})

test('two mounts at one place are refused before anything is asked', async () => {
  const other = nfs.mount('other', { on: guests.on, source: 'server:/srv/other', target: '/mnt/media' })
  await expect(testLab('home').plan([...media(), other])).rejects.toThrow(/mount point/)
})

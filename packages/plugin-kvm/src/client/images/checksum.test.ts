import { expect, test } from 'vitest'
import { findChecksum } from './checksum.ts'

const short = 'ab'.repeat(32)
const other = 'cd'.repeat(32)
const long = 'ef'.repeat(64)

test.each([
  ['as sha512sum writes it', `${'00'.repeat(64)}  a.qcow2\n${long}  b.qcow2\n`, long],
  ['of a binary file', `${other} *a.img\n${short} *b.qcow2`, short],
  ['with a path', `${short}  ./images/b.qcow2\n`, short],
  [
    'as BSD writes it',
    `# b.qcow2: 123 bytes\nSHA256 (a.qcow2) = ${other}\nSHA256 (b.qcow2) = ${short.toUpperCase()}\n`,
    short,
  ],
  [
    'signed',
    `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSHA256 (b.qcow2) = ${short}\n-----BEGIN PGP SIGNATURE-----\n`,
    short,
  ],
  ['a digest alone', `${long}\n`, long],
  ['the stronger of two', `SHA256 (b.qcow2) = ${short}\nSHA512 (b.qcow2) = ${long}\n`, long],
])('%s', (_, text, digest) => {
  expect(findChecksum(text, 'b.qcow2')?.digest).toBe(digest)
})

test.each([[''], [`${short}  bb.qcow2`], ['deadbeef  b.qcow2'], [`SHA256 (xb.qcow2) = ${short}`]])(
  'not in %j',
  (text) => {
    expect(findChecksum(text, 'b.qcow2')).toBe(undefined)
  },
)

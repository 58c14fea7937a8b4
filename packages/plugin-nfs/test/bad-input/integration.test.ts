import { mkdirSync, writeFileSync } from 'node:fs'
import { beforeEach, expect, test } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import nfs from '../../src/index.ts'
import { exporting, shell } from '../exporting.ts'

let directory: string
beforeEach(async () => {
  directory = await exporting()
  await shell('rm -f /etc/exports.d/*')
  mkdirSync(`${directory}/media`)
})
const media = (more: object = {}, name = 'media') =>
  nfs.export(name, { path: `${directory}/media`, clients: [{ host: '10.0.0.5' }], manageServer: false, ...more })
const table = () => shell('cat /var/lib/nfs/etab /etc/exports.d/* 2> /dev/null || :')

test.each([
  ['no such directory', 'nowhere', 'no_such_directory'],
  ['a file', 'file', 'not_a_directory'],
])('%s: nothing is exported', async (_, name, code) => {
  writeFileSync(`${directory}/file`, '')
  const { diagnostics } = await testLab('home').attempt([media({ path: `${directory}/${name}` })])
  expect(diagnostics).toMatchObject([{ code, address: 'media', path: 'path' }])
  expect(await table()).toBe('')
})

test('one that cannot be exported keeps none of its host from it', async () => {
  const lab = testLab('home')
  const { diagnostics } = await lab.attempt([media(), media({ path: `${directory}/nowhere` }, 'nowhere')])
  expect(diagnostics).toMatchObject([{ code: 'no_such_directory', address: 'nowhere' }])
  expect(await table()).toMatch(/media.*10\.0\.0\.5\(/)
  expect(await lab.rest([media()])).toBe('')
})

test('a client whose name nobody knows is told, in the words of exportfs', async () => {
  const { diagnostics } = await testLab('home').attempt([media({ clients: [{ host: 'nobody.invalid' }] })])
  expect(diagnostics).toMatchObject([
    {
      code: 'not_exported',
      summary: expect.stringContaining('nobody.invalid'),
      detail: expect.stringContaining('resolve'),
    },
  ])
})

test.each([
  ['twice', [{ host: '10.0.0.5' }, { host: '10.0.0.5/32' }], /A client is named twice/],
  ['a client with a space', [{ host: '10.0.0.5 (rw)' }], /Expected an address, a network/],
  ['no client', [], /Expected at least one client/],
  ['an option with a space', [{ host: '10.0.0.5', options: ['rw, sync'] }], /Expected one word of exports/],
  ['a word that exportfs does not know', [{ host: '10.0.0.6', options: ['bogus'] }], /would not take this.*bogus/],
])('%s is refused before anything is asked', async (_, clients, message) => {
  await expect(testLab('home').plan([media({ clients })])).rejects.toThrow(message)
})

test('two file systems of one name are refused before anything is asked', async () => {
  const clients = [{ host: '10.0.0.5', fsid: 7 }]
  mkdirSync(`${directory}/photos`)
  const both = [media({ clients }), media({ clients, path: `${directory}/photos` }, 'photos')]
  await expect(testLab('home').plan(both)).rejects.toThrow(/both want fsid 7/)
})

test('what another lab exports to the same client is refused; another client of the same path is not', async () => {
  await testLab('other').apply([media({ clients: [{ host: '10.0.0.5', access: 'rw' }] })])
  const theirs = await table()
  const { diagnostics } = await testLab('home').attempt([media()])
  expect(diagnostics).toMatchObject([{ code: 'already_exists', advice: expect.stringContaining('lares import') }])
  expect(await table()).toBe(theirs)
  const lab = testLab('home')
  const mine = media({ clients: [{ host: '10.0.0.6' }] })
  await lab.apply([mine])
  expect(await table()).toContain(theirs.split('\n')[0]!.split('\t')[1]!)
  await lab.destroy([mine])
  expect((await table()).split('\n').sort()).toEqual(theirs.split('\n').sort())
})

test.each([
  ['the same path to a network', 'media', '10.0.0.0/24', 'rw', 'overlapping_clients'],
  ['the same path to everybody', 'media', '*', 'ro,insecure', 'overlapping_clients'],
  ['the same path to others', 'media', '10.0.1.0/24', 'rw', undefined],
  ['the same path to a network, alike', 'media', '10.0.0.0/24', 'ro', undefined],
  ['what lies above it, for writing', '.', '10.0.0.0/24', 'rw', 'wider_export'],
  ['what lies above it, with its own root', '.', '*', 'ro,no_root_squash', 'wider_export'],
  ['what lies above it, as it is', '.', '*', 'ro', undefined],
  ['what lies above it, to others', '.', '10.0.1.5', 'rw', undefined],
  ['what lies beside it', 'photos', '*', 'rw', undefined],
])('others export %s: told when it matters', async (_, where, client, options, code) => {
  mkdirSync(`${directory}/photos`)
  await shell('exportfs -i -o "no_subtree_check,$1" "$2:$(realpath "$3/$4")"', options, client, directory, where)
  const lab = testLab('home')
  const { diagnostics } = await lab.plan([media()])
  expect(diagnostics.map((each) => [each.code, each.severity, each.path])).toEqual(
    code === undefined ? [] : [[code, 'warning', 'clients']],
  )
  await lab.apply([media()])
  expect(await lab.rest([media()])).toBe('')
})

test('what lies above it on another file system lets nobody in', async () => {
  await shell('mount -t tmpfs lares "$1/media"; exportfs -i -o no_subtree_check,rw "*:$1"', directory)
  try {
    expect((await testLab('home').plan([media()])).diagnostics).toEqual([])
  } finally {
    await shell('umount "$1/media"', directory)
  }
})

test('what is exported by hand, unexported by hand, or lost from the file is shown and repaired', async () => {
  const lab = testLab('home')
  await lab.apply([media()])
  const path = `${directory}/media`
  await shell('exportfs -i -o rw 10.9.9.9:"$1"', path)
  expect(await lab.rest([media()])).toBe('')
  await shell('exportfs -u 10.0.0.5:"$1"', path)
  expect(await lab.rest([media()])).toMatch(/update media/)
  await lab.apply([media()])
  await shell('exportfs -i -o rw,all_squash 10.0.0.5:"$1"', path)
  expect(await lab.rest([media()])).toContain('10.0.0.5')
  await lab.apply([media()])
  await shell('rm /etc/exports.d/lares-home.exports')
  expect(await lab.rest([media()])).toMatch(/saved/)
  await lab.apply([media()])
  expect(await lab.rest([media()])).toBe('')
  expect(await table()).toContain('10.9.9.9')
})

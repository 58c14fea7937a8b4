import { mkdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testLab } from '../../../../../e2e/test-lab.ts'
import nfs from '../../../src/index.ts'
import { shell } from '../../exporting.ts'
import { behind, block, config, snapshot, startGanesha, stopGanesha, withGanesha, withoutGanesha } from '../ganesha.ts'

const CONFIG = '/etc/ganesha/ganesha.conf'
const FILE = '/etc/ganesha/lares-home.conf'

let directory: string
const at = (name: string) => `${directory}/${name}`
beforeAll(async () => {
  directory = await withGanesha()
  for (const name of ['media/inner/most', 'photos', 'theirs/below']) mkdirSync(at(name), { recursive: true })
})
afterAll(() => withoutGanesha())
beforeEach(async () => {
  await writeFile(CONFIG, config)
  await behind(`rm -f /etc/ganesha/lares-*
    for id in $(call ShowExports | grep -o '\\[[0-9]*,"' | tr -cd '0-9\\n' | sort -rn); do call RemoveExport q "$id" || :; done
    for id in $(call ShowExports | grep -o '\\[[0-9]*,"' | tr -cd '0-9\\n' | sort -n); do call RemoveExport q "$id" || :; done`)
})

const ganesha = (name: string, path: string, more: object = {}) =>
  nfs.export(name, { path, clients: [{ host: '10.0.0.5' }], server: 'ganesha', manageServer: false, ...more })
const media = (more: object = {}) => ganesha('media', at('media'), more)
const pid = () => shell('pgrep -x ganesha.nfsd')
/** What it exports: a line for each, with its clients. */
const exported = async (): Promise<string[]> => {
  const lines = (await snapshot()).split('\n').filter((line) => line.startsWith('{"type"'))
  return lines
    .map((line) => JSON.parse(line).data)
    .flatMap(([id, path, , , clients]) =>
      id === 0 ? [] : [`${path} ${clients.map(([host]: [string]) => host).join(' ')}`],
    )
}
const hand = async (name: string, text: string, id: number) => {
  await writeFile(`/run/ganesha/${name}`, text)
  await behind('call AddExport ss "$1" "EXPORT(Export_Id=$2)"', `/run/ganesha/${name}`, String(id))
}

test.each([
  ['no such directory', 'nowhere', 'no_such_directory'],
  ['a file', 'file', 'not_a_directory'],
])('%s: that is not exported, and the others of the host are', async (_, name, code) => {
  await writeFile(at('file'), '')
  const { diagnostics } = await testLab('home').attempt([media(), ganesha('bad', at(name))])
  expect(diagnostics).toMatchObject([{ code, address: 'bad', path: 'path' }])
  expect(await exported()).toEqual([`${at('media')} 10.0.0.5/32`])
})

test('what the file system cannot give is told in the words of Ganesha', async () => {
  const { diagnostics } = await testLab('home').attempt([ganesha('proc', '/proc/fs')])
  expect(diagnostics).toMatchObject([
    { code: 'not_exported', address: 'proc', detail: expect.stringContaining('lares-home.conf') },
  ])
  expect(await exported()).toEqual([])
})

test('a client whose name nobody knows is told, and the others have it', async () => {
  const clients = [{ host: 'nobody.invalid' }, { host: '10.0.0.5' }]
  const { diagnostics } = await testLab('home').attempt([media({ clients })])
  expect(diagnostics).toMatchObject([
    {
      code: 'not_exported',
      summary: expect.stringMatching(/to nobody\.invalid as/),
      detail: expect.stringContaining('not found'),
    },
  ])
  expect((await exported())[0]).toContain('10.0.0.5/32')
})

test.each<[string, object, string]>([
  ['async', { sync: false }, 'clients[0].sync'],
  ['crossmnt', { crossmnt: true }, 'clients[0].crossmnt'],
  ['subtreeCheck', { subtreeCheck: true }, 'clients[0].subtreeCheck'],
  ['mountpoint', { mountpoint: true }, 'clients[0].mountpoint'],
  ['nohide', { hide: false }, 'clients[0].hide'],
  ['wdelay', { wdelay: false }, 'clients[0].wdelay'],
  ['the root of NFSv4', { fsid: 'root' }, 'clients[0].fsid'],
  ['a UUID', { fsid: '3b0f1a9e-2f4e-4c8e-9a51-1f2d3c4b5a69' }, 'clients[0].fsid'],
  ['words', { options: ['no_acl'] }, 'clients[0].options'],
  ['the weakest first', { sec: ['sys', 'krb5'] }, 'clients[0].sec'],
  ['a mask with holes', { host: '10.0.0.1/255.0.255.255' }, 'clients[0].host'],
  ['everybody with IPv4', { host: '0.0.0.0/0' }, 'clients[0].host'],
  ['an address with a zone', { host: 'fe80::1%eth0' }, 'clients[0].host'],
  ['what would end the block', { host: '10.0.0.5;}EXPORT{' }, 'clients[0].host'],
])('%s is refused before anything is asked', async (_, more, path) => {
  const plan = testLab('home').plan([media({ clients: [{ host: '10.0.0.5', ...more }] })])
  await expect(plan).rejects.toMatchObject({ diagnostics: [{ path, summary: expect.stringContaining('NFS-Ganesha') }] })
})

test('two clients with two file systems are refused', async () => {
  const clients = [{ host: '10.0.0.5', fsid: 7 }, { host: '10.0.0.6' }]
  await expect(testLab('home').plan([media({ clients })])).rejects.toMatchObject({
    diagnostics: [{ path: 'clients[1].fsid' }],
  })
})

test('what others export and write stays, to the byte and to the number', async () => {
  await hand('by-hand.conf', block(7, at('photos')), 7)
  await testLab('other').apply([ganesha('theirs', at('theirs'))])
  const before = await snapshot()
  const { diagnostics } = await testLab('home').attempt([
    ganesha('photos', at('photos')),
    ganesha('theirs', at('theirs')),
  ])
  expect(diagnostics.map(({ code }) => code)).toEqual(['already_exists', 'already_exists'])
  expect(await snapshot()).toBe(before)
  const lab = testLab('home')
  await lab.apply([media()])
  expect((await readFile(CONFIG, 'utf8')).split('\n').filter((line) => line.startsWith('%'))).toEqual([
    '%include "/etc/ganesha/lares-other.conf"',
    `%include "${FILE}"`,
  ])
  await lab.destroy([media()])
  expect(await snapshot()).toBe(before)
  await testLab('third').apply([media()])
  expect((await exported()).length).toBe(3)
})

test('labs at the same time take nothing from each other', async () => {
  const names = ['one', 'two', 'three', 'four']
  for (const name of names) mkdirSync(at(name), { recursive: true })
  const labs = names.map((name) => ({ lab: testLab(name), exported: [ganesha(name, at(name))] }))
  await Promise.all(labs.map((each) => each.lab.apply(each.exported)))
  expect((await exported()).sort()).toEqual(names.map((name) => `${at(name)} 10.0.0.5/32`).sort())
  for (const each of labs) expect(await each.lab.rest(each.exported)).toBe('')
  await Promise.all(labs.map((each) => each.lab.destroy(each.exported)))
  expect(await exported()).toEqual([])
  expect(await readFile(CONFIG, 'utf8')).toBe(config)
})

test('one above what others export is refused, as they would be hidden', async () => {
  await hand('by-hand.conf', block(7, at('theirs/below')), 7)
  const { diagnostics } = await testLab('home').attempt([ganesha('theirs', at('theirs'))])
  expect(diagnostics).toMatchObject([{ code: 'exported_below', path: 'path' }])
  expect(await exported()).toEqual([`${at('theirs/below')} 10.0.0.5/32`])
})

test('directories in one another come and go in any order', async () => {
  const lab = testLab('home')
  const [outer, inner, innermost] = [
    media(),
    ganesha('inner', at('media/inner')),
    ganesha('most', at('media/inner/most')),
  ]
  await lab.apply([inner])
  await lab.apply([outer, inner, innermost])
  expect((await exported()).length).toBe(3)
  expect(await lab.rest([outer, inner, innermost])).toBe('')
  // Ganesha ends no export that has another in it, so this shows that the inner one stands on the outer one.
  await expect(
    behind(
      `call RemoveExport q "$(call ShowExports | grep -o '\\[[0-9]*,"[^"]*"' | grep -F ",\\"$1\\"" | tr -dc '0-9,' | cut -d , -f 1)"`,
      at('media'),
    ),
  ).rejects.toThrow(/submounts/)
  await lab.apply([inner, innermost])
  expect((await exported()).map((line) => line.split(' ')[0])).toEqual(
    expect.arrayContaining([at('media/inner'), at('media/inner/most')]),
  )
  await lab.destroy([inner, innermost])
  expect(await exported()).toEqual([])
  expect(await readFile(CONFIG, 'utf8')).toBe(config)
})

test('a file that hands broke withdraws nothing, is shown, and is written again', async () => {
  const lab = testLab('home')
  await lab.apply([media()])
  const [before, served] = [await readFile(FILE, 'utf8'), await exported()]
  for (const broken of [before.replace(';', ''), 'EXPORT {', `${before}# more\n`]) {
    await writeFile(FILE, broken)
    expect(await lab.rest([media()])).toMatch(/saved/)
    expect(await exported()).toEqual(served)
    await lab.apply([media()])
    expect(await readFile(FILE, 'utf8')).toBe(before)
    expect(await exported()).toEqual(served)
  }
})

test('a configuration that hands broke withdraws nothing, and keeps no change from being made', async () => {
  const lab = testLab('home')
  await lab.apply([media()])
  const whole = await readFile(CONFIG, 'utf8')
  await writeFile(CONFIG, `${whole}\nEXPORT { Export_Id = ; `)
  expect(await lab.rest([media()])).toBe('')
  await lab.apply([media({ clients: [{ host: '10.0.0.6' }] })])
  expect(await exported()).toEqual([`${at('media')} 10.0.0.6/32`])
  await lab.destroy([media()])
  expect(await readFile(CONFIG, 'utf8')).toBe(`${config}\nEXPORT { Export_Id = ; `)
})

test('what stands in the configuration by hand is taken over only when it is gone from there', async () => {
  await hand('by-hand.conf', block(7, at('photos')), 7)
  await writeFile(CONFIG, `${config}\n${block(7, at('photos'))}`)
  const lab = testLab('home')
  const photos = ganesha('photos', at('photos'), { clients: [{ host: '10.0.0.6' }] })
  const { diagnostics } = await lab.attempt([photos], { adopt: ['photos'] })
  expect(diagnostics).toMatchObject([{ code: 'exported_elsewhere', path: 'path' }])
  expect(await exported()).toEqual([`${at('photos')} 10.0.0.5/32`])
  await writeFile(CONFIG, config)
  await lab.apply([photos], { adopt: ['photos'] })
  expect(await exported()).toEqual([`${at('photos')} 10.0.0.6/32`])
  expect(await readFile(FILE, 'utf8')).toContain('Export_Id = 7;')
})

test('what hands told the server is shown and repaired, without a restart', async () => {
  const lab = testLab('home')
  const before = await pid()
  const effect = async (clients: object[]) => (await lab.apply([media({ clients })])).nodes[0]?.effect
  await effect([{ host: '10.0.0.5', fsid: 7 }])
  expect(
    await effect([
      { host: '10.0.0.5', fsid: 7, access: 'rw' },
      { host: '*', fsid: 7 },
    ]),
  ).toBe('live')
  expect(
    await effect([
      { host: '10.0.0.5', fsid: 8, access: 'rw' },
      { host: '*', fsid: 8 },
    ]),
  ).toBe('restart')
  await lab.apply([media()])
  const file = await readFile(FILE, 'utf8')
  const id = /Export_Id = (\d+);/.exec(file)![1]!
  await writeFile('/run/ganesha/x.conf', file.replace('10.0.0.5', '10.0.0.5, 10.9.9.9').replace('RO', 'RW'))
  await behind('call UpdateExport ss /run/ganesha/x.conf "EXPORT(Export_Id=$1)"', id)
  expect(await lab.rest([media()])).toMatch(/10\.0\.0\.5[\s\S]*10\.9\.9\.9|10\.9\.9\.9[\s\S]*10\.0\.0\.5/)
  await lab.apply([media()])
  await behind('call RemoveExport q "$1"', id)
  expect(await lab.rest([media()])).toMatch(/update media/)
  await lab.apply([media()])
  await writeFile(CONFIG, config)
  expect(await lab.rest([media()])).toMatch(/saved/)
  await lab.apply([media()])
  await shell(`rm ${FILE}`)
  expect(await lab.rest([media()])).toMatch(/saved/)
  await lab.apply([media()])
  expect(await lab.rest([media()])).toBe('')
  expect(await readFile(FILE, 'utf8')).toBe(file)
  expect(await pid()).toBe(before)
})

test('a server that is away is told; when it is back, it exports the same again by itself', async () => {
  const lab = testLab('home')
  const both = [
    media({ clients: [{ host: 'localhost' }] }),
    ganesha('photos', at('photos'), { clients: [{ host: '*', fsid: 7 }] }),
  ]
  await lab.apply(both)
  const before = await snapshot()
  await stopGanesha()
  const inner = ganesha('inner', at('media/inner'))
  const { diagnostics } = await lab.attempt([...both, inner])
  expect(diagnostics).toContainEqual(
    expect.objectContaining({ code: 'not_exported', detail: expect.stringContaining('does not answer') }),
  )
  await lab.attempt(both)
  await startGanesha()
  expect(await snapshot()).toBe(before)
  expect(await lab.rest(both)).toBe('')
})

test('from one kind of server to the other it is exported anew, and by the first no more', async () => {
  const lab = testLab('home')
  await lab.apply([media({ server: 'kernel' })])
  expect(await shell('cat /var/lib/nfs/etab')).toContain(at('media'))
  const { nodes } = await lab.apply([media()])
  expect(nodes[0]).toMatchObject({ address: 'media', action: 'replace' })
  expect(await shell('cat /var/lib/nfs/etab; ls /etc/exports.d')).toBe('')
  expect(await exported()).toEqual([`${at('media')} 10.0.0.5/32`])
  expect(await lab.rest([media()])).toBe('')
  await lab.apply([media({ server: 'kernel' })])
  expect(await exported()).toEqual([])
  await lab.destroy([media({ server: 'kernel' })])
})

test('where another server has the port, none is installed or started', async () => {
  const { diagnostics } = await testLab('home').attempt([
    nfs.export('kernel', { path: at('media'), clients: [{ host: '10.0.0.5' }] }),
  ])
  expect(diagnostics).toMatchObject([{ code: 'port_in_use', path: 'server' }])
  expect(await shell('cat /var/lib/nfs/etab; ls /etc/exports.d')).toBe('')
})

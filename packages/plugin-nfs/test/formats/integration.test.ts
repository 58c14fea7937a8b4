import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type EtabEntry, parseEtab } from '../../src/client/formats/etab.ts'
import { clientKind, clientKinds, clientTakes } from '../../src/client/formats/export-client.ts'
import { type ExportOptions, formatExportOptions, parseExportOptions } from '../../src/client/formats/export-options.ts'
import {
  type ExportsProblem,
  effectiveExports,
  formatExportEntry,
  parseExports,
  withExport,
} from '../../src/client/formats/exports-file.ts'
import { exportEntries, exportOptions, exportsText } from './arbitraries.ts'
import { directories, exportfs } from './exportfs.ts'

const sorted = <T>(items: readonly T[]): T[] =>
  [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
const isName = (host: string) => clientKind(host) === 'host' && !/^[\d.]+$|:/.test(host)

/** What we say that exportfs makes of a file; names are not resolved here. */
const predicted = (text: string) =>
  sorted(
    effectiveExports(parseExports(text))
      .filter(({ host }) => !isName(host))
      .map(({ path, host, options }) => ({ path, host, options })),
  )
/** Everybody can be there twice, as a star and as nobody; the server takes the first. */
const firsts = (entries: readonly EtabEntry[]): EtabEntry[] =>
  entries.filter(
    ({ path, host }, index) => entries.findIndex((each) => each.path === path && each.host === host) === index,
  )

const found = (etab: string) =>
  sorted(
    firsts(parseEtab(etab)).map(({ path, host, options }) => ({
      path: path.replace(/\/+/g, '/').replace(/(.)\/$/, '$1'),
      host,
      options: parseExportOptions(options),
    })),
  )

/** What exportfs says with its exit code; the others it passes over in silence, or with a warning. */
const isTold = ({ code, text }: ExportsProblem) =>
  ['bad_option', 'bad_option_list', 'duplicate_client'].includes(code) ||
  (code === 'bad_client' && clientKind(text.replace(/\(.*/s, '')) === 'network') ||
  (code === 'too_long' && !text.startsWith('/'))

const world =
  '(ro,sync,wdelay,hide,nocrossmnt,secure,root_squash,no_all_squash,no_subtree_check,secure_locks,acl,no_pnfs,'
const corpus: Record<string, string> = {
  'the stray space': '/srv/a 10.0.0.1 (rw)\n',
  'no client': '/srv/a\n/srv/d#e -rw\n',
  'defaults behind the clients': '/srv/a 10.0.0.1(rw) -ro\n',
  'two lists of defaults': '/srv/a -ro 10.0.0.1 -rw 10.0.0.2 @g(all_squash)\n',
  'defaults of a flavour win over the client': '/srv/a -sec=krb5,rw 10.0.0.1(ro)\n',
  'a bad option ends the file': '/srv/a 10.0.0.1(rw) 10.0.0.2(rw,foo) 10.0.0.3(rw)\n/srv/d#e *(ro)\n',
  'an empty option ends the file': '/srv/a *(rw,,sync)\n/srv/d#e *(ro)\n',
  'a comma at the end is nothing': '/srv/a *(rw,)\n/srv/d#e *( rw, sync)\n',
  'an open list ends the file': '/srv/a 10.0.0.1(rw\n/srv/d#e *(ro)\n',
  'a blank line of DOS ends the file': '/srv/a 10.0.0.1(rw)\r\n\r\n/srv/d#e *(ro)\r\n',
  'lines of DOS': '/srv/a 10.0.0.1(rw)\r\n/srv/d#e *(ro)\r\n',
  'an empty quote ends an entry': '/srv/a 10.0.0.1(rw) "" 10.0.0.2(ro)\n',
  'quotes and escapes':
    '"/srv/b c" *(ro)\n/srv/f\\042g *(ro)\n/srv/h\\134i *(ro)\n/srv/\\303\\274 *(ro)\n/srv/j\\012k *(ro)\n',
  'a quote that is not closed': '/srv/a "10.0.0.1(rw)\n/srv/d#e *(ro)\n',
  'comments continue no line': '# c \\\n/srv/a *(ro) # d \\\n/srv/d#e *(ro)\n',
  'continued lines': '/srv/a 10.0.0.1(rw) \\\n   10.0.0.2(ro) \\\n# no more\n/srv/d#e\\\n*(ro)\n',
  networks: '/srv/a 10.0.0.7/24(rw) 10.0.0.0/255.0.255.0(rw) fd00::/64(rw) fe80::1(rw) 0.0.0.0/0(rw) 10.1.0.0/(ro)\n',
  'networks that are none': '/srv/a 10.0.0.300/24(rw) 10.0.0.0/33(rw) 10.0.0.0/x(rw) fd00::/129(rw) 10.9.0.0/+8(rw)\n',
  kinds: '/srv/a gss/krb5(rw) @g(rw) *.lan(rw) h[12](rw) [fe80::1](rw) *(rw) 10.0.0.1(rw) 10.0.0.0/8(rw)\n',
  'the same twice': '/srv/a 10.0.0.1(rw) 10.0.0.1(ro)\n/srv/a/ *.LAN(rw) *.lan(ro)\n',
  numbers: '/srv/a 10.0.0.1(anonuid=-2,anongid=4294967296) 10.0.0.2(fsid=0x10) 10.0.0.3(fsid=010) 10.0.0.4(fsid=-1)\n',
  'bad numbers': '/srv/a 10.0.0.1(anonuid=)\n/srv/d#e *(ro)\n',
  'a UUID':
    '/srv/a *(fsid=6C8F0B5E-0000-4000-8000-000000000001) 10.0.0.1(fsid=5,fsid=6c8f0b5e000040008000000000000001)\n',
  'digits alone are no UUID': '/srv/a *(fsid=12345678901234567890123456789012)\n',
  synonyms: '/srv/a *(no_auth_nlm,mp,sec=unix:null,nordirplus,security_label,refer=/x@10.0.0.9:/y@h)\n',
  flavours: '/srv/a *(sec=krb5:krb5i,rw,no_root_squash,sec=sys,ro,all_squash) 10.0.0.1(rw,sec=sys:sys,ro)\n',
  'an unknown flavour': '/srv/a *(sec=foo)\n',
  'the longest client': `/srv/a *(${'rw,'.repeat(169)})\n/srv/a @g(${'rw,'.repeat(169)}r)\n/srv/d#e *(ro)\n`,
  'a longer client ends the file': `/srv/a *(${'rw,'.repeat(169)}rw)\n/srv/d#e *(ro)\n`,
  'the longest path': `/${'a'.repeat(1023)} *(ro)\n/${'b'.repeat(1024)} *(ro)\n/srv/a *(ro)\n`,
  'a backslash before digits': '/srv/\\134040 *(ro)\n',
}

test('exportfs reads the corpus as we do', async () => {
  const results = await exportfs(Object.values(corpus))
  for (const [index, [name, text]] of Object.entries(corpus).entries()) {
    const { etab, shown, exitCode } = results[index]!
    expect.soft(found(etab), name).toEqual(predicted(text))
    if (!text.includes('042')) expect.soft(found(shown), `${name}, as exportfs -s shows it`).toEqual(predicted(text))
    const { problems } = parseExports(text)
    const gone = effectiveExports(parseExports(text)).some(({ path }) => !directories.includes(path))
    expect.soft(exitCode !== 0, `${name}: exit code ${exitCode}`).toBe(gone || problems.some(isTold))
  }
})

test('the table of exportfs is the one that is written in the manual', async () => {
  const [result] = await exportfs(['/srv/a\n'])
  expect(result!.etab).toContain(`/srv/a\t${world}anonuid=65534,anongid=65534,sec=sys`)
})

test('exportfs reads what was made of pieces of the grammar as we do', async () => {
  const texts = fc
    .sample(exportsText, { numRuns: 1000, seed: 6 })
    .filter((text) => !parseExports(text).problems.some(({ code }) => code === 'breaks_table'))
  const results = await exportfs(texts)
  let entries = 0
  let refused = 0
  for (const [index, text] of texts.entries()) {
    const expected = predicted(text)
    expect(found(results[index]!.etab), JSON.stringify(text)).toEqual(expected)
    entries += expected.length
    const first = parseExports(text).problems.find(({ fatal }) => fatal)
    if (first && isTold(first)) {
      refused += 1
      expect(results[index]!.exitCode, JSON.stringify(text)).not.toBe(0)
    }
  }
  expect(entries).toBeGreaterThan(500)
  expect(refused).toBeGreaterThan(100)
})

test('exportfs takes what we write, and shows that it means what was asked', async () => {
  const asked = fc.sample(exportOptions, { numRuns: 400, seed: 6 })
  const texts = asked.map((options) => {
    const clients = [{ host: '10.0.0.1', options: formatExportOptions(options) }]
    return `${formatExportEntry({ path: '/srv/b c', clients })}\n`
  })
  const results = await exportfs(texts)
  for (const [index, options] of asked.entries()) {
    const { etab, exitCode, stderr } = results[index]!
    expect(exitCode, `${texts[index]}${stderr}`).toBe(0)
    expect(
      found(etab).map((entry) => entry.options as ExportOptions),
      texts[index],
    ).toEqual([options])
  }
})

test('entries that are put into a file are what exportfs reads there', async () => {
  const entries = fc
    .sample(exportEntries, { numRuns: 200, seed: 6 })
    .map((entry, index) => ({ ...entry, path: directories[index % directories.length]! }))
  const texts = entries.map((entry) => {
    const file = parseExports('# others\n/srv/a 10.9.9.9(ro) # theirs\n"/srv/b c" \\\n  *(ro)')
    return withExport(file, entry)
      .lines.map(({ text }) => text)
      .join('')
  })
  const results = await exportfs(texts)
  for (const [index, { path, clients }] of entries.entries()) {
    const expected = clients.map(({ host, options }) => ({ path, host, options: parseExportOptions(options) }))
    const got = found(results[index]!.etab).filter((entry) => entry.path === path)
    expect(got, texts[index]).toEqual(sorted(expected.filter(({ host }) => !isName(host))))
  }
})

test.each([`/srv/a ${'a'.repeat(400)}*(rw)\n`, '/srv/a "h *(rw)"\n', '/srv/a *(mountpoint=/srv/b\\040c)\n'])(
  'what mountd could not read from the table is found: %j',
  async (text) => {
    const [result] = await exportfs([text])
    expect(result!.exitCode).toBe(0)
    expect(found(result!.etab)).not.toEqual(predicted(text))
    expect(parseExports(text).problems).toMatchObject([{ code: 'breaks_table' }])
  },
)

test('the table lists kinds of clients in the order in which they are asked', async () => {
  const hosts = ['gss/krb5', '*', '@g', '*.lan', '10.0.0.0/8', '10.0.0.1']
  const [result] = await exportfs([`/srv/a ${hosts.map((host) => `${host}(ro)`).join(' ')}\n`])
  const listed = parseEtab(result!.etab).map(({ host }) => clientKind(host))
  expect(listed).toEqual([...clientKinds])
  expect(hosts.map((host) => clientTakes(host, '10.0.0.1'))).toEqual([
    undefined,
    true,
    undefined,
    undefined,
    true,
    true,
  ])
})

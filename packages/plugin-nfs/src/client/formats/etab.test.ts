import { expect, test } from 'vitest'
import { parseEtab } from './etab.ts'
import { parseExportOptions, sameExportOptions } from './export-options.ts'

const spelled =
  'wdelay,hide,nocrossmnt,secure,root_squash,no_all_squash,no_subtree_check,secure_locks,acl,no_pnfs,anonuid=65534,anongid=65534'

// Written by exportfs of nfs-utils 2.6.2 (Debian 12), without a server in the kernel.
const table = `/srv/b\\040c\t10.0.0.1(rw,sync,${spelled},sec=sys,rw,root_squash,no_all_squash)
/srv\t(ro,sync,${spelled},sec=sys,ro,root_squash,no_all_squash)
/srv\tfe80::1(rw,async,${spelled},sec=krb5:sys,rw,root_squash,no_all_squash)
`
// What `exportfs -s` prints of it.
const shown = `/srv/b\\040c  10.0.0.1(sync,wdelay,hide,no_subtree_check,sec=sys,rw,root_squash,no_all_squash)
/srv  *(sync,wdelay,hide,no_subtree_check,sec=sys,ro,root_squash,no_all_squash)
/srv  fe80::1(async,wdelay,hide,no_subtree_check,sec=krb5:sys,rw,root_squash,no_all_squash)
`

test('the table and what is shown of it say the same', () => {
  const [stored, printed] = [parseEtab(table), parseEtab(shown)]
  expect(stored.map(({ path, host }) => [path, host])).toEqual([
    ['/srv/b c', '10.0.0.1'],
    ['/srv', '*'],
    ['/srv', 'fe80::1'],
  ])
  expect(printed.map(({ path, host }) => [path, host])).toEqual(stored.map(({ path, host }) => [path, host]))
  const asked = [{ access: 'rw' }, {}, { access: 'rw', sync: false, sec: ['krb5', 'sys'] }] as const
  for (const [index, options] of asked.entries()) {
    expect(sameExportOptions(parseExportOptions(stored[index]!.options), options)).toBe(true)
    expect(sameExportOptions(parseExportOptions(printed[index]!.options), options)).toBe(true)
  }
})

test('an empty table exports nothing', () => {
  expect(parseEtab('')).toEqual([])
})

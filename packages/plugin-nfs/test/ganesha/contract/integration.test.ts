import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { resourceContract } from '@lares/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import nfs from '../../../src/index.ts'
import { behind, block, snapshot, withGanesha, withoutGanesha } from '../ganesha.ts'

const api = { describe, it, expect }
const directory = await withGanesha()
afterAll(() => withoutGanesha())
const at = (name: string) => `${directory}/${name}`
for (const name of ['media', 'other', 'with space', 'a "quote"']) mkdirSync(at(name), { recursive: true })

const host = '10.0.0.5'
const client = (more: object) => ({ clients: [{ host, ...more }] })
appendFileSync('/etc/hosts', '10.0.0.8 two.lan\n10.0.0.9 two.lan\nfd00::9 two.lan\n')
const planted = at('planted.conf')
writeFileSync(planted, block(9, at('media')))

resourceContract(api, {
  type: 'nfs.export',
  factory: nfs.export,
  base: { path: at('media'), clients: [{ host }], server: 'ganesha', manageServer: false },
  options: {
    access: client({ access: 'rw' }),
    squashAll: client({ squash: 'all', anonUid: 33, anonGid: 33 }),
    squashNone: client({ squash: 'none' }),
    anonymous: client({ anonUid: 4_294_967_294, anonGid: 0 }),
    sec: client({ sec: ['krb5p', 'krb5i', 'krb5', 'sys', 'none'] }),
    kerberos: client({ sec: ['krb5'] }),
    fsid: client({ fsid: 7 }),
    insecure: client({ secure: false }),
    network: { clients: [{ host: '10.0.0.0/24' }] },
    netmask: { clients: [{ host: '10.0.1.7/255.255.255.0' }] },
    address6: { clients: [{ host: 'fd00::5' }] },
    network6: { clients: [{ host: 'fd00::/64', access: 'rw' }] },
    name: { clients: [{ host: 'localhost' }, { host }] },
    addresses: { clients: [{ host: 'two.lan', access: 'rw' }, { host }] },
    netgroup: { clients: [{ host: '@family' }] },
    wildcard: { clients: [{ host: '*.lan' }] },
    letters: { clients: [{ host: 'nas[12].lan' }] },
    world: { clients: [{ host: '*' }] },
    several: {
      clients: [
        { host: '*' },
        { host: '10.0.0.6', access: 'rw' },
        { host: '@family' },
        { host },
        { host: '10.0.2.0/24' },
      ],
    },
    directory: { path: at('made'), directory: { mode: '2775', owner: 'www-data', group: '100' } },
    space: { path: at('with space') },
    quote: { path: at('a "quote"') },
    address: { address: 'nas.lan' },
  },
  combined: client({
    ...{ access: 'rw', squash: 'all', anonUid: 1000, anonGid: 1000, sec: ['krb5', 'sys'], fsid: 9, secure: false },
  }),
  replacement: { path: at('other') },
  outside: {
    snapshot,
    plant: async () => void (await behind('call AddExport ss "$1" "EXPORT(Export_Id=9)" || :', planted)),
    remove: async () =>
      void (await behind(
        `sed -i '/lares-/d' /etc/ganesha/ganesha.conf; rm -f /etc/ganesha/lares-*
        call ShowExports | grep -o '\\[[0-9]*,"[^"]*"' | grep -F ",\\"$1\\"" | tr -d '[' | cut -d , -f 1 |
          while read -r id; do call RemoveExport q "$id"; done`,
        at('media'),
      )),
  },
  killAfter: [0, 20],
})

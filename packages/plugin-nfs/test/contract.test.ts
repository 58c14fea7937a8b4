import { mkdirSync } from 'node:fs'
import { resourceContract } from '@lares/core/testing'
import { describe, expect, it } from 'vitest'
import nfs from '../src/index.ts'
import { exporting, shell } from './exporting.ts'

const api = { describe, it, expect }
const directory = await exporting()
const at = (name: string) => `${directory}/${name}`
for (const name of ['media', 'other', 'with space']) mkdirSync(at(name), { recursive: true })

const host = '10.0.0.5'
const client = (more: object) => ({ clients: [{ host, ...more }] })

resourceContract(api, {
  type: 'nfs.export',
  factory: nfs.export,
  base: { path: at('media'), clients: [{ host }], manageServer: false },
  options: {
    access: client({ access: 'rw' }),
    async: client({ sync: false }),
    squashAll: client({ squash: 'all', anonUid: 33, anonGid: 33 }),
    squashNone: client({ squash: 'none' }),
    sec: client({ sec: ['krb5p', 'sys'] }),
    fsid: client({ fsid: 7 }),
    root: client({ fsid: 'root' }),
    uuid: client({ fsid: '3b0f1a9e-2f4e-4c8e-9a51-1f2d3c4b5a69' }),
    crossmnt: client({ crossmnt: true }),
    subtreeCheck: client({ subtreeCheck: true }),
    mountpoint: client({ mountpoint: true }),
    mountpointElsewhere: client({ mountpoint: '/srv' }),
    insecure: client({ secure: false }),
    wdelay: client({ wdelay: false }),
    words: client({ options: ['nohide', 'no_acl'] }),
    network: { clients: [{ host: '10.0.0.0/24' }] },
    netmask: { clients: [{ host: '10.0.1.0/255.255.255.0' }] },
    address6: { clients: [{ host: 'fd00::5' }] },
    network6: { clients: [{ host: 'fd00::/64', access: 'rw' }] },
    netgroup: { clients: [{ host: '@family' }] },
    wildcard: { clients: [{ host: '*.lan' }] },
    world: { clients: [{ host: '*' }] },
    several: { clients: [{ host: '10.0.0.6', access: 'rw' }, { host }, { host: '10.0.2.0/24' }] },
    directory: { path: at('made'), directory: { mode: '2775', owner: 'www-data', group: '100' } },
    space: { path: at('with space') },
    address: { address: 'nas.lan' },
  },
  combined: client({
    ...{ access: 'rw', sync: false, squash: 'all', anonUid: 1000, anonGid: 1000, sec: ['sys'], fsid: 9 },
    ...{ crossmnt: true, secure: false, wdelay: false },
  }),
  replacement: { path: at('other') },
  outside: {
    snapshot: () => shell('sort /var/lib/nfs/etab; ls /etc/exports.d; cat /etc/exports.d/* 2> /dev/null; true'),
    plant: async () => void (await shell('exportfs -i -o ro,no_subtree_check,fsid=3 "$1:$2" || :', host, at('media'))),
    remove: async () => void (await shell('rm -f /etc/exports.d/lares-*; exportfs -u "$1:$2" || :', host, at('media'))),
  },
  killAfter: [0, 20],
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { secret } from '@lares/core'
import { resourceContract } from '@lares/core/testing'
import { localHost } from '@lares/transport'
import { describe, expect, it } from 'vitest'
import { removeUser } from '../src/client/index.ts'
import host from '../src/index.ts'
import { testLab } from './lab.ts'
import { sandbox, shell, tree } from './sandbox.ts'

const api = { describe, it, expect }
const directory = await sandbox()
const at = (name: string) => join(directory, name)
const killAfter = [0, 20]

const source = at('template')
writeFileSync(source, 'port {{port}}\n')

resourceContract(api, {
  type: 'host.file',
  factory: host.file,
  base: { path: at('file') },
  options: {
    content: { content: 'a\nb\n' },
    access: { mode: '600', owner: 'nobody', group: '100' },
    template: { source, values: { port: 8080 } },
    validated: { content: 'ok\n', validate: 'grep -q ok %s', backup: false },
    secret: { content: secret.env('CONTENT') },
  },
  combined: { content: 'a\n', mode: '0640', owner: 'daemon' },
  replacement: { path: at('other') },
  secrets: { CONTENT: 'password = hunter2 and "more"\n' },
  outside: {
    snapshot: () => tree(directory),
    plant: async () => writeFileSync(at('file'), 'theirs\n'),
    remove: async () => void (await shell('rm -f "$1" "$2"', at('file'), at('other'))),
  },
  killAfter,
})

resourceContract(api, {
  type: 'host.directory',
  factory: host.directory,
  base: { path: at('directory') },
  options: { access: { mode: '0700', owner: '65534', group: 'daemon' } },
  replacement: { path: at('parent/other') },
  outside: {
    snapshot: () => tree(directory),
    plant: async () => void (await shell('mkdir "$1"', at('directory'))),
    remove: async () => void (await shell('rm -rf "$1" "$2"', at('directory'), at('parent'))),
  },
  killAfter,
})

resourceContract(api, {
  type: 'host.link',
  factory: host.link,
  base: { path: at('link'), target: 'hosts' },
  options: { target: { target: '/no/such thing' } },
  replacement: { path: at('link2') },
  outside: {
    snapshot: () => tree(directory),
    plant: async () => void (await shell('ln -s elsewhere "$1"', at('link'))),
    remove: async () => void (await shell('rm -f "$1" "$2"', at('link'), at('link2'))),
  },
  killAfter,
})

resourceContract(api, {
  type: 'host.fileBlock',
  factory: host.fileBlock,
  base: { path: at('hosts'), content: '10.0.0.5 nas' },
  options: {
    content: { content: '10.0.0.6 nas\n10.0.0.7 web\n' },
    start: { position: 'start', validate: 'grep -q localhost %s' },
    secret: { content: secret.env('CONTENT') },
  },
  replacement: { comment: ';' },
  secrets: { CONTENT: 'password=hunter2+more\n' },
  outside: {
    snapshot: () => tree(directory),
    remove: async () => void (await shell('sed -i "/BEGIN lares/,/END lares/d" "$1"', at('hosts'))),
  },
  killAfter,
})

resourceContract(api, {
  type: 'host.fileLine',
  factory: host.fileLine,
  base: { path: at('hosts'), line: '10.0.0.5 nas', match: ' nas$' },
  options: { line: { line: '10.0.0.6 nas' }, start: { position: 'start' } },
  outside: {
    snapshot: () => tree(directory),
    plant: async () => void (await shell('echo 10.0.0.9 nas >> "$1"', at('hosts'))),
    remove: async () => void (await shell('sed -i "/ nas$/d" "$1"', at('hosts'))),
  },
  killAfter,
})

const accounts = () =>
  shell('getent passwd; getent group; ls /home; cat /etc/shadow /home/*/.ssh/authorized_keys 2>/dev/null; :')
const keys = ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOne one', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAITwo two']
const gone = (name: string) => shell('userdel -r "$1" 2>/dev/null; groupdel "$1" 2>/dev/null; :', name)

resourceContract(api, {
  type: 'host.user',
  factory: host.user,
  base: { name: 'contract', removeHome: true },
  options: {
    groups: { groups: ['audio', 'video'], shell: '/bin/bash', comment: 'Ann Other' },
    keys: { authorizedKeys: keys },
    'exclusive keys': { authorizedKeys: [keys[0]!], exclusiveKeys: true, groups: ['audio'], exclusiveGroups: true },
    password: { passwordHash: secret.env('HASH') },
    number: { uid: 4242 },
  },
  combined: { groups: ['audio'], authorizedKeys: keys, passwordHash: secret.env('HASH') },
  replacement: { name: 'contract2' },
  secrets: { HASH: '$6$abcdefgh$ijklmnopqrstuvwxyz0123456789' },
  outside: {
    snapshot: accounts,
    plant: async () => void (await shell('useradd -m contract')),
    remove: async () => void (await Promise.all([gone('contract'), gone('contract2')])),
  },
  killAfter,
})

it('a home that useradd had no time to finish goes with its user', async () => {
  await shell('useradd -M contract3; mkdir /home/contract3')
  await removeUser(localHost(), 'contract3', { removeHome: true })
  expect(await shell('ls -d /home/contract3 2> /dev/null; id contract3 2> /dev/null; :')).toBe('')
})

it('a home that useradd had no time to finish is told, and finished', async () => {
  await shell('useradd -M contract4; mkdir /home/contract4')
  const lab = testLab()
  const user = host.user('contract4', { removeHome: true, authorizedKeys: keys })
  const { nodes } = await lab.plan([user])
  expect(nodes.flatMap(({ changes }) => changes.map(({ path }) => path))).toContain('homeUnfinished')
  await lab.apply([user])
  expect(
    await shell(
      'cd /home/contract4; stat -c "%U %G %n" . .bashrc .ssh .ssh/authorized_keys; ls -d /home/*.lares 2> /dev/null; :',
    ),
  ).toBe(['.', '.bashrc', '.ssh', '.ssh/authorized_keys'].map((name) => `contract4 contract4 ${name}`).join('\n'))
  expect((await lab.plan([user])).nodes.map(({ action }) => action)).toEqual(['none'])
  await gone('contract4')
})

resourceContract(api, {
  type: 'host.group',
  factory: host.group,
  base: { name: 'contract' },
  options: { number: { gid: 4242 }, system: { system: true } },
  combined: false,
  replacement: { name: 'contract2' },
  outside: {
    snapshot: accounts,
    plant: async () => void (await shell('groupadd contract')),
    remove: async () => void (await shell('groupdel contract; groupdel contract2; :')),
  },
  killAfter,
})

resourceContract(api, {
  type: 'host.command',
  factory: host.command,
  base: {
    create: `echo "\${WORD:-made}" > ${at('made')}`,
    check: `cat ${at('made')}`,
    delete: `rm -f ${at('made')}`,
  },
  options: {
    triggers: { triggers: { version: 2 } },
    update: { update: `echo updated > ${at('made')}`, triggers: { version: 3 } },
    secret: { env: { WORD: secret.env('WORD') }, cwd: directory },
  },
  combined: false,
  secrets: { WORD: 'a secret word' },
  outside: {
    snapshot: async () => await shell('ls "$1"', directory),
    plant: async () => void (await shell('echo theirs > "$1"', at('made'))),
    remove: async () => void (await shell('rm -f "$1"', at('made'))),
  },
  killAfter,
})

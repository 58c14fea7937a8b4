import { readFileSync } from 'node:fs'
import Draft04 from 'ajv-draft-04'
import formats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type * as z from 'zod'
import { cloudInitDigest, cloudInitImage, instanceIdOf, renderCloudInit } from './render.ts'
import { cloudInitInput } from './schema.ts'

/** What cloud-init 22.4.2 of Debian 12 publishes. */
const published = new URL('recorded/schema-cloud-config-22.4.2.json', import.meta.url)
const ajv = new Draft04.default({ strict: false, allErrors: true })
formats.default(ajv)
const validate = ajv.compile(JSON.parse(readFileSync(published, 'utf8')))

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE me@home'
const context = { instanceId: 'one', hostname: 'plex', macs: ['52:54:00:AA:BB:01', '52:54:00:aa:bb:02'] }
type Input = z.input<typeof cloudInitInput>
const render = (input: Input) => renderCloudInit(cloudInitInput.parse(input), context)
/** As PyYAML reads it. */
const configOf = (input: Input) => parse(render(input).userData, { version: '1.1' }) as Record<string, unknown>

/** Every field, each with the keys of cloud-config that it gives. */
const fields: [Input, Record<string, unknown>][] = [
  [
    { user: 'ops', authorizedKeys: [key] },
    { users: [{ name: 'ops', sudo: 'ALL=(ALL) NOPASSWD:ALL', lock_passwd: true, ssh_authorized_keys: [key] }] },
  ],
  [{ authorizedKeys: [key] }, { ssh_authorized_keys: [key] }],
  [
    {
      keepDefaultUser: true,
      users: [
        {
          name: 'ann',
          description: 'Ann',
          importKeys: ['gh:ann'],
          sudo: 'ALL=(ALL) ALL',
          groups: ['docker', 'adm'],
          primaryGroup: 'users',
          shell: '/bin/bash',
          home: '/srv/ann',
          uid: 1500,
          system: false,
          passwordHash: '$6$salt$hash',
        },
        { name: 'bob', sudo: false, groups: [] },
      ],
    },
    {
      users: [
        'default',
        {
          name: 'ann',
          gecos: 'Ann',
          groups: ['docker', 'adm'],
          primary_group: 'users',
          homedir: '/srv/ann',
          shell: '/bin/bash',
          uid: 1500,
          system: false,
          sudo: 'ALL=(ALL) ALL',
          lock_passwd: false,
          passwd: '$6$salt$hash',
          ssh_import_id: ['gh:ann'],
        },
        { name: 'bob', lock_passwd: true },
      ],
    },
  ],
  [
    { user: 'root', authorizedKeys: [key] },
    { disable_root: false, users: [expect.objectContaining({ name: 'root' })] },
  ],
  [
    { hostname: 'media', domain: 'lan' },
    { hostname: 'media', fqdn: 'media.lan' },
  ],
  [
    { timezone: 'Europe/Rome', locale: 'en_GB.UTF-8', keyboard: 'de' },
    { timezone: 'Europe/Rome', locale: 'en_GB.UTF-8', keyboard: { layout: 'de' } },
  ],
  [
    { packages: ['curl'], packageUpgrade: true },
    { packages: ['curl'], package_upgrade: true },
  ],
  [
    {
      files: [
        { path: '/etc/a', content: 'yes', mode: '600', owner: 'root:adm', append: true, late: true },
        { path: '/etc/b', content: 'AAEC', encoding: 'base64' },
      ],
    },
    {
      write_files: [
        { path: '/etc/a', content: 'yes', permissions: '0600', owner: 'root:adm', append: true, defer: true },
        { path: '/etc/b', content: 'AAEC', encoding: 'b64' },
      ],
    },
  ],
  [
    { commands: ['echo 12:30 > /x', ['touch', '/y']], bootCommands: ['true'] },
    { runcmd: ['echo 12:30 > /x', ['touch', '/y']], bootcmd: ['true'] },
  ],
  [
    {
      filesystems: [
        { device: '/dev/vdb', path: '/srv', label: 'data' },
        { device: '/dev/vdc', type: 'xfs' },
      ],
    },
    {
      fs_setup: [
        { device: '/dev/vdb', filesystem: 'ext4', label: 'data', partition: 'any', overwrite: false },
        { device: '/dev/vdc', filesystem: 'xfs', partition: 'any', overwrite: false },
      ],
      mounts: [['/dev/vdb', '/srv', 'ext4', 'defaults,nofail', '0', '2']],
    },
  ],
  [{ swap: '2GiB' }, { swap: { filename: '/swapfile', size: 2_147_483_648 } }],
  [{ growRoot: false }, { growpart: { mode: 'off' }, resize_rootfs: false }],
  [{ timeServers: ['ntp.lan'] }, { ntp: { enabled: true, servers: ['ntp.lan'] } }],
  [{ trustedCertificates: ['-----BEGIN'] }, { ca_certs: { trusted: ['-----BEGIN'] } }],
  [{ passwordLogin: false }, { ssh_pwauth: false }],
  [
    { hostKeys: { ed25519: { private: 'PRIVATE\nKEY\n', public: key } } },
    { ssh_keys: { ed25519_private: 'PRIVATE\nKEY\n', ed25519_public: key } },
  ],
  [{ extra: { final_message: 'up' } }, { final_message: 'up' }],
]

describe('user data', () => {
  test.each(fields)('%j', (input, expected) => {
    const config = configOf(input)
    expect(config).toEqual({ manage_etc_hosts: 'localhost', hostname: 'plex', ...expected })
    validate(config)
    expect(validate.errors ?? []).toEqual([])
  })

  test("all fields together keep to cloud-init's schema", () => {
    const { user: _, ...together } = Object.assign({}, ...fields.map(([input]) => input)) as Input
    const config = configOf(together)
    expect(Object.keys(config).length).toBeGreaterThan(20)
    validate(config)
    expect(validate.errors ?? []).toEqual([])
  })

  test('the schema would notice', () => {
    expect(validate({ users: [{ name: 'ann', keys: [] }] })).toBe(false)
    expect(validate({ write_files: [{ path: '/x', permissions: 420 }] })).toBe(false)
  })

  test('text stays text for a reader of YAML 1.1', () => {
    const content = ['yes', 'off', '0644', '12:30', '~', '1e3', 'null', ' a', '#', 'a\nb\n', 'é: |']
    const files = content.map((each, index) => ({ path: `/${index}`, content: each, mode: '0644' }))
    const { write_files } = configOf({ files }) as { write_files: { content: string; permissions: string }[] }
    expect(write_files.map((file) => file.content)).toEqual(content)
    expect(new Set(write_files.map(({ permissions }) => permissions))).toEqual(new Set(['0644']))
    expect(render({ files }).userData).toContain('permissions: "0644"')
  })

  test('a raw document stays as it is', () => {
    expect(render({ userData: '#!/bin/sh\n' }).userData).toBe('#!/bin/sh\n')
    const fromFile = renderCloudInit(cloudInitInput.parse({ userDataFile: './x' }), { ...context, userDataFile: 'y' })
    expect(fromFile.userData).toBe('y')
  })
})

test('meta data: instance and host name, and what was said besides', () => {
  expect(parse(render({ metaData: { region: 'home' } }).metaData)).toEqual({
    region: 'home',
    'instance-id': 'one',
    'local-hostname': 'plex',
  })
})

describe('network configuration', () => {
  test('none is written where nothing is said', () => {
    expect(render({}).networkConfig).toBe(undefined)
  })

  test('interfaces are found by MAC address', () => {
    const network = [
      {
        addresses: ['192.168.1.5/24'],
        gateway: '192.168.1.1',
        gateway6: 'fd00::1',
        nameservers: ['1.1.1.1'],
        search: ['lan'],
      },
      {
        name: 'lan0',
        dhcp: true,
        mtu: 9000,
        optional: true,
        routes: [{ to: '10.0.0.0/8', via: '192.168.1.9', metric: 5 }],
      },
      { mac: '52:54:00:00:00:09' },
    ]
    expect(parse(render({ network }).networkConfig!)).toEqual({
      version: 2,
      ethernets: {
        eth0: {
          match: { macaddress: '52:54:00:aa:bb:01' },
          'set-name': 'eth0',
          dhcp4: false,
          dhcp6: false,
          addresses: ['192.168.1.5/24'],
          routes: [
            { to: '0.0.0.0/0', via: '192.168.1.1' },
            { to: '::/0', via: 'fd00::1' },
          ],
          nameservers: { addresses: ['1.1.1.1'], search: ['lan'] },
        },
        lan0: {
          match: { macaddress: '52:54:00:aa:bb:02' },
          'set-name': 'lan0',
          dhcp4: true,
          dhcp6: true,
          routes: [{ to: '10.0.0.0/8', via: '192.168.1.9', metric: 5 }],
          mtu: 9000,
          optional: true,
        },
        eth2: { match: { macaddress: '52:54:00:00:00:09' }, 'set-name': 'eth2', dhcp4: true, dhcp6: false },
      },
    })
  })

  test('an interface that the guest does not have is refused', () => {
    expect(() => render({ network: [{}, {}, {}] })).toThrow('Interface 3')
  })
})

describe('the digest of a seed', () => {
  test('is the same for the same seed under another instance id, and another for another seed', async () => {
    const seed = render({ user: 'ops' })
    const again = renderCloudInit(cloudInitInput.parse({ user: 'ops' }), { ...context, instanceId: 'two' })
    expect(await cloudInitDigest(again)).toBe(await cloudInitDigest(seed))
    expect(await cloudInitDigest(render({ user: 'eve' }))).not.toBe(await cloudInitDigest(seed))
    expect(await cloudInitDigest(render({ user: 'ops', metaData: { a: 1 } }))).not.toBe(await cloudInitDigest(seed))
    expect(await cloudInitDigest(seed)).toMatch(/^[0-9a-f]{32}$/)
  })

  test('makes another instance only where that is asked for', async () => {
    const digest = await cloudInitDigest(render({}))
    expect(instanceIdOf('guest', { onChange: 'ignore' }, digest)).toBe('guest')
    expect(instanceIdOf('guest', { onChange: 'new-instance-id' }, digest)).toBe(`guest-${digest.slice(0, 12)}`)
  })

  test('belongs to an image that is the same every time', () => {
    const seed = render({ user: 'ops', network: [{}] })
    expect(cloudInitImage(seed)).toEqual(cloudInitImage(render({ user: 'ops', network: [{}] })))
  })
})

test.each([
  [{ userData: '#', packages: ['a'] }, '"userData" and "packages" exclude each other'],
  [{ userData: '#', userDataFile: 'x' }, 'exclude each other'],
  [{ network: [{}], networkConfig: 'x' }, 'exclude each other'],
  [{ user: 'ops', users: [{ name: 'ops' }] }, 'The user "ops" is there twice'],
  [{ hostname: 'a_b' }, 'Expected a host name'],
  [{ users: [{ name: 'a', passwordHash: 'plain' }] }, 'Expected what `mkpasswd'],
  [{ files: [{ path: '/x', content: '', mode: '420x' }] }, 'Expected octal digits'],
])('%j is refused', (input, message) => {
  const { error } = cloudInitInput.safeParse(input)
  expect(error?.issues.map((issue) => issue.message).join()).toContain(message)
})

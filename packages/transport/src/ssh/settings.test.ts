import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { HostEndpoint } from '../endpoint.ts'
import { parseJump, resolveSettings } from './settings.ts'

const home = mkdtempSync(join(tmpdir(), 'lares-settings-'))
mkdirSync(join(home, '.ssh', 'config.d'), { recursive: true })
afterAll(() => rmSync(home, { recursive: true, force: true }))

const environment = {
  home,
  user: 'me',
  agentSocket: '/run/agent',
  configFiles: [join(home, '.ssh', 'config'), join(home, 'system')],
}

function resolve(config: string, endpoint: HostEndpoint & { address: string }) {
  writeFileSync(join(home, '.ssh', 'config'), config)
  return resolveSettings(endpoint, environment)
}

describe('an SSH configuration', () => {
  test('without one, what OpenSSH would do', async () => {
    expect(await resolve('', { address: 'tower.lan' })).toMatchObject({
      hostName: 'tower.lan',
      port: 22,
      user: 'me',
      hostKeyName: 'tower.lan',
      identityFiles: ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(home, '.ssh', name)),
      identitiesOnly: false,
      agentSocket: '/run/agent',
      proxyJump: [],
      userKnownHostsFiles: [join(home, '.ssh', 'known_hosts')],
      globalKnownHostsFiles: ['/etc/ssh/ssh_known_hosts'],
      connectTimeout: 10_000,
    })
  })

  test('an alias with everything', async () => {
    const config = `
      Host other
        User nobody
      Host tower *.lan !cellar.lan
        hostname %h.example.org
        Port 2222
        User=ops
        IdentityFile ~/.ssh/%r_key
        IdentityFile "with space"
        IdentitiesOnly yes
        ProxyJump jump@bastion:2200,inner
        UserKnownHostsFile ~/kh1 ~/kh2
        ConnectTimeout 3
        IdentityAgent none
        HostKeyAlias the-tower
      Host *
        User late
        Port 1`
    expect(await resolve(config, { address: 'tower' })).toMatchObject({
      hostName: 'tower.example.org',
      port: 2222,
      user: 'ops',
      identityFiles: [join(home, '.ssh/ops_key'), join(home, '.ssh/with space')],
      identitiesOnly: true,
      proxyJump: ['jump@bastion:2200', 'inner'],
      userKnownHostsFiles: [join(home, 'kh1'), join(home, 'kh2')],
      connectTimeout: 3_000,
      agentSocket: undefined,
      hostKeyName: 'the-tower',
    })
    expect(await resolve(config, { address: 'cellar.lan' })).toMatchObject({ user: 'late', port: 1 })
  })

  test('what the endpoint says wins', async () => {
    const settings = await resolve('Host *\n User a\n Port 1\n ProxyJump b\n ConnectTimeout 9\n IdentityFile c', {
      address: 'tower',
      user: 'root',
      port: 22,
      proxyJump: [],
      connectTimeout: 50,
      identityFiles: ['/keys/first'],
    })
    expect(settings).toMatchObject({ user: 'root', port: 22, proxyJump: [], connectTimeout: 50 })
    expect(settings.identityFiles).toEqual(['/keys/first', join(home, '.ssh/c')])
  })

  test('included files stand in their place', async () => {
    writeFileSync(join(home, '.ssh/config.d/10-tower'), 'Host tower\n User included\n')
    writeFileSync(join(home, '.ssh/config.d/20-user'), 'Port 99\n')
    writeFileSync(join(home, 'system'), 'Host *\n ConnectTimeout 7\n')
    const config = 'Include config.d/*\nHost *\n User late\n Port 1\n'
    expect(await resolve(config, { address: 'tower' })).toMatchObject({
      user: 'included',
      connectTimeout: 7_000,
    })
  })

  test('a file that includes itself is refused', async () => {
    await expect(resolve('Include config', { address: 'tower' })).rejects.toMatchObject({ code: 'config_invalid' })
  })

  test('ProxyCommand is refused instead of going around it', async () => {
    await expect(resolve('ProxyCommand nc %h %p', { address: 'tower' })).rejects.toMatchObject({
      code: 'config_invalid',
    })
  })

  test('Match exec runs nothing', async () => {
    const trace = join(home, 'ran')
    expect(await resolve(`Match exec "touch ${trace}"\n User x`, { address: 'tower' })).toMatchObject({ user: 'me' })
    expect(() => writeFileSync(trace, '', { flag: 'wx' })).not.toThrow()
  })
})

test.each([
  ['bastion', { address: 'bastion' }],
  ['me@bastion:2222', { address: 'bastion', user: 'me', port: 2222 }],
  ['ssh://me@bastion:2222', { address: 'bastion', user: 'me', port: 2222 }],
  ['[fd00::1]:22', { address: 'fd00::1', port: 22 }],
  ['fd00::1', { address: 'fd00::1' }],
])('jump %s', (jump, expected) => {
  expect(parseJump(jump)).toEqual(expected)
})

test('a jump that is none', () => {
  expect(() => parseJump('a b@')).toThrow(/Not a host to jump over/)
})

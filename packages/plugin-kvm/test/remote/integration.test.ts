import { execFileSync } from 'node:child_process'
import { appendFile, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { emptyHypervisor, virsh } from '../../../../e2e/rig/hypervisor.ts'
import { machine } from '../../../../e2e/rig/machine.ts'
import { cutOff, restore, rig, rigHost } from '../../../../e2e/rig/rig.ts'
import { testLab } from '../../../../e2e/test-lab.ts'
import kvm from '../../src/index.ts'

vi.setConfig({ testTimeout: 900_000 })
const path = '/var/lib/libvirt/images/lares-remote'
const tuning = "<domain><features><tcg><tb-cache unit='MiB'>64</tb-cache></tcg></features></domain>"
let key: string

beforeAll(async () => {
  key = (await readFile(`${rig().home}/.ssh/id_ed25519.pub`, 'utf8')).trim()
  // The same hypervisor, whose silence is noticed within seconds.
  const { address, identityFile, knownHosts } = rigHost('tower')
  const host = `Host watched\n  HostName ${address}\n  User root\n  IdentityFile ${identityFile}\n  UserKnownHostsFile ${knownHosts}`
  await appendFile(rig().sshConfig, `\n${host}\n  ServerAliveInterval 1\n  ConnectTimeout 2\n`)
})
afterAll(emptyHypervisor)

const names = async (list: string) => (await virsh(list, '--all', '--name')).split('\n').map((name) => name.trim())

test('a guest of another machine is made, ready and found as declared; what is on it is reached through there', async () => {
  const lab = testLab('remote')
  const tower = machine('tower', { address: 'tower' })
  const pool = kvm.pool('remote', { on: tower, path })
  const network = kvm.network('remote-net', { on: tower, bridge: 'larrem0', cidr: '10.78.11.0/24', dhcp: true })
  const { url, sha256 } = rig().libvirt.images.tiny
  const guest = kvm.domain('guest', {
    on: tower,
    dependsOn: [pool],
    memory: '192MiB',
    cpu: { model: 'qemu64' },
    disks: [{ image: { url, sha256 }, pool: 'remote' }],
    interfaces: [{ network: network.name }],
    cloudInit: { user: 'ops', authorizedKeys: [key] },
    xml: tuning,
    addressTimeout: '10m',
    timeouts: { ready: '10m' },
  })
  // The same libvirt, named by its URI.
  const virt = kvm.hypervisor('virt', { on: tower, uri: 'qemu:///system' })
  const second = kvm.domain('second', {
    on: virt,
    dependsOn: [pool],
    running: false,
    disks: [{ size: '8MiB', pool: 'remote' }],
  })
  const resources = [tower, pool, network, guest, virt, second]
  await lab.apply(resources)
  expect(await lab.rest(resources)).toBe('')
  const { attributes } = (await lab.store.read())!.resources['guest']!
  expect(attributes).toMatchObject({ state: 'running', ip: expect.stringMatching(/^10\.78\.11\./) })
  const options = { force: true, timeout: '5m' }
  expect(await lab.run(resources, { address: 'guest', action: 'stop', options, write: () => {} })).toBe(0)
  expect(await virsh('domstate', 'guest')).toBe('shut off')
  expect(await lab.rest(resources)).toBe('')
  await lab.destroy(resources, ['guest/disks/root', 'second/disks/root', 'remote'])
  expect([await names('list'), await names('net-list')]).toEqual([[''], ['']])
  expect((await lab.store.read())!.resources).toEqual({})
})

describe('a hypervisor', () => {
  const onHost = (name: string) => {
    const there = machine('there', { address: name })
    return [there, kvm.domain('guest', { on: there, running: false }), kvm.domain('here', { running: false })]
  }
  const blank = [{ size: '4MiB', pool: 'silent' }]

  test('that does not answer is told of, and everything else goes on', async () => {
    const lab = testLab('unplugged')
    await cutOff(rigHost('h4'))
    onTestFinished(() => restore(rigHost('h4')))
    const { diagnostics, result } = await lab.attempt(onHost('h4'))
    expect(diagnostics).toEqual([
      expect.objectContaining({
        severity: 'warning',
        code: 'unreachable',
        summary: expect.stringContaining('10.77.0.14'),
      }),
    ])
    expect(result).toMatchObject({ done: 2, unreachable: 1, failed: 0 })
    await lab.destroy(onHost('h4'))
    expect(await names('list')).toEqual([''])
  })

  test('without a libvirt that runs is told of like one that does not answer', async () => {
    const lab = testLab('no-daemon')
    const { diagnostics, result } = await lab.attempt(onHost('h1'))
    expect(diagnostics).toEqual([
      expect.objectContaining({
        severity: 'warning',
        code: 'unreachable',
        address: 'guest',
        summary: expect.stringMatching(/libvirt does not answer on root@10\.77\.0\.11:22: Failed to connect socket/),
        advice: expect.stringContaining('libvirtd'),
      }),
    ])
    expect(result).toMatchObject({ unreachable: 1, failed: 0 })
    await lab.destroy(onHost('h1'))
  })

  test('without virsh is told what to install', async () => {
    const { diagnostics } = await testLab('no-virsh').plan(onHost('debian'))
    expect(diagnostics).toEqual([
      expect.objectContaining({
        severity: 'error',
        code: 'not_installed',
        address: 'guest',
        summary: expect.stringMatching(/virsh is not installed on root@/),
        advice: expect.stringContaining('libvirt-daemon-system'),
      }),
    ])
  })

  test('that falls silent in the middle leaves what the next apply goes on with', async () => {
    const tower = rigHost('tower')
    const rule = ['INPUT', '--destination', tower.address, '--jump', 'DROP']
    let isSilent = false
    const lab = testLab('silent', {}, (event) => {
      if (event.type !== 'action.log' || event.message !== 'starting' || isSilent) return
      isSilent = true
      execFileSync('iptables', ['-I', ...rule])
    })
    onTestFinished(() => restore(tower))
    const watched = machine('watched', { address: 'watched' })
    const pool = kvm.pool('silent', { on: watched, path: `${path}-silent` })
    const guest = kvm.domain('guest', { on: watched, dependsOn: [pool], memory: '64MiB', disks: blank })
    const resources = [watched, pool, guest]
    const { diagnostics, result } = await lab.attempt(resources)
    expect(isSilent).toBe(true)
    expect(result).toMatchObject({ done: 2 })
    expect(diagnostics).toEqual([
      expect.objectContaining({ address: 'guest', summary: expect.stringContaining(tower.address) }),
    ])
    await restore(tower)
    await lab.apply(resources)
    expect(await lab.rest(resources)).toBe('')
    expect([await names('list'), await virsh('domstate', 'guest')]).toEqual([['guest'], 'running'])
    await lab.destroy(resources, ['guest/disks/root', 'silent'])
    expect(await names('list')).toEqual([''])
  })
})

import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { AnyResource, Diagnostic } from '@lares/core'
import { localHost } from '@lares/transport'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { emptyHypervisor, onGuest, sshGuest, virsh } from '../../../../e2e/rig/hypervisor.ts'
import { rig } from '../../../../e2e/rig/rig.ts'
import { testLab } from '../../../../e2e/test-lab.ts'
import kvm, { connectLibvirt, STDIN } from '../../src/index.ts'

vi.setConfig({ testTimeout: 1_800_000, hookTimeout: 120_000 })
const libvirt = connectLibvirt({ host: localHost() })
const pool = 'lares-odd'
const directory = '/var/lib/libvirt/images/lares-odd'
const network = (name: string, bridge: string, subnet: string, dhcp: string) =>
  `<network><name>${name}</name><bridge name='${bridge}' stp='off' delay='0'/><ip address='${subnet}.1' netmask='255.255.255.0'>${dhcp}</ip></network>`
const tuning = "<domain><features><tcg><tb-cache unit='MiB'>64</tb-cache></tcg></features></domain>"

let key: string
let stranger: string
let kernel: string
let trusted: string | undefined

beforeAll(async () => {
  const { home, libvirt: real } = rig()
  key = (await readFile(`${home}/.ssh/id_ed25519.pub`, 'utf8')).trim()
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'stranger', '-f', `${home}/stranger`])
  stranger = (await readFile(`${home}/stranger.pub`, 'utf8')).trim()
  await execa('mkdir', ['-p', directory])
  await libvirt.virsh(['pool-define-as', pool, 'dir', '--target', directory])
  await libvirt.virsh(['pool-start', pool])
  const leases = "<dhcp><range start='10.78.12.100' end='10.78.12.200'/></dhcp>"
  for (const input of [network('odd', 'larodd0', '10.78.12', leases), network('mute', 'larodd1', '10.78.13', '')])
    await libvirt.virsh(['net-define', STDIN], { input })
  for (const name of ['odd', 'mute']) await libvirt.virsh(['net-start', name])
  kernel = await kernelOf(real.images.tiny.path)
})
afterAll(emptyHypervisor)

/** The kernel of an image, beside the disks. */
async function kernelOf(image: string): Promise<string> {
  const raw = `${rig().home}/tiny.raw`
  const path = `/var/lib/libvirt/images/vmlinuz`
  await execa('qemu-img', ['convert', '-O', 'raw', image, raw])
  const partition = `${raw}?offset=${2 ** 20}`
  const { stdout } = await execa('debugfs', ['-R', 'ls -p /boot', partition])
  const name = /vmlinuz-[^/]+/.exec(stdout)![0]
  await execa('debugfs', ['-R', `dump /boot/${name} ${path}`, partition])
  await execa('rm', [raw])
  return path
}

const guest = (name: string, inputs: object) =>
  kvm.domain(name, {
    memory: '192MiB',
    cpu: { model: 'qemu64' },
    interfaces: [{ network: 'odd' }],
    xml: tuning,
    addressTimeout: '10m',
    timeouts: { ready: '12m' },
    shutdown: { timeout: '5m', force: true },
    ...inputs,
  } as never)
const system = () => [{ image: { url: rig().libvirt.images.tiny.url, sha256: rig().libvirt.images.tiny.sha256 }, pool }]
const told = (authorizedKeys: string[]) => ({ cloudInit: { user: 'ops', authorizedKeys, onChange: 'new-instance-id' } })

const gone = (more: object = {}) =>
  guest('gone', { disks: system(), ...told([key]), ...(trusted ? { hostKey: trusted } : {}), ...more })

/** What each of them is as it goes wrong, and as it is mended. */
const guests = (mended: boolean): AnyResource[] => [
  guest('empty', {
    disks: [{ size: '8MiB', pool }],
    ...(mended ? { running: false, shutdown: { timeout: '2s', force: true } } : { addressTimeout: '5s' }),
  }),
  // Without its initrd this kernel finds no root file system, and panics.
  guest('panic', {
    boot: { kernel, commandLine: 'console=ttyS0 panic=1' },
    xml: tuning.replace('</domain>', '<on_reboot>destroy</on_reboot></domain>'),
    ...(mended ? { running: false } : {}),
  }),
  guest('mute', {
    ...{ disks: system(), interfaces: [{ network: mended ? 'odd' : 'mute' }], agent: false, ...told([key]) },
    ...(mended ? {} : { addressTimeout: '5s' }),
  }),
  gone(),
  guest('refused', { disks: system(), ...told([mended ? key : stranger]) }),
]

/** What happens to a guest the first time that it says something. */
const accidents: Record<string, () => void> = {
  'gone waiting for its address': () => void execFileSync('virsh', ['-c', 'qemu:///system', 'destroy', 'gone']),
}

const lab = testLab('odd', {}, (event) => {
  if (event.type !== 'action.log') return
  const name = `${event.address} ${event.message}`
  accidents[name]?.()
  delete accidents[name]
})

const about = (diagnostics: readonly Diagnostic[], address: string) =>
  diagnostics.filter((each) => each.address === address)
const one = (summary: RegExp, rest: object) => [
  expect.objectContaining({ severity: 'error', summary: expect.stringMatching(summary), ...rest }),
]
const advice = (text: string) => ({ advice: expect.stringContaining(text) })

test('a guest that does not come up says why, and each is ours', async () => {
  const { diagnostics, result } = await lab.attempt(guests(false))
  expect(about(diagnostics, 'empty')).toEqual(
    one(/empty runs, but asked for no address within 5s/, { code: 'no_address', ...advice('lares run empty console') }),
  )
  expect(about(diagnostics, 'panic')).toEqual(
    one(/panic went off before it answered: shut off/, { code: 'not_running' }),
  )
  expect(about(diagnostics, 'mute')).toEqual(
    one(/mute runs, but nothing tells its address/, { code: 'no_address', ...advice('ssh: { address: … }') }),
  )
  expect(about(diagnostics, 'gone')).toEqual(
    one(/gone went off before it answered: shut off, destroyed/, {
      code: 'not_running',
      ...advice('lares run gone start'),
    }),
  )
  expect(about(diagnostics, 'refused')).toEqual(
    one(/refused lets nobody in as ops/, { code: 'auth_failed', ...advice('cloudInit: { authorizedKeys }') }),
  )
  expect(result).toMatchObject({ failed: 5, unreachable: 0 })
  const { resources } = (await lab.store.read())!
  expect(Object.keys(resources).toSorted()).toEqual(['empty', 'gone', 'mute', 'panic', 'refused'])
})

test('mended, they come up with the next apply', async () => {
  await lab.apply(guests(true))
  expect(await lab.rest(guests(true))).toBe('')
})

test('one whose host key is another is not trusted, and what is on it is left alone', async () => {
  const { ip } = (await lab.store.read())!.resources['gone']!.attributes as { ip: string }
  const { stdout } = await onGuest(
    'gone',
    'sh',
    '-c',
    'cd /etc/dropbear && rm host_key && dropbearkey -t ed25519 -f host_key && killall dropbear && dropbear -r host_key',
  )
  const key = /^ssh-ed25519 \S+/m.exec(stdout)![0]
  const resources = guests(true)
  const inside = kvm.hypervisor('inside', { on: resources[3] as never })
  const { diagnostics } = await lab.plan([...resources, inside])
  expect(diagnostics).toEqual([
    expect.objectContaining({
      severity: 'error',
      code: 'host_key_changed',
      address: 'gone',
      summary: expect.stringContaining(`ops@${ip}:22: the host key is ssh-ed25519 SHA256:`),
      detail: expect.stringContaining('another one answers in its place'),
      advice: expect.stringContaining(`hostKey: '${key}'`),
    }),
  ])
  // It is trusted where the config says so: what is missing now is a libvirt in there.
  trusted = key
  const again = guests(true)
  const { diagnostics: after } = await lab.plan([...again, kvm.hypervisor('inside', { on: again[3] as never })])
  expect(after).toEqual([expect.objectContaining({ code: 'not_installed', address: 'inside' })])
})

test('one whose disk is full stands still, says so, and goes on when there is room', async () => {
  const data = { name: 'data', pool, size: '64MiB' }
  const wanted = guests(true).with(3, gone({ disks: [...system(), data] }))
  await lab.apply(wanted)
  const { ip } = (await lab.store.read())!.resources['gone']!.attributes as { ip: string }
  const { stdout: used } = await execa('df', ['--block-size=1', '--output=used', '/var/lib/libvirt'])
  const resize = (bytes: number) => execa('mount', ['-o', `remount,size=${bytes}`, '/var/lib/libvirt'])
  await resize(Number(used.split('\n').at(-1)) + 4 * 2 ** 20)
  try {
    const size = 64 * 2 ** 20
    const fill = `for disk in /dev/vd?; do [ "$(blockdev --getsize64 $disk)" != ${size} ] || cat /dev/zero > $disk; done`
    await sshGuest(ip, 'ops', `(${fill}) < /dev/null > /dev/null 2>&1 &`)
    await expect
      .poll(() => virsh('domstate', 'gone', '--reason'), { timeout: 300_000, interval: 1000 })
      .toContain('I/O error')
    const { diagnostics } = await lab.attempt([...wanted, kvm.hypervisor('after', { dependsOn: [wanted[3] as never] })])
    expect(diagnostics).toEqual([
      expect.objectContaining({
        code: 'no_space',
        address: 'gone',
        summary: 'gone stands still: there is no space left where its disks are',
        detail: expect.stringMatching(/vdb: no space/),
        ...advice('lares run gone start'),
      }),
    ])
  } finally {
    await resize(8 * 2 ** 30)
  }
  expect(await lab.run(wanted, { address: 'gone', action: 'start', write: () => {} })).toBe(0)
  expect(await virsh('domstate', 'gone')).toBe('running')
})

test('destroyed, nothing of them is left', async () => {
  const data = ['empty', 'mute', 'gone', 'refused'].map((name) => `${name}/disks/root`)
  await lab.destroy(guests(true), [...data, 'gone/disks/data'])
  expect(await virsh('list', '--all', '--name')).toBe('')
  expect(await virsh('vol-list', pool)).toBe('')
  expect(await lab.store.read()).toMatchObject({ resources: {}, kept: {} })
})

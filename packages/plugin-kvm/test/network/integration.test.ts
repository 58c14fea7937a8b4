import { resourceContract } from '@lares/core/testing'
import { localHost } from '@lares/transport'
import { describe, expect, it, test, vi } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import kvm, { connectLibvirt } from '../../src/index.ts'
import { network } from '../../src/resources/network.ts'

vi.setConfig({ testTimeout: 300_000 })
const libvirt = connectLibvirt({ host: localHost() })
const name = 'lares-net'
const bridge = 'lares-net0'
const base = { name, bridge, cidr: '192.168.151.0/24' }

resourceContract(
  { describe, it, expect },
  {
    type: 'kvm.network',
    factory: kvm.network,
    base,
    replacement: { name: 'lares-net-2' },
    volatile: ['uuid'],
    options: {
      leases: {
        leases: {
          nas: { mac: '52:54:00:00:00:01', ip: '192.168.151.5' },
          plex: { mac: '52:54:00:00:00:02', ip: '192.168.151.6' },
        },
      },
      hosts: { hosts: { '192.168.151.5': ['nas', 'nas.lan'], '192.168.151.6': ['plex'] } },
      domain: { domain: 'lan', domainLocal: true },
      dns: { forwarders: ['1.1.1.1', '9.9.9.9'] },
      'no dns': { dns: false },
      dhcp: { dhcp: { start: '192.168.151.100', end: '192.168.151.120' } },
      'no dhcp': { dhcp: false },
      address: { cidr: '192.168.152.0/23', gateway: '192.168.153.254' },
      'IPv6 too': { cidr6: 'fd00:0:151::/64', gateway6: 'fd00:0:151::fe', hosts: { 'fd00:0:151::5': ['six'] } },
      bridge: { stp: false, mtu: 1400 },
      routed: { mode: 'route' },
      'out by one interface': { forwardDevice: 'lo' },
      open: { mode: 'open' },
      isolated: { mode: 'isolated' },
      'not now': { active: false, autostart: false },
      raw: { xml: "<network><port isolated='yes'/></network>" },
    },
    combined: {
      leases: { nas: { mac: '52:54:00:00:00:01', ip: '192.168.151.5' } },
      hosts: { '192.168.151.5': ['nas'] },
      domain: 'lan',
      mtu: 1400,
      cidr6: 'fd00:0:151::/64',
      mode: 'route',
    },
    outside: {
      snapshot: async () => await libvirt.virsh(['net-list', '--all']),
      plant: async () => {
        const document = `<network><name>${name}</name><forward/><bridge name='${bridge}'/><ip address='192.168.151.1' prefix='24'/></network>`
        await libvirt.virsh(['net-define', '/dev/stdin'], { input: document })
      },
      remove: async () => {
        await libvirt.virsh(['net-destroy', name]).catch(() => '')
        await libvirt.virsh(['net-undefine', name]).catch(() => '')
      },
    },
    killAfter: [0, 20, 60, 150],
  },
)

test('a bridge of the host', async () => {
  const lab = testLab('lares-network')
  const lan = kvm.network('lan', { mode: 'bridge', bridge: 'br-of-host' })
  await lab.apply([lan])
  expect(await lab.rest([lan])).toBe('')
  await lab.destroy([lan])
})

test('leases that others made stay, and running guests are plugged in again', async () => {
  const lab = testLab('lares-network')
  const wanted = (more: object) => [kvm.network(name, { ...base, ...more })]
  await lab.apply(wanted({}))
  const guest = `<domain type='qemu'><name>lares-plugged</name><memory unit='MiB'>32</memory><os><type>hvm</type></os>
    <devices><interface type='network'><source network='${name}'/><model type='virtio'/></interface></devices></domain>`
  await libvirt.virsh(['create', '/dev/stdin'], { input: guest })
  try {
    const foreign = "<host mac='52:54:00:00:00:09' ip='192.168.151.9' name='plugged'/>"
    await libvirt.virsh(['net-update', name, 'add', 'ip-dhcp-host', '/dev/stdin', '--live', '--config'], {
      input: foreign,
    })
    expect(await lab.rest(wanted({}))).toBe('')
    const lease = { leases: { nas: { mac: '52:54:00:00:00:01', ip: '192.168.151.5' } } }
    const text = await lab.rest(wanted(lease))
    expect(text).toMatch(/leases.nas.ip.*\(live, changed\)|leases.nas.ip.*\[live, changed\]/)
    const started = await bootTime()
    await lab.apply(wanted(lease))
    expect(await bootTime()).toBe(started)
    expect(await libvirt.virsh(['net-dumpxml', name])).toContain('plugged')
    expect(JSON.stringify(await lab.plan(wanted({ ...lease, domain: 'lan' })))).toContain(
      'cuts off for a moment: lares-plugged',
    )
    await lab.apply(wanted({ ...lease, domain: 'lan' }))
    expect(await lab.rest(wanted({ ...lease, domain: 'lan' }))).toBe('')
    const plugged = async () => (await libvirt.host.exec(['ip', '-o', 'link', 'show', 'master', bridge])).stdout
    expect(await plugged()).toContain('vnet')

    await libvirt.virsh(['net-destroy', name])
    await libvirt.virsh(['net-start', name])
    expect(await plugged()).toBe('')
    expect(await lab.rest(wanted({ ...lease, domain: 'lan' }))).toMatch(/unplugged: \["lares-plugged"\] -> \[\]/)
    await lab.apply(wanted({ ...lease, domain: 'lan' }))
    expect(await plugged()).toContain('vnet')
    expect(await lab.rest(wanted({ ...lease, domain: 'lan' }))).toBe('')
    await expect(lab.destroy(wanted({}))).rejects.toThrow('lares-plugged')
  } finally {
    await libvirt.virsh(['destroy', 'lares-plugged'])
  }
  await lab.destroy(wanted({}))
}, 60_000)

/** When the network's DNS and DHCP server started. */
async function bootTime(): Promise<string> {
  const { stdout } = await libvirt.host.exec(['sh', '-c', `pgrep -of ${name}.conf | xargs ps -o lstart= -p`])
  return stdout.trim()
}

test('two that would have the same addresses or bridge are told before anything is done', async () => {
  const lab = testLab('lares-network')
  const both = [kvm.network('a', base), kvm.network('b', { ...base, name: 'b' })]
  await expect(lab.plan(both)).rejects.toThrow(/subnet 192\.168\.151\.0\/24(.|\n)*bridge lares-net0/)
})

test.each([
  [{ mode: 'bridge' as const }, 'which bridge of the host?'],
  [{ mode: 'bridge' as const, bridge: 'br0', mtu: 1400 }, '"mtu" is up to the bridge of the host'],
  [{}, 'a network with the mode "nat" has addresses'],
  [{ mode: 'isolated' as const, forwardDevice: 'eth0' }, 'no way out'],
  [{ cidr: '10.0.0.0/24', domainLocal: true }, '"domainLocal" needs "domain"'],
  [{ mode: 'isolated' as const, dhcp: { start: '10.0.0.2', end: '10.0.0.9' } }, 'A range needs "cidr"'],
  [{ cidr: '10.0.0.0/24', hosts: { 'FD00::1': ['a'] } }, 'Write FD00::1 as fd00::1'],
  [{ cidr: '10.0.0.0' }, 'Expected a subnet'],
  [{ cidr: '10.0.0.7/24' }, 'Write 10.0.0.7/24 as 10.0.0.0/24'],
  [{ cidr6: 'FD00:0::/64' }, 'Write FD00:0::/64 as fd00::/64'],
])('%j is refused', async (inputs, message) => {
  await expect(testLab('lares-network').plan([kvm.network('wrong', inputs)])).rejects.toThrow(message)
})

/** Written by others: Debian's own `default`, and what people write by hand. */
const foreign: Record<string, string> = {
  'the one that libvirt brings': `<forward mode='nat'><nat><port start='1024' end='65535'/></nat></forward>
    <bridge name='lares-imp' stp='on' delay='0'/><mac address='52:54:00:0a:0b:0c'/>
    <ip address='192.168.172.1' netmask='255.255.255.0'><dhcp><range start='192.168.172.2' end='192.168.172.254'/>
    <host mac='52:54:00:00:00:07' name='nas' ip='192.168.172.7'/><host mac='52:54:00:00:00:08' ip='192.168.172.8'/>
    </dhcp></ip>`,
  'a bridge of the host': `<forward mode='bridge'/><bridge name='br0'/>`,
  'an isolated one without addresses': `<bridge name='lares-imp' stp='off' delay='2'/>`,
  'a routed one with a DNS': `<forward dev='lo' mode='route'><interface dev='lo'/></forward><mtu size='9000'/>
    <bridge name='lares-imp'/><domain name='lan' localOnly='yes'/><dns><forwarder addr='1.1.1.1'/>
    <host ip='192.168.172.5'><hostname>a</hostname><hostname>b</hostname></host></dns>
    <ip address='192.168.172.1' prefix='25'/><ip family='ipv6' address='fd00:172::1' prefix='64'/>`,
}

test.each(Object.entries(foreign))('imported, nothing is left to do: %s', async (_, content) => {
  const document = `<network><name>lares-import</name>${content}</network>`
  await libvirt.virsh(['net-define', '/dev/stdin'], { input: document })
  try {
    const found = (await network.list!(libvirt, AbortSignal.timeout(10_000))).find(
      (each) => each.name === 'lares-import',
    )
    const declared = [kvm.network('import', network.inputsOf!(network.attributes.parse(found?.attributes)))]
    const plan = await testLab('lares-network').plan(declared, { adopt: ['import'] })
    expect(plan.nodes.flatMap(({ changes }) => changes)).toEqual([])
  } finally {
    await libvirt.virsh(['net-undefine', 'lares-import'])
  }
})

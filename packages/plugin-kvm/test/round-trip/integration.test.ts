import { connectHost } from '@lares/transport'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import kvm, { connectLibvirt, type Libvirt, STDIN } from '../../src/index.ts'
import { cases, combinations } from './cases.ts'

const pool = 'lares-round'
const directory = '/var/lib/libvirt/images/lares-round'
const network = `<network><name>lares-round</name><bridge name='larround0'/>
<ip address='10.77.9.1' netmask='255.255.255.0'><dhcp><range start='10.77.9.100' end='10.77.9.200'/></dhcp></ip></network>`
let libvirt: Libvirt

beforeAll(async () => {
  libvirt = connectLibvirt({ host: await connectHost() })
  await libvirt.host.exec(['mkdir', '-p', directory])
  await libvirt.virsh(['pool-define-as', pool, 'dir', '--target', directory])
  await libvirt.virsh(['pool-start', pool])
  await libvirt.virsh(['net-define', STDIN], { input: network })
})
afterAll(async () => {
  await libvirt.virsh(['net-undefine', 'lares-round'])
  await libvirt.virsh(['pool-destroy', pool])
  await libvirt.virsh(['pool-undefine', pool])
  await libvirt.host.exec(['rm', '-r', directory])
  await libvirt.host.close()
})

const everything = cases(pool)
const slug = (name: string) => `g-${name}`.replace(/[^a-z0-9]+/gi, '-')

/** Makes guests of all inputs, expects nothing to be left to do, and takes them away. */
async function roundTrip(inputs: Record<string, object>): Promise<void> {
  const lab = testLab('lares-round')
  const guests = Object.entries(inputs).map(([name, more]) =>
    kvm.domain(slug(name), { running: false, ...more } as never),
  )
  const disks = (await lab.plan(guests)).nodes.map(({ address }) => address)
  try {
    await lab.apply(guests)
    expect(await lab.rest(guests)).toBe('')
    // Without a record nothing tells what was set before.
    expect(await testLab('lares-round').rest(guests)).toBe('')
  } finally {
    const state = await lab.store.read()
    const lost = Object.entries(state?.resources ?? {}).flatMap(([address, { attributes }]) =>
      ((attributes['disks'] ?? []) as { name: string }[]).map(({ name }) => `${address}/disks/${name}`),
    )
    await lab.destroy(guests, lost)
  }
  expect(disks.length).toBe(guests.length)
  expect((await libvirt.virsh(['list', '--all', '--name'])).trim()).not.toContain(slug(Object.keys(inputs)[0]!))
  expect((await libvirt.virsh(['vol-list', pool])).trim()).toBe('')
}

test(`${Object.keys(everything).length} settings of a guest, each alone`, { timeout: 300_000 }, async () => {
  await roundTrip(everything)
})

test('settings together', { timeout: 120_000 }, async () => {
  await roundTrip(
    Object.fromEntries(
      combinations.map((names, index) => [
        `together ${index}`,
        Object.assign({}, ...names.map((name) => everything[name])),
      ]),
    ),
  )
})

import { localHost } from '@lares/transport'
import { describe, expect, it } from 'vitest'
import { parseInventory, readInventory } from './inventory.ts'

describe('parseInventory', () => {
  // Debian 12: uname of coreutils 9.1, grep 3.8, ip of iproute2 6.1, os-release of base-files 12.4.
  const debian = `tower 6.1.0-18-amd64 x86_64
/etc/machine-id:4f1a0c3ad7f0421bb6ca4b3f8c5d2e11
/etc/os-release:PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
/etc/os-release:VERSION_ID="12"
/etc/os-release:ID=debian
/usr/lib/os-release:PRETTY_NAME="a second file"
/proc/meminfo:MemTotal:       32768000 kB
/sys/devices/system/cpu/online:0-6,9
/sys/block/nvme0n1/size:1000215216
/sys/block/sr0/size:0
2: eno1    inet 192.168.1.10/24 brd 192.168.1.255 scope global eno1\\       valid_lft forever
2: eno1    inet6 2001:db8::10/64 scope global dynamic mngtmpaddr noprefixroute \\       valid_lft 86000sec
2: eno1    inet6 fd00::10/64 scope global noprefixroute \\       valid_lft forever
3: docker0    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0\\       valid_lft forever
packages apt-get
`

  it('reads every line', () => {
    expect(parseInventory(debian)).toEqual({
      machineId: '4f1a0c3ad7f0421bb6ca4b3f8c5d2e11',
      hostname: 'tower',
      os: { id: 'debian', version: '12', name: 'Debian GNU/Linux 12 (bookworm)' },
      kernel: '6.1.0-18-amd64',
      architecture: 'x86_64',
      cpus: 8,
      memory: 33_554_432_000,
      disks: [{ name: 'nvme0n1', size: 512_110_190_592 }],
      addresses: ['192.168.1.10', 'fd00::10'],
      packages: 'apt',
    })
  })

  it('takes the short list of addresses where there is no ip', () => {
    expect(parseInventory('box 6.1 x86_64\ncpus 4\n10.0.0.2 10.0.0.3 \n')).toMatchObject({
      cpus: 4,
      addresses: ['10.0.0.2', '10.0.0.3'],
    })
  })

  it('says so when nearly nothing is known', () => {
    expect(parseInventory('')).toMatchObject({ os: { id: 'unknown' }, cpus: 1, memory: 0, disks: [], addresses: [] })
  })
})

it('describes this machine', async () => {
  const host = localHost()
  const found = await readInventory(host)
  await host.close()
  expect(found.cpus).toBeGreaterThan(0)
  expect(found.memory).toBeGreaterThan(64 * 2 ** 20)
  expect(found.kernel).toMatch(/^\d+\./)
  expect(await readInventory(localHost())).toEqual(found)
})

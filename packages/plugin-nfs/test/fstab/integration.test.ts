import { connectHost, type Host } from '@lares/transport'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type SystemdHost, startSystemdHost } from '../../../plugin-host/test/systemd-host.ts'
import { saveMounts } from '../../src/client/mounts.ts'

let sd: SystemdHost
let hosts: Host[]

beforeAll(async () => {
  sd = await startSystemdHost(7)
  const { address, hostKey, identityFile } = sd
  const connect = () => connectHost({ address, user: 'root', hostKey, identityFiles: [identityFile] })
  // Two runs of two labs.
  hosts = [await connect(), await connect()]
})
afterAll(async () => {
  for (const host of hosts ?? []) await host.close()
  await sd?.stop()
})

const entry = (number: number) => ({
  ...{ source: `nas:/srv/${number}`, target: `/mnt/${number}`, type: 'nfs' },
  ...{ options: ['ro', 'x-lares.owner=home/media'], dump: 0, pass: 0 },
})
const fstab = () => sd.shell('cat /etc/fstab')

test('who writes at the same time loses no line of another', async () => {
  await sd.shell(
    "printf '# mine\\n/dev/sda1\\t/   ext4 defaults 0 1' > /etc/fstab; chmod 600 /etc/fstab; chown 0:33 /etc/fstab",
  )
  const numbers = Array.from({ length: 12 }, (_, index) => index)
  await Promise.all(numbers.map((number) => saveMounts(hosts[number % 2]!, { set: [entry(number)], unset: [] })))
  const text = await fstab()
  expect(text).toMatch(/^# mine\n\/dev\/sda1\t\/ {3}ext4 defaults 0 1\n/)
  expect(text.match(/^nas:/gm)).toHaveLength(12)
  expect(await sd.shell('stat -c %a:%u:%g /etc/fstab; ls -A /etc | grep fstab')).toBe('600:0:33\nfstab')
  await Promise.all(numbers.map((number) => saveMounts(hosts[number % 2]!, { set: [], unset: [`/mnt/${number}`] })))
  expect((await fstab()).trimEnd()).toBe('# mine\n/dev/sda1\t/   ext4 defaults 0 1')
})

test('a file that is no UTF-8 is left as it is', async () => {
  await sd.shell("cp -p /etc/fstab /run/fstab; printf '# f\\374r\\n' >> /etc/fstab")
  const before = await sd.shell('base64 /etc/fstab')
  await expect(saveMounts(hosts[0]!, { set: [entry(3)], unset: [] })).rejects.toThrow(/no UTF-8/)
  expect(await sd.shell('base64 /etc/fstab; mv /run/fstab /etc/fstab')).toBe(before)
})

test('a host without the file gets one', async () => {
  await sd.shell('rm /etc/fstab')
  await saveMounts(hosts[0]!, { set: [entry(1)], unset: [] })
  expect(await fstab()).toMatch(/^nas:\/srv\/1\s+\/mnt\/1\s+nfs/)
})

test('on a full disk nothing is lost', async () => {
  await sd.shell(
    'cp -a /etc /run/etc; mount -t tmpfs -o size=64k none /etc; cp /run/etc/fstab /etc; cp /run/etc/passwd /etc',
  )
  try {
    const before = await fstab()
    await sd.shell('dd if=/dev/zero of=/etc/big 2> /dev/null || :')
    await expect(saveMounts(hosts[0]!, { set: [entry(2)], unset: [] })).rejects.toMatchObject({
      code: 'io_failed',
      detail: expect.stringMatching(/No space left|I\/O error/),
    })
    expect(await fstab()).toBe(before)
    expect(await sd.shell('ls -A /etc | grep fstab')).toBe('fstab')
  } finally {
    await sd.shell('umount -l /etc')
  }
})

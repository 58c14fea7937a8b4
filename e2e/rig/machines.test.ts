import { execa } from 'execa'
import { afterEach, describe, expect, test } from 'vitest'
import { cutOff, onHost, restore, rig, rigHost } from './rig.ts'

const ssh = (host: string, command: string, options: string[] = []) =>
  execa('ssh', ['-F', rig().sshConfig, '-o', 'BatchMode=yes', ...options, host, command], { timeout: 60_000 })

describe('a host that its systemd has booted', () => {
  test('is up without a failed unit', async () => {
    expect((await ssh('debian', 'systemctl is-system-running --wait')).stdout).toBe('running')
    expect((await ssh('debian', 'cat /etc/machine-id')).stdout).toBe(rigHost('debian').machineId)
    expect((await ssh('ops@debian', 'sudo -n whoami')).stdout).toBe('root')
  })

  test('installs packages, in a version, with what they need, and their units run', async () => {
    await ssh('debian', 'apt-get -q update')
    await ssh('debian', 'apt-get -q -y install hello=2.9-1 jq cron')
    expect((await ssh('debian', 'hello; systemctl is-active cron; echo {} | jq -c .')).stdout).toBe(
      'Hello, world!\nactive\n{}',
    )
    await ssh('debian', 'apt-get -q -y install hello')
    expect((await ssh('debian', "dpkg-query -W -f '${Version}' hello")).stdout).toBe('2.10-3')
    await ssh('debian', 'apt-get -q -y purge hello jq cron && apt-get -q -y autoremove')
    await expect(ssh('debian', 'hello')).rejects.toThrow(/not found/)
  }, 120_000)

  test('restarts, and keeps what was written', async () => {
    await ssh('debian', 'echo kept > /srv/note')
    const start = 'cut -d " " -f 22 /proc/1/stat'
    const { stdout: before } = await ssh('debian', start)
    await ssh('debian', 'systemctl reboot').catch(() => {})
    const started = () => ssh('debian', start, ['-o', 'ConnectTimeout=1']).then(({ stdout }) => Number(stdout))
    const later = () =>
      started()
        .then((time) => time > Number(before))
        .catch(() => false)
    await expect.poll(later, { timeout: 60_000 }).toBe(true)
    expect((await onHost(rigHost('debian'), 'cat', '/srv/note')).stdout).toBe('kept')
  }, 120_000)
})

describe('the host that is a hypervisor', () => {
  afterEach(() => restore(rigHost('tower')))

  test('reaches the libvirtd of the rig, and its images', async () => {
    const define = `virsh --quiet net-define /dev/stdin <<< "<network><name>by-tower</name></network>"`
    await ssh('tower', `bash -c '${define}'`)
    const here = await execa('virsh', ['--connect', rig().libvirt.uri, 'net-list', '--all', '--name'])
    expect(here.stdout.split('\n').map((name) => name.trim())).toContain('by-tower')
    await execa('virsh', ['--connect', rig().libvirt.uri, 'net-undefine', 'by-tower'])
    const { path, sha256 } = rig().libvirt.images.tiny
    expect((await ssh('tower', `sha256sum ${path}`)).stdout).toBe(`${sha256}  ${path}`)
  })

  test('is a machine of its own otherwise, and can be cut off', async () => {
    expect((await ssh('tower', 'hostname; ls -A /root')).stdout).toBe('tower')
    await cutOff(rigHost('tower'))
    await expect(ssh('tower', 'true', ['-o', 'ConnectTimeout=1'])).rejects.toThrow(/timed out/)
    await restore(rigHost('tower'))
    expect((await ssh('tower', 'hostname')).stdout).toBe('tower')
  })
})

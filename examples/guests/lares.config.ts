import { defineLab, interpolate } from '@lares/core'
import docker from '@lares/plugin-docker'
import host from '@lares/plugin-host'
import kvm from '@lares/plugin-kvm'

// An empty Debian server with nothing but a login. One apply makes it a hypervisor, a guest on it, and a web server in the guest.
const tower = host.machine('tower', { address: 'tower', user: 'ops', sudo: true })

const libvirt = host.package('libvirt', {
  on: tower,
  name: ['libvirt-daemon-system', 'libvirt-clients', 'qemu-system-x86', 'qemu-utils', 'ovmf'],
})
const lan = kvm.network('lan', { on: tower, cidr: '192.168.130.0/24', dependsOn: [libvirt] })
const disks = kvm.pool('disks', { on: tower, path: '/var/lib/libvirt/disks', dependsOn: [libvirt] })

const house = kvm.domain('house', {
  on: tower,
  vcpus: 2,
  memory: '2GiB',
  disks: [
    { image: 'debian:12', pool: disks.name, size: '20GiB' },
    { name: 'media', pool: disks.name, size: '200GiB' },
  ],
  interfaces: [{ network: lan.name, address: '192.168.130.10' }],
  cloudInit: {
    user: 'ops',
    authorizedKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFuIGV4YW1wbGUsIGFuZCBubyBrZXkgb2YgYW55Ym9keQ ann@laptop'],
    packages: ['docker.io'],
    commands: [['usermod', '--append', '--groups', 'docker', 'ops']],
  },
})

const web = docker.container('web', { on: house, image: 'nginx:1.27-alpine', ports: ['80:80'] })

export default defineLab({
  name: 'guests',
  resources: [tower, libvirt, lan, disks, house, web],
  outputs: { page: interpolate`http://${house.ip}/` },
})

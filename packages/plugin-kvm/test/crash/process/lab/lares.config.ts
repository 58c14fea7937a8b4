import { readFileSync } from 'node:fs'
import { defineLab } from '@lares/core'
import kvm from '@lares/plugin-kvm'
import type { Fixed, Wanted } from '../passages.ts'

const read = (file: string) => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'))
const { image, key, identityFile } = read('fixed.json') as Fixed
const { vcpus, data, release } = read('wanted.json') as Wanted

const store = kvm.pool('store', { path: '/var/lib/libvirt/images/store' })
const lan = kvm.network('lan', { bridge: 'larcrash0', cidr: '10.79.1.0/24' })
const guest = kvm.domain('guest', {
  vcpus,
  memory: '192MiB',
  cpu: { model: 'qemu64' },
  disks: [
    { image, pool: store.name },
    { name: 'data', pool: store.name, size: data },
  ],
  interfaces: [{ network: lan.name }],
  cloudInit: { user: 'ops', authorizedKeys: [key], commands: [`echo ${release}`], onChange: 'replace-guest' },
  ssh: { identityFiles: [identityFile] },
  shutdown: { timeout: '1m', force: true },
  // What makes software emulation start fast.
  xml: "<domain><features><tcg><tb-cache unit='MiB'>64</tb-cache></tcg></features></domain>",
  addressTimeout: '5m',
})

// Waits until the guest is ready.
export default defineLab({ name: 'crash', resources: [guest, kvm.hypervisor('after', { dependsOn: [guest] })] })

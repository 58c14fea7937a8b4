import { type AnyResource, definePlugin, type Provider } from '@lares/core'
import { domain } from '../../src/resources/domain.ts'
import { network } from '../../src/resources/network.ts'
import { pool } from '../../src/resources/pool.ts'
import { volume } from '../../src/resources/volume.ts'
import { directory, image } from './disks.ts'

/** What a lab is to be: inputs of its guest, and of its network besides what is always the same. */
export interface Stage {
  guest: Record<string, unknown>
  lan?: Record<string, unknown>
}

/** What has to be there in the end. */
export interface Expectation {
  /** The name of the only guest; none when absent. */
  guest?: string
  /** Is, and was all the time, the same guest. */
  sameGuest?: boolean
  networks: string[]
  pools: string[]
  /** Bytes that a guest sees, by the names of volumes in `store`. One set aside is called `root.until`. */
  volumes: Record<string, number>
  vcpus?: number
  /** Targets of its disks, the seed's included. */
  disks?: string[]
  interfaces?: number
  /** Who cloud-init lets in. */
  user?: string
  autostart?: boolean
  /** Of the network. */
  domain?: string
  snapshot?: boolean
  /** Addresses in state, and among what it keeps. */
  recorded: string[]
  kept: string[]
}

/** One apply, and what it begins and ends with. */
export interface Passage {
  name: string
  from?: Stage
  to: Stage
  destroy?: boolean
  allowDataLoss?: readonly string[]
  expected: Expectation
}

const MIB = 2 ** 20
const root = { image: { file: image }, size: '4MiB' }
const data = { name: 'data', size: '4MiB' }
const guest = {
  memory: '48MiB',
  maxMemory: '64MiB',
  cpu: { model: 'qemu64' },
  disks: [root, data],
  interfaces: [{ address: '10.79.1.5' }],
  cloudInit: { user: 'ops', onChange: 'replace-guest' },
  shutdown: { timeout: 0, force: true },
  autostart: true,
}
const base: Stage = { guest }

const all = ['guest', 'lan', 'shared', 'store']
const files = { 'crash.guest.root.qcow2': 4 * MIB, 'crash.guest.data.qcow2': 4 * MIB, 'shared.qcow2': 2 * MIB }
const asMade: Expectation = {
  guest: 'guest',
  sameGuest: true,
  networks: ['lan'],
  pools: ['lares-images', 'store'],
  volumes: { ...files, 'crash.guest.seed.iso': 0 },
  vcpus: 1,
  disks: ['vda', 'vdb', 'vdc', 'vdz'],
  interfaces: 1,
  user: 'ops',
  autostart: true,
  recorded: all,
  kept: [],
}

export const passages: readonly Passage[] = [
  { name: 'creation', to: base, expected: asMade },
  {
    name: 'live change',
    from: base,
    to: {
      guest: {
        ...guest,
        memory: '64MiB',
        resources: { cpuShares: 300 },
        disks: [root, { ...data, size: '8MiB' }, { name: 'more', size: '2MiB' }],
        interfaces: [...guest.interfaces, { name: 'second' }],
        autostart: false,
      },
    },
    expected: {
      ...asMade,
      volumes: { ...asMade.volumes, 'crash.guest.data.qcow2': 8 * MIB, 'crash.guest.more.qcow2': 2 * MIB },
      disks: ['vda', 'vdb', 'vdc', 'vdd', 'vdz'],
      interfaces: 2,
      autostart: false,
    },
  },
  {
    name: 'restart',
    from: base,
    to: {
      guest: {
        ...guest,
        vcpus: 2,
        disks: [root, { ...data, size: '8MiB', cache: 'none' }],
        cloudInit: { user: 'dev', onChange: 'new-instance-id' },
        snapshotBefore: true,
      },
      lan: { domain: 'crash.lan' },
    },
    expected: {
      ...asMade,
      vcpus: 2,
      volumes: { ...asMade.volumes, 'crash.guest.data.qcow2': 8 * MIB },
      user: 'dev',
      domain: 'crash.lan',
      snapshot: true,
    },
  },
  {
    name: 'replacement',
    from: base,
    to: { guest: { ...guest, cloudInit: { user: 'dev', onChange: 'replace-guest' } } },
    expected: { ...asMade, volumes: { ...asMade.volumes, 'crash.guest.root.until.qcow2': 4 * MIB }, user: 'dev' },
  },
  {
    name: 'renaming',
    from: base,
    to: { guest: { ...guest, name: 'renamed' } },
    expected: { ...asMade, guest: 'renamed' },
  },
  {
    name: 'destruction that keeps the data',
    from: base,
    to: base,
    destroy: true,
    expected: {
      networks: [],
      pools: ['lares-images', 'store'],
      volumes: files,
      recorded: [],
      kept: ['guest', 'shared', 'store'],
    },
  },
  {
    name: 'destruction of everything',
    from: base,
    to: base,
    destroy: true,
    allowDataLoss: ['guest/disks/root', 'guest/disks/data', 'shared', 'store'],
    expected: { networks: [], pools: ['lares-images'], volumes: {}, recorded: [], kept: [] },
  },
]

/** The resources of a stage, whose connections are made by the given provider. */
export function declare(stage: Stage, provider: Provider): AnyResource[] {
  const over = <T extends object>(type: T): T => ({ ...type, provider })
  const kvm = definePlugin({
    name: 'kvm',
    package: '@lares/plugin-kvm',
    version: '0',
    resources: {
      // It never answers: what is on its disk does nothing.
      domain: { ...over(domain), ready: async () => {} },
      network: over(network),
      pool: over(pool),
      volume: over(volume),
    },
  })
  const store = kvm.pool('store', { path: directory })
  const lan = kvm.network('lan', { bridge: 'larcrash0', cidr: '10.79.1.0/24', ...stage.lan })
  const shared = kvm.volume('shared', { pool: store.name, name: 'shared.qcow2', size: '2MiB' })
  const { disks, interfaces, ...rest } = stage.guest as typeof guest
  const machine = kvm.domain('guest', {
    ...(rest as object),
    disks: [
      ...disks.map((disk) => ({ ...disk, pool: store.name })),
      { name: 'shared', path: shared.path, format: 'qcow2', readOnly: true },
    ],
    interfaces: interfaces.map((each) => ({ ...each, network: lan.name })),
  })
  return [store, lan, shared, machine]
}

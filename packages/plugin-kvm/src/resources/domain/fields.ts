import { formatSize, parseSize } from '@lares/core'
import { all, at, element, elementsOf, get, made, put, remove, type Xml } from '../../client/index.ts'

export type Tree = Record<string, unknown>

/** One setting of a guest: where it stands in libvirt's document. */
export interface Field {
  /** As inputs and attributes call it: `cpu.model`. */
  path: string
  /** Undefined where the document does not say it. */
  read(domain: Xml): unknown
  write(domain: Xml, value: unknown): void
  /** It is changed while the guest runs. */
  live?: true
}

const text = (path: string, xml: string, more: Pick<Field, 'live'> = {}): Field => ({
  path,
  read: (domain) => get(domain, xml),
  write: (domain, value) => put(domain, xml, value as string | undefined),
  ...more,
})

const integer = (path: string, xml: string, more: Pick<Field, 'live'> = {}): Field => ({
  ...text(path, xml, more),
  read: (domain) => numberAt(domain, xml),
})

const numberAt = (domain: Xml, path: string): number | undefined => {
  const found = get(domain, path)
  return found === undefined || found === '' ? undefined : Number(found)
}

const UNITS: Record<string, number> = { b: 1, bytes: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }

/** Bytes of an element with a unit; KiB without one. */
const bytesAt = (domain: Xml, path: string): number | undefined => {
  const amount = numberAt(domain, path)
  if (amount === undefined) return undefined
  const unit = get(domain, `${path}@unit`) ?? 'KiB'
  return amount * (UNITS[unit] ?? parseSize(`1${unit}`))
}

const putBytes = (domain: Xml, path: string, bytes: number | undefined): void => {
  put(domain, path, bytes === undefined ? undefined : Math.ceil(bytes / 1024))
  if (bytes !== undefined) put(domain, `${path}@unit`, 'KiB')
}

const sizeOr = (bytes: number | undefined) => (bytes === undefined ? undefined : formatSize(bytes))
const bytesOf = (value: unknown) => (value === undefined ? undefined : parseSize(value as string))

const bytes = (path: string, xml: string): Field => ({
  path,
  read: (domain) => sizeOr(bytesAt(domain, xml)),
  write: (domain, value) => putBytes(domain, xml, bytesOf(value)),
  live: true,
})

/** A device that is there or is not. */
const device = (path: string, is: (device: Xml) => boolean, make: () => Xml[]): Field => ({
  path,
  read: (domain) => elementsOf(at(domain, 'devices')).some(is),
  write(domain, value) {
    const devices = made(domain, 'devices')
    const found = elementsOf(devices).some(is)
    if (value === true && !found) devices.children.push(...make())
    else if (value !== true) devices.children = devices.children.filter((each) => typeof each === 'string' || !is(each))
  },
})

const maxVcpus: Field = {
  path: 'maxVcpus',
  read: (domain) => numberAt(domain, 'vcpu') ?? 1,
  write(domain, value) {
    const current = numberAt(domain, 'vcpu@current') ?? numberAt(domain, 'vcpu')
    put(domain, 'vcpu', value as number)
    put(domain, 'vcpu@current', current !== undefined && current < (value as number) ? current : undefined)
  },
}

const vcpus: Field = {
  path: 'vcpus',
  read: (domain) => numberAt(domain, 'vcpu@current') ?? numberAt(domain, 'vcpu') ?? 1,
  write(domain, value) {
    const wanted = value as number
    const maximum = Math.max(numberAt(domain, 'vcpu') ?? wanted, wanted)
    put(domain, 'vcpu', maximum)
    put(domain, 'vcpu@current', wanted < maximum ? wanted : undefined)
    // Which of them are on is libvirt's to say again.
    remove(domain, 'vcpus')
  },
  live: true,
}

const maxMemory: Field = {
  path: 'maxMemory',
  read: (domain) => sizeOr(bytesAt(domain, 'memory')),
  write: (domain, value) => putBytes(domain, 'memory', bytesOf(value)),
}

const memory: Field = {
  path: 'memory',
  read: (domain) => sizeOr(bytesAt(domain, 'currentMemory') ?? bytesAt(domain, 'memory')),
  write(domain, value) {
    const wanted = bytesOf(value)!
    if ((bytesAt(domain, 'memory') ?? 0) < wanted) putBytes(domain, 'memory', wanted)
    putBytes(domain, 'currentMemory', wanted)
  },
  live: true,
}

const cpuModel: Field = {
  path: 'cpu.model',
  read: (domain) => get(domain, 'cpu/model'),
  write(domain, value) {
    put(domain, 'cpu/model', value as string)
    if (value === undefined) return
    put(domain, 'cpu@mode', 'custom')
    put(domain, 'cpu@match', 'exact')
    put(domain, 'cpu/model@fallback', 'forbid')
  },
}

const cpuMode: Field = {
  path: 'cpu.mode',
  read: (domain) => get(domain, 'cpu@mode'),
  write(domain, value) {
    const found = at(domain, 'cpu')
    if (found) {
      found.attributes = {}
      if (value !== 'custom') remove(found, 'model')
    }
    put(domain, 'cpu@mode', value as string)
  },
}

const cpuTopology: Field = {
  path: 'cpu.topology',
  read(domain) {
    const { sockets, cores, threads } = at(domain, 'cpu/topology')?.attributes ?? {}
    return sockets && { sockets: Number(sockets), cores: Number(cores), threads: Number(threads) }
  },
  write(domain, value) {
    remove(domain, 'cpu/topology')
    if (value) made(domain, 'cpu').children.push(element('topology', value as Record<string, number>))
  },
}

const cpuFeatures: Field = {
  path: 'cpu.features',
  read(domain) {
    const found = all(domain, 'cpu/feature').map(({ attributes: { name = '', policy = 'require' } }) => [name, policy])
    return found.length > 0 ? Object.fromEntries(found) : undefined
  },
  write(domain, value) {
    const cpu = made(domain, 'cpu')
    for (const [name, policy] of Object.entries((value ?? {}) as Record<string, string>)) {
      cpu.children = cpu.children.filter((each) => typeof each === 'string' || each.attributes.name !== name)
      cpu.children.push(element('feature', { policy, name }))
    }
  },
}

const isUefi = (domain: Xml) =>
  get(domain, 'os@firmware') === 'efi' ||
  get(domain, 'os/loader@type') === 'pflash' ||
  /OVMF|AAVMF/.test(get(domain, 'os/loader') ?? '')

const firmware: Field = {
  path: 'firmware',
  read: (domain) => (isUefi(domain) ? 'uefi' : 'bios'),
  write(domain, value) {
    if (value === undefined || (value === 'uefi') === isUefi(domain)) return
    for (const name of ['os/loader', 'os/nvram', 'os/firmware']) remove(domain, name)
    put(domain, 'os@firmware', value === 'uefi' ? 'efi' : undefined)
  },
}

const isSecure = (domain: Xml) =>
  get(domain, 'os/loader@secure') === 'yes' ||
  all(domain, 'os/firmware/feature').some(
    ({ attributes: { name, enabled } }) => name === 'secure-boot' && enabled === 'yes',
  )

const secureBoot: Field = {
  path: 'secureBoot',
  read: isSecure,
  write(domain, value) {
    if (value === undefined || value === isSecure(domain)) return
    for (const name of ['os/loader', 'os/nvram', 'os/firmware']) remove(domain, name)
    put(domain, 'os@firmware', 'efi')
    const enabled = value === true
    made(domain, 'os/firmware').children.push(
      element('feature', { enabled, name: 'secure-boot' }),
      ...(enabled ? [element('feature', { enabled, name: 'enrolled-keys' })] : []),
    )
    if (enabled) put(domain, 'features/smm@state', 'on')
  },
}

/** The chipset of q35 has one of its own, which newer libvirt always shows. */
const watchdogs = (domain: Xml) =>
  all(domain, 'devices/watchdog').filter(({ attributes }) => attributes.model !== 'itco')

const watchdog: Field = {
  path: 'watchdog',
  read(domain) {
    const [found] = watchdogs(domain)
    return found && { model: found.attributes.model, action: found.attributes.action ?? 'reset' }
  },
  write(domain, value) {
    const old = watchdogs(domain)
    const devices = made(domain, 'devices')
    devices.children = devices.children.filter((each) => typeof each === 'string' || !old.includes(each))
    if (value) devices.children.push(element('watchdog', value as Record<string, string>))
  },
}

const PERIOD = 100_000

const cpuLimit: Field = {
  path: 'resources.cpuLimit',
  read(domain) {
    const quota = numberAt(domain, 'cputune/global_quota')
    return quota === undefined || quota <= 0 ? undefined : quota / (numberAt(domain, 'cputune/global_period') ?? PERIOD)
  },
  write(domain, value) {
    put(domain, 'cputune/global_period', value === undefined ? undefined : PERIOD)
    put(domain, 'cputune/global_quota', value === undefined ? undefined : Math.round((value as number) * PERIOD))
  },
  live: true,
}

const isConsole = ({ name }: Xml) => name === 'serial' || name === 'console'
const isAgent = (each: Xml) => each.name === 'channel' && get(each, 'target@name') === 'org.qemu.guest_agent.0'

const graphicsCard: Field = {
  path: 'video',
  read: (domain) => get(domain, 'devices/video/model@type'),
  write(domain, value) {
    if (value === get(domain, 'devices/video/model@type')) return
    remove(domain, 'devices/video')
    if (value !== undefined)
      made(domain, 'devices').children.push(element('video', {}, element('model', { type: value as string })))
  },
}

const boot = (path: string, xml: string): Field => text(`boot.${path}`, `os/${xml}`)

/** In the order in which they are written. */
export const fields: readonly Field[] = [
  text('title', 'title', { live: true }),
  text('description', 'description', { live: true }),
  text('domainType', '@type'),
  text('machine', 'os/type@machine'),
  maxVcpus,
  vcpus,
  maxMemory,
  memory,
  cpuMode,
  cpuModel,
  cpuTopology,
  cpuFeatures,
  firmware,
  secureBoot,
  device(
    'tpm',
    ({ name }) => name === 'tpm',
    () => [element('tpm', { model: 'tpm-crb' }, element('backend', { type: 'emulator', version: '2.0' }))],
  ),
  boot('kernel', 'kernel'),
  boot('initrd', 'initrd'),
  boot('commandLine', 'cmdline'),
  device('serialConsole', isConsole, () => [element('serial', { type: 'pty' }), element('console', { type: 'pty' })]),
  device('agent', isAgent, () => [
    element('channel', { type: 'unix' }, element('target', { type: 'virtio', name: 'org.qemu.guest_agent.0' })),
  ]),
  device(
    'rng',
    ({ name }) => name === 'rng',
    () => [element('rng', { model: 'virtio' }, element('backend', { model: 'random' }, '/dev/urandom'))],
  ),
  {
    path: 'balloon',
    // Without a word about it, libvirt gives one to guests of QEMU.
    read: (domain) => get(domain, 'devices/memballoon@model') !== 'none',
    write(domain, value) {
      if (value === undefined || (get(domain, 'devices/memballoon@model') !== 'none') === value) return
      remove(domain, 'devices/memballoon')
      made(domain, 'devices').children.push(element('memballoon', { model: value === true ? 'virtio' : 'none' }))
    },
  },
  graphicsCard,
  watchdog,
  text('clock', 'clock@offset'),
  integer('resources.cpuShares', 'cputune/shares', { live: true }),
  cpuLimit,
  bytes('resources.memoryLimit', 'memtune/hard_limit'),
  bytes('resources.memorySoftLimit', 'memtune/soft_limit'),
  integer('resources.ioWeight', 'blkiotune/weight', { live: true }),
]

/** What a document says of each field, as attributes. */
export function readFields(domain: Xml): Tree {
  const tree: Tree = {}
  for (const { path, read } of fields) {
    const value = read(domain)
    if (value !== undefined) setIn(tree, path, value)
  }
  tree['resources'] ??= {}
  return tree
}

/** What stands at a dotted path. */
export const valueIn = (tree: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((node, key) => (node as Tree | undefined)?.[key], tree)

export function setIn(tree: Tree, path: string, value: unknown): void {
  const keys = path.split('.')
  const last = keys.pop()!
  let parent = tree
  for (const key of keys) {
    parent[key] ??= {}
    parent = parent[key] as Tree
  }
  parent[last] = value
}

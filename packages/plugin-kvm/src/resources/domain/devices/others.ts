import { all, at, element, get, made, put, type Xml } from '../../../client/index.ts'
import type { DomainAttributes, DomainInputs } from '../schema.ts'
import { withoutUndefined } from './disk.ts'

const PCI = /^(\w{4}):(\w{2}):(\w{2})\.(\w)$/
const hex = (text: string | undefined, digits: number) => (text ?? '').replace(/^0x/, '').padStart(digits, '0')

const readPci = (each: Xml) => {
  const { domain = '0', bus, slot, function: part } = at(each, 'source/address')?.attributes ?? {}
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${hex(part, 1)}`
}
const readUsb = (each: Xml) => `${hex(get(each, 'source/vendor@id'), 4)}:${hex(get(each, 'source/product@id'), 4)}`

const hostdevs = (domain: Xml, type: string) =>
  all(domain, 'devices/hostdev').filter(
    ({ attributes, children }) =>
      attributes.mode === 'subsystem' &&
      attributes.type === type &&
      (type === 'pci' || children.some((child) => typeof child !== 'string' && at(child, 'vendor'))),
  )

export const readHostDevices = (domain: Xml): DomainAttributes['hostDevices'] => ({
  pci: hostdevs(domain, 'pci').map(readPci),
  usb: hostdevs(domain, 'usb').map(readUsb),
})

export function writeHostDevices(domain: Xml, wanted: NonNullable<DomainInputs['hostDevices']>): void {
  const write = (type: 'pci' | 'usb', read: (each: Xml) => string, source: (text: string) => Xml[]) => {
    const said = wanted[type]
    if (said === undefined) return
    const devices = made(domain, 'devices')
    const old = hostdevs(domain, type)
    const kept = old.filter((each) => said.includes(read(each)))
    const added = said
      .filter((text) => !kept.some((each) => read(each) === text))
      .map((text) =>
        element('hostdev', { mode: 'subsystem', type, managed: 'yes' }, element('source', {}, ...source(text))),
      )
    devices.children = devices.children.filter(
      (each) => typeof each === 'string' || !old.includes(each) || kept.includes(each),
    )
    devices.children.push(...added)
  }
  write('pci', readPci, (text) => {
    const [, pciDomain, bus, slot, part] = PCI.exec(text)!
    return [element('address', { domain: `0x${pciDomain}`, bus: `0x${bus}`, slot: `0x${slot}`, function: `0x${part}` })]
  })
  write('usb', readUsb, (text) => {
    const [vendor, product] = text.split(':')
    return [element('vendor', { id: `0x${vendor}` }), element('product', { id: `0x${product}` })]
  })
}

export const readFilesystems = (domain: Xml): DomainAttributes['filesystems'] =>
  all(domain, 'devices/filesystem').map((each) => {
    const driver = get(each, 'driver@type') === 'virtiofs' ? 'virtiofs' : '9p'
    return {
      source: get(each, 'source@dir') ?? get(each, 'source@socket') ?? '',
      target: get(each, 'target@dir') ?? '',
      driver,
      readOnly: at(each, 'readonly') !== undefined,
      ...(driver === '9p' ? { access: each.attributes.accessmode ?? 'passthrough' } : {}),
    }
  })

export function writeFilesystems(domain: Xml, wanted: NonNullable<DomainInputs['filesystems']>): void {
  const devices = made(domain, 'devices')
  const old = all(domain, 'devices/filesystem')
  const read = readFilesystems(domain)
  const found = wanted.map((one) => {
    const index = read.findIndex(
      (each) => each.target === one.target && each.source === one.source && each.driver === one.driver,
    )
    const each =
      old[index] ??
      element(
        'filesystem',
        { type: 'mount', accessmode: one.driver === 'virtiofs' ? 'passthrough' : one.access },
        ...(one.driver === 'virtiofs' ? [element('driver', { type: 'virtiofs' })] : []),
        element('source', { dir: one.source }),
        element('target', { dir: one.target }),
      )
    if (one.access !== undefined && one.driver === '9p') each.attributes.accessmode = one.access
    if (one.readOnly === true) made(each, 'readonly')
    else if (one.readOnly === false) put(each, 'readonly', undefined)
    return each
  })
  devices.children = [...devices.children.filter((each) => typeof each === 'string' || !old.includes(each)), ...found]
  // Host and guest share the guest's memory for it.
  if (wanted.some(({ driver }) => driver === 'virtiofs')) {
    put(domain, 'memoryBacking/source@type', 'memfd')
    put(domain, 'memoryBacking/access@mode', 'shared')
  }
}

export const readGraphics = (domain: Xml): DomainAttributes['graphics'] =>
  all(domain, 'devices/graphics').map((each) => {
    const port = Number(each.attributes.port ?? -1)
    return {
      type: each.attributes.type ?? '',
      ...withoutUndefined({
        listen: each.attributes.listen ?? get(each, 'listen@address'),
        port: each.attributes.autoport === 'yes' || port <= 0 ? undefined : port,
      }),
    }
  })

export function writeGraphics(domain: Xml, wanted: NonNullable<DomainInputs['graphics']>): void {
  const devices = made(domain, 'devices')
  const old = all(domain, 'devices/graphics')
  const found = wanted.map(({ type, listen, port, password }) => {
    const each =
      old.find(({ attributes }) => attributes.type === type) ?? element('graphics', { type, autoport: 'yes' })
    if (port !== undefined) Object.assign(each.attributes, { port: String(port), autoport: 'no' })
    if (listen !== undefined) {
      each.attributes.listen = listen
      put(each, 'listen', undefined)
    }
    if (password !== undefined) each.attributes.passwd = password
    return each
  })
  devices.children = [...devices.children.filter((each) => typeof each === 'string' || !old.includes(each)), ...found]
}

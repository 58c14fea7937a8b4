import { all, element, get, made, put, remove, type Xml } from '../../../client/index.ts'
import type { DomainAttributes } from '../schema.ts'
import type { InterfaceInputs } from '../wanted.ts'
import { withoutUndefined } from './disk.ts'

type Interface = DomainAttributes['interfaces'][number]

export const interfacesOf = (domain: Xml): Xml[] => all(domain, 'devices/interface')
export const addressOf = (each: Xml): string => (get(each, 'mac@address') ?? '').toLowerCase()

const numberAt = (xml: Xml, path: string) => {
  const found = get(xml, path)
  return found === undefined ? undefined : Number(found)
}

export function readInterface(each: Xml): Interface {
  const kind = each.attributes.type
  const isolated = get(each, 'port@isolated')
  return {
    mac: addressOf(each),
    ...withoutUndefined({
      network: kind === 'network' ? get(each, 'source@network') : undefined,
      bridge: kind === 'bridge' ? get(each, 'source@bridge') : undefined,
      macvtap: kind === 'direct' ? get(each, 'source@dev') : undefined,
      model: get(each, 'model@type'),
      vlan: numberAt(each, 'vlan/tag@id'),
      mtu: numberAt(each, 'mtu@size'),
      link: get(each, 'link@state'),
      isolated: isolated === undefined ? undefined : isolated === 'yes',
      bootOrder: numberAt(each, 'boot@order'),
    }),
  }
}

/** A new interface, or what was there with what is said now. */
export function writeInterface(wanted: InterfaceInputs & { mac: string }, before?: Xml): Xml {
  const each = before ? structuredClone(before) : element('interface')
  const { network, bridge, macvtap } = wanted
  if (network !== undefined || bridge !== undefined || macvtap !== undefined) {
    const type = network !== undefined ? 'network' : bridge !== undefined ? 'bridge' : 'direct'
    const place = element('source', { network, bridge, dev: macvtap, mode: macvtap && 'bridge' })
    const found = get(each, `source@${type === 'direct' ? 'dev' : type}`)
    if (each.attributes.type !== type || found !== (network ?? bridge ?? macvtap)) {
      remove(each, 'source')
      each.children.push(place)
    }
    each.attributes.type = type
  } else if (each.attributes.type === undefined) {
    each.attributes.type = 'network'
    put(each, 'source@network', 'default')
  }
  put(each, 'mac@address', wanted.mac)
  const model = wanted.model ?? (before ? undefined : 'virtio')
  if (model !== undefined) put(each, 'model@type', model)
  if (wanted.vlan !== undefined) {
    remove(each, 'vlan')
    made(each, 'vlan').children.push(element('tag', { id: wanted.vlan }))
  }
  if (wanted.mtu !== undefined) put(each, 'mtu@size', wanted.mtu)
  if (wanted.link !== undefined) put(each, 'link@state', wanted.link)
  if (wanted.isolated !== undefined) put(each, 'port@isolated', wanted.isolated)
  if (wanted.bootOrder !== undefined) put(each, 'boot@order', wanted.bootOrder)
  return each
}

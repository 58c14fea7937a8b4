import type { Lan, LanSpec } from '../driver.ts'
import { given } from '../given.ts'
import { finite, type Json, part, parts, text } from './values.ts'

const sources: Readonly<Record<string, Lan['source']>> = { Static: 'static', DHCP: 'dhcp', BOOTP: 'other' }

/** The interface that has this address; otherwise the first that has any and is enabled. */
export function interfaceOf(interfaces: readonly Json[], address: string): Json | undefined {
  const has = (each: Json) => parts(each.IPv4Addresses).flatMap(({ Address }) => text(Address) ?? [])
  return (
    interfaces.find((each) => has(each).includes(address)) ??
    interfaces.find((each) => each.InterfaceEnabled !== false && has(each).length > 0) ??
    interfaces[0]
  )
}

export function lanOf(found: Json, address: string): Lan {
  const addresses = parts(found.IPv4Addresses)
  const ours = addresses.find(({ Address }) => Address === address) ?? addresses[0] ?? {}
  const vlan = part(found.VLAN)
  const origin = text(ours.AddressOrigin)
  return {
    ciphers: [],
    ...given({
      source: origin === undefined ? undefined : (sources[origin] ?? 'other'),
      address: text(ours.Address),
      netmask: text(ours.SubnetMask),
      gateway: text(ours.Gateway),
      mac: text(found.MACAddress ?? found.PermanentMACAddress)?.toLowerCase(),
      vlan: vlan.VLANEnable === true ? finite(vlan.VLANId) : undefined,
    }),
  }
}

/** The one change that makes it so: what belongs together is not said in steps, of which the first could cut us off. */
export function lanChange(found: Json, { source, address, netmask, gateway, vlan }: LanSpec, now: Lan): Json {
  const isStatic = source === 'static' || (source === undefined && now.source === 'static')
  const moves = [address, netmask, gateway].some((each) => each !== undefined)
  const place = given({
    Address: address ?? now.address,
    SubnetMask: netmask ?? now.netmask,
    Gateway: gateway ?? now.gateway,
  })
  const hasDhcp = found.DHCPv4 !== undefined
  return given({
    DHCPv4: source !== undefined && hasDhcp ? { DHCPEnabled: source === 'dhcp' } : undefined,
    IPv4StaticAddresses: isStatic && (moves || source === 'static') ? [place] : undefined,
    VLAN: vlan === undefined ? undefined : vlan === 'off' ? { VLANEnable: false } : { VLANEnable: true, VLANId: vlan },
  })
}

import type { CloudInitInput } from './schema.ts'

type Interface = NonNullable<CloudInitInput['network']>[number]

/**
 * The interfaces as cloud-init's network configuration, version 2. Each is found by its MAC address and given a name,
 * because the renderers of Debian and of Red Hat's family write it into files that are called so.
 * @throws RangeError for an interface whose MAC address is not known.
 */
export function networkConfig(interfaces: readonly Interface[], macs: readonly string[]): Record<string, unknown> {
  const ethernets = interfaces.map((each, index) => {
    const mac = each.mac ?? macs[index]
    if (mac === undefined)
      throw new RangeError(
        `Interface ${index + 1} of cloudInit.network has no MAC address, and the guest has no such interface`,
      )
    return [each.name ?? `eth${index}`, ethernet(each, mac, each.name ?? `eth${index}`)]
  })
  return { version: 2, ethernets: Object.fromEntries(ethernets) }
}

function ethernet(each: Interface, mac: string, name: string): Record<string, unknown> {
  const { addresses = [], nameservers = [], search = [], gateway, gateway6, mtu, optional } = each
  const dhcp = each.dhcp ?? (addresses.length === 0 ? 'ipv4' : false)
  // Both renderers take this for the default route; `default` and `gateway4` are each refused or deprecated by one.
  const gateways = [
    ...(gateway === undefined ? [] : [{ to: '0.0.0.0/0', via: gateway }]),
    ...(gateway6 === undefined ? [] : [{ to: '::/0', via: gateway6 }]),
  ]
  const routes = [...gateways, ...(each.routes ?? [])]
  const resolver = {
    ...(nameservers.length > 0 ? { addresses: nameservers } : {}),
    ...(search.length > 0 ? { search } : {}),
  }
  return {
    match: { macaddress: mac.toLowerCase() },
    'set-name': name,
    dhcp4: dhcp === true || dhcp === 'ipv4',
    dhcp6: dhcp === true || dhcp === 'ipv6',
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(routes.length > 0 ? { routes } : {}),
    ...(Object.keys(resolver).length > 0 ? { nameservers: resolver } : {}),
    ...(mtu === undefined ? {} : { mtu }),
    ...(optional === undefined ? {} : { optional }),
  }
}

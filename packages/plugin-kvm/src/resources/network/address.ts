import { isIPv4 } from 'node:net'

const numberOf = (address: string): number => address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)

const textOf = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')

export interface Subnet {
  /** Its first address. */
  base: string
  prefix: number
}

/** A subnet such as `192.168.150.0/24`. */
export function subnetOf(cidr: string): Subnet {
  const [address = '', prefix = ''] = cidr.split('/')
  return networkOf(address, Number(prefix))
}

/** The subnet that an address is in. */
export function networkOf(address: string, prefix: number): Subnet {
  if (!isIPv4(address)) return { base: base6(address, prefix), prefix }
  const size = 2 ** (32 - prefix)
  return { base: textOf(Math.floor(numberOf(address) / size) * size), prefix }
}

/** As it is written: `192.168.150.0/24`. */
export const cidrOf = ({ base, prefix }: Subnet): string => `${base}/${prefix}`

/** The address at a place of a subnet; from its end when negative. */
export function addressAt({ base, prefix }: Subnet, place: number): string {
  if (!isIPv4(base)) return canonical6(`${base.replace(/::$/, '')}::${place}`)
  const size = 2 ** (32 - prefix)
  return textOf(numberOf(base) + (place < 0 ? size + place : place))
}

/** An IPv6 address in its shortest form; an IPv4 address as it is. */
export const canonical6 = (address: string): string =>
  address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address

/** `255.255.255.0` is 24. */
export const prefixOfNetmask = (netmask: string): number => 32 - Math.log2(2 ** 32 - numberOf(netmask))

/** An IPv6 address with the bits after a prefix taken away. */
function base6(address: string, prefix: number): string {
  const [head = '', tail = ''] = canonical6(address).split('::')
  const [before, after] = [head, tail].map((part) => (part === '' ? [] : part.split(':'))) as [string[], string[]]
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
  const kept = groups.map((group, index) => {
    const bits = Math.min(16, Math.max(0, prefix - 16 * index))
    return (Number.parseInt(group, 16) & (0xffff << (16 - bits))).toString(16)
  })
  return canonical6(kept.join(':'))
}

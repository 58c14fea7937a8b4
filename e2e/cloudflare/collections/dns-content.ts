import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { Refusal } from '../envelope.ts'

/** A record that cannot be as it is asked for. */
export const invalid = (code: number, message: string) => new Refusal(400, { code, message })

const inner = new BlockList()
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  inner.addSubnet(network, bits)
}
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  inner.addSubnet(network, bits, 'ipv6')

const isInner = (content: string) =>
  (isIPv4(content) && inner.check(content)) || (isIPv6(content) && inner.check(content, 'ipv6'))

const hosts = ['A', 'AAAA', 'CNAME']

/** Whether such a record can be proxied: it leads to a host, and not to one that only its own network reaches. */
export const proxiable = ({ type, content }: { type: string; content: string }) =>
  hosts.includes(type) && !isInner(content)

/** Throws when the record cannot be proxied. Both are well known to users of external-dns. */
export function refuseTarget(type: string, content: string): void {
  if (!hosts.includes(type)) throw invalid(9004, 'This record type cannot be proxied.')
  if (isInner(content)) throw invalid(9003, `Target ${content} is not allowed for a proxied record.`)
}

/** How types that are given as `data` are written as `content`, by the order of their fields. */
const fields: Record<string, string[]> = {
  CAA: ['flags', 'tag', 'value'],
  SRV: ['weight', 'port', 'target'],
  SSHFP: ['algorithm', 'type', 'fingerprint'],
  TLSA: ['usage', 'selector', 'matching_type', 'certificate'],
  HTTPS: ['priority', 'target', 'value'],
  SVCB: ['priority', 'target', 'value'],
  URI: ['weight', 'target'],
  DS: ['key_tag', 'algorithm', 'digest_type', 'digest'],
  DNSKEY: ['flags', 'protocol', 'algorithm', 'public_key'],
  CERT: ['type', 'key_tag', 'algorithm', 'certificate'],
  NAPTR: ['order', 'preference', 'flags', 'service', 'regex', 'replacement'],
  SMIMEA: ['usage', 'selector', 'matching_type', 'certificate'],
}

/** Whether records of this type are described by `data`. */
export const hasData = (type: string) => type in fields

/** Whether records of this type have a priority of their own. */
export const hasPriority = (type: string) => ['MX', 'URI'].includes(type)

/**
 * The `content` of a record as the API keeps it: host names without their last dot and in lower case, IPv6 in its
 * shortest form. Messages of 9005, 9006 and 9007 as the API gives them for these types.
 */
export function contentOf({
  type,
  content,
  data,
}: {
  type: string
  content?: string | undefined
  data?: Record<string, unknown> | undefined
}): string {
  const order = fields[type]
  if (order !== undefined && data !== undefined) return order.map((field) => String(data[field] ?? '')).join(' ')
  if (content === undefined || content === '') throw invalid(9009, `Content for ${type} record is invalid.`)
  switch (type) {
    case 'A':
      if (!isIPv4(content)) throw invalid(9005, 'Content for A record must be a valid IPv4 address.')
      return content
    case 'AAAA':
      if (!isIPv6(content)) throw invalid(9006, 'Content for AAAA record must be a valid IPv6 address.')
      return new URL(`http://[${content}]`).hostname.slice(1, -1)
    case 'CNAME':
    case 'NS':
    case 'MX':
    case 'PTR':
      if (!/^(?=.{1,253}$)[a-z0-9_*]([a-z0-9_.-]*[a-z0-9_])?\.?$/i.test(content) || isIPv4(content)) {
        throw invalid(9007, `Content for ${type} record is invalid.`)
      }
      return content.toLowerCase().replace(/\.$/, '')
    default:
      return content
  }
}

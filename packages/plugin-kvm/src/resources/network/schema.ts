import * as z from 'zod'
import { macAddress } from '../domain/schema-parts.ts'
import { ownerAttribute } from '../owner.ts'
import { canonical6, cidrOf, subnetOf } from './address.ts'

const cidr4 = z.cidrv4('Expected a subnet such as 192.168.150.0/24')
const cidr6 = z.cidrv6('Expected a subnet such as fd00:150::/64')

export const networkModes = ['nat', 'route', 'open', 'isolated', 'bridge'] as const

const dhcpRange = z.strictObject({ start: z.ipv4(), end: z.ipv4() })

export const networkShape = {
  name: z.string().min(1).optional().describe("Its name; the resource's own when absent"),
  mode: z
    .enum(networkModes)
    .default('nat')
    .describe(
      '`nat`: out through the host; `route`: routed as it is; `open`: the same without firewall rules; `isolated`: no way out; `bridge`: a bridge that the host has already',
    ),
  bridge: z
    .string()
    .regex(/^[\w.-]{1,15}$/, 'Expected a name of an interface, 15 characters at most')
    .optional()
    .describe('The bridge on the host: with `bridge` the one that is there, otherwise the one that is made'),
  cidr: cidr4.optional().describe('Its IPv4 addresses: `192.168.150.0/24`'),
  gateway: z.ipv4().optional().describe("The host's address in it; the first one when absent"),
  cidr6: cidr6.optional().describe('Its IPv6 addresses: `fd00:150::/64`'),
  gateway6: z.ipv6().optional().describe("The host's IPv6 address in it; the first one when absent"),
  dhcp: z
    .union([z.boolean(), dhcpRange])
    .default(true)
    .describe('The addresses that are leased: true for all of `cidr`, or from `start` to `end`'),
  leases: z
    .record(z.string(), z.strictObject({ mac: macAddress, ip: z.ipv4() }))
    .optional()
    .describe('Addresses that are always the same, by host name; leases that others made stay'),
  hosts: z
    .record(z.union([z.ipv4(), z.ipv6()]), z.array(z.string()).min(1))
    .optional()
    .describe('Names that its DNS knows, by address'),
  domain: z.string().optional().describe('Domain of its guests: `home.lan`'),
  domainLocal: z.boolean().optional().describe('Names in the domain are not asked for anywhere else'),
  dns: z.boolean().optional().describe('Whether it has a DNS server; unless false, it does'),
  forwarders: z.array(z.string()).optional().describe("Servers that its DNS asks, in place of the host's"),
  forwardDevice: z.string().optional().describe('The interface of the host that leads out'),
  stp: z.boolean().optional().describe('Spanning tree on the bridge'),
  mtu: z.number().int().min(68).max(65_535).optional(),
  autostart: z.boolean().default(true).describe('Started with the host'),
  active: z.boolean().default(true).describe('Started now'),
  xml: z
    .string()
    .optional()
    .describe('What libvirt knows and this does not: a `<network>` whose contents are brought into its definition'),
}

/** What libvirt's own servers and bridge need; a bridge of the host has none of it. */
const serving = [
  ...([
    'cidr',
    'gateway',
    'cidr6',
    'gateway6',
    'leases',
    'hosts',
    'domain',
    'domainLocal',
    'dns',
    'forwarders',
  ] as const),
  ...(['forwardDevice', 'stp', 'mtu'] as const),
]

/** Inputs that say nothing without another one. */
const needs = { gateway: 'cidr', leases: 'cidr', gateway6: 'cidr6', domainLocal: 'domain' } as const

export const networkInputs = z.object(networkShape).superRefine((network, context) => {
  const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
  const { mode, bridge, cidr, cidr6, dhcp, hosts = {} } = network
  if (mode === 'bridge') {
    if (bridge === undefined) refuse('bridge', 'It is missing: which bridge of the host?')
    for (const key of serving) if (network[key] !== undefined) refuse(key, `"${key}" is up to the bridge of the host`)
  } else if (mode !== 'isolated' && cidr === undefined && cidr6 === undefined)
    refuse('cidr', `It is missing: a network with the mode "${mode}" has addresses`)
  if (mode === 'isolated' && network.forwardDevice !== undefined)
    refuse('forwardDevice', 'An isolated network has no way out')
  for (const [key, other] of Object.entries(needs) as [keyof typeof needs, (typeof needs)[keyof typeof needs]][])
    if (network[key] !== undefined && network[other] === undefined) refuse(key, `"${key}" needs "${other}"`)
  if (typeof dhcp !== 'boolean' && cidr === undefined) refuse('dhcp', 'A range needs "cidr"')
  // libvirt writes addresses in one form, and what is read is compared with what was said.
  const forms: [string, string | undefined, (text: string) => string][] = [
    ['cidr', cidr, (text) => cidrOf(subnetOf(text))],
    ['cidr6', cidr6, (text) => cidrOf(subnetOf(text))],
    ['gateway6', network.gateway6, canonical6],
    ...Object.keys(hosts).map((ip): [string, string, typeof canonical6] => ['hosts', ip, canonical6]),
  ]
  for (const [key, text, form] of forms)
    if (text !== undefined && form(text) !== text) refuse(key, `Write ${text} as ${form(text)}`)
})
export type NetworkInputs = z.output<typeof networkInputs>

const { xml: _, ...observable } = networkShape

export const networkAttributes = z.object({
  ...observable,
  name: z.string(),
  uuid: z.string(),
  mode: z.string(),
  leases: z.record(z.string(), z.object({ mac: z.string().optional(), ip: z.string() })),
  hosts: z.record(z.string(), z.array(z.string())),
  dhcp: z.union([z.boolean(), z.object({ start: z.string(), end: z.string() })]),
  autostart: z.boolean(),
  active: z.boolean(),
  guests: z.array(z.string()).describe('The running guests that are plugged into it'),
  unplugged: z.array(z.string()).describe('Those of them that a restart of the network left without it'),
  owner: ownerAttribute,
})
export type NetworkAttributes = z.output<typeof networkAttributes>

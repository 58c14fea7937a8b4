import { type Change, defineResource, fail } from '@lares/core'
import * as z from 'zod'
import { type Bmc, isBmcError, type LanSpec } from '../client/index.ts'
import { ipmiProvider } from '../provider.ts'

const ipv4 = z.ipv4()

const inputs = z
  .object({
    source: z.enum(['static', 'dhcp']).optional().describe('Where its address comes from'),
    address: ipv4.optional(),
    netmask: ipv4.optional(),
    gateway: ipv4.optional(),
    vlan: z
      .union([z.int().min(1).max(4094), z.literal(false)])
      .optional()
      .describe('802.1Q; `false` for none'),
    mayDisconnect: z
      .boolean()
      .default(false)
      .describe('It may be changed although the lab comes in by it, and may not find it again'),
  })
  .refine(({ source, address }) => source !== 'dhcp' || address === undefined, {
    path: ['address'],
    message: 'An address of DHCP is not chosen here',
  })
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  source: z.string().optional(),
  address: z.string().optional(),
  netmask: z.string().optional(),
  gateway: z.string().optional(),
  mac: z.string().optional(),
  vlan: z.union([z.int(), z.literal(false)]),
})
type Attributes = z.output<typeof attributes>

interface Context {
  connection: Bmc
  signal: AbortSignal
}

async function read({ connection, signal }: Context): Promise<Attributes> {
  const { ciphers: _, vlan = false, ...found } = await connection.lan({ signal })
  return { ...found, vlan }
}

const fields = ['source', 'address', 'netmask', 'gateway', 'vlan'] as const

/** Only what differs: each of these may end the connection that they are said over. */
const changed = (wanted: Inputs, observed: Attributes): LanSpec =>
  Object.fromEntries(
    fields.flatMap((name) => {
      const value = wanted[name]
      if (value === undefined || value === observed[name]) return []
      return [[name, value === false ? 'off' : value]]
    }),
  )

async function apply(context: Context & { inputs: Inputs }): Promise<Attributes> {
  const { connection, signal, inputs: wanted } = context
  const before = await read(context)
  const spec = changed(wanted, before)
  const names = Object.keys(spec)
  if (names.length === 0) return before
  if (!wanted.mayDisconnect)
    fail({
      code: 'would_disconnect',
      path: names[0]!,
      summary: `The lab comes in by this network, and may be cut off by another ${names.join(', ')}`,
      advice: 'To change it all the same, say "mayDisconnect: true"; then the "address" of the ipmi.bmc has to follow.',
    })
  const { mayDisconnect: _, vlan, ...rest } = wanted
  const expected = { ...before, ...rest, vlan: vlan ?? before.vlan }
  try {
    await connection.setLan(spec, { signal })
    return await read(context)
  } catch (error) {
    // It is where it was told to go.
    if (isBmcError(error, 'unreachable', 'incomplete', 'timeout')) return expected
    throw error
  }
}

export const lan = defineResource({
  type: 'ipmi.lan',
  description: 'The network of a BMC.',
  proof: 'real',
  ownership: 'asserted',
  provider: ipmiProvider,
  inputs,
  attributes,
  identity: () => 'lan',
  whenUnset: 'release',
  timeouts: { read: '5m', create: '10m', update: '10m' },
  read,
  create: apply,
  update: apply,
  delete: async () => {},
  diff: ({ diff, desired }): Change[] =>
    diff({ skip: ['mayDisconnect'] }).map((change) => ({
      ...change,
      note: desired.mayDisconnect ? 'it may cut the lab off' : 'it needs "mayDisconnect"',
    })),
})

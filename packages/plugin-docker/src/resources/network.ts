import { type Change, defineResource, type Owner, type ReadContext } from '@lares/core'
import * as z from 'zod'
import type { NetworkInspect, NetworkPool, NetworkSpec } from '../client/index.ts'
import { type DockerConnection, dockerProvider } from '../provider.ts'
import { reattachContainers, removeAll } from './attachments.ts'
import { isMarked, labelsInput, markedLabels, ownerAttribute, ownerOf, plainLabels } from './owner.ts'
import { createSole } from './sole-network.ts'

const strings = z.record(z.string(), z.string())

const pool = z.strictObject({
  subnet: z.string().describe('Addresses of the network: `172.30.0.0/24`, `fd00:30::/64`'),
  gateway: z.string().optional().describe("The host's address in it; the first one when absent"),
  ipRange: z.string().optional().describe('Part of the subnet that containers get addresses from'),
  reserved: strings.optional().describe('Addresses that no container gets, by name'),
})

const shape = {
  name: z.string().min(1).optional().describe("Name on the engine; the resource's own when absent"),
  driver: z.string().optional().describe('Network driver: `bridge` when absent'),
  options: strings.optional().describe('Options of the driver: `{ "com.docker.network.bridge.name": "br-lab" }`'),
  ...pool.partial().shape,
  pools: z.array(pool).optional().describe('Several subnets, as for IPv4 and IPv6; in place of `subnet`'),
  ipamDriver: z.string().optional().describe('Driver that gives addresses'),
  ipamOptions: strings.optional().describe('Options of that driver'),
  internal: z.boolean().optional().describe('No way out to other networks'),
  attachable: z.boolean().optional().describe('Containers may join by hand (overlay networks)'),
  ipv6: z.boolean().optional().describe('IPv6 addresses as well'),
  labels: labelsInput,
}
const { name: _, labels: __, ...fixed } = shape
const onePool = ['gateway', 'ipRange', 'reserved'] as const

const inputs = z.object(shape).superRefine((network, context) => {
  if (network.pools && network.subnet !== undefined)
    context.addIssue({ code: 'custom', path: ['pools'], message: '"subnet" and "pools" exclude each other' })
  for (const option of onePool)
    if (network[option] !== undefined && network.subnet === undefined)
      context.addIssue({ code: 'custom', path: [option], message: `"${option}" needs "subnet"` })
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  id: z.string(),
  ...shape,
  name: z.string(),
  driver: z.string(),
  options: strings,
  labels: strings,
  internal: z.boolean(),
  attachable: z.boolean(),
  ipv6: z.boolean(),
  twins: z.array(z.string()).optional().describe('Ids of networks of the same name that an interrupted run left'),
  owner: ownerAttribute,
})

const poolOf = ({ Subnet, Gateway, IPRange, AuxiliaryAddresses }: NetworkPool) => ({
  subnet: Subnet ?? '',
  ...(Gateway ? { gateway: Gateway } : {}),
  ...(IPRange ? { ipRange: IPRange } : {}),
  ...(AuxiliaryAddresses && Object.keys(AuxiliaryAddresses).length > 0 ? { reserved: AuxiliaryAddresses } : {}),
})

function attributesOf(network: NetworkInspect): z.input<typeof attributes> {
  const pools = (network.IPAM.Config ?? []).map(poolOf)
  return {
    id: network.Id,
    name: network.Name,
    driver: network.Driver,
    options: network.Options ?? {},
    labels: plainLabels(network.Labels),
    internal: network.Internal,
    attachable: network.Attachable,
    ipv6: network.EnableIPv6,
    ipamDriver: network.IPAM.Driver ?? 'default',
    ipamOptions: network.IPAM.Options ?? {},
    ...pools[0],
    pools,
    ...ownerOf(network.Labels),
  }
}

function specOf({ subnet, gateway, ipRange, reserved, pools, ...network }: Inputs, labels: Record<string, string>) {
  const wanted = pools ?? (subnet === undefined ? undefined : [{ subnet, gateway, ipRange, reserved }])
  const { driver, options, internal, attachable, ipv6, ipamDriver, ipamOptions } = network
  return {
    ...{ driver, driverOptions: options, internal, attachable, ipv6, ipamDriver, ipamOptions, labels },
    pools: wanted?.map(({ ipRange: range, ...rest }) => ({ ...rest, range })),
  } satisfies NetworkSpec
}

type Pools = NonNullable<Inputs['pools']>

/** Observed pools with only what was asked for: the engine fills in the rest. */
const narrowed = (observed: Pools, wanted: unknown): Pools =>
  observed.map((found, index) => {
    const wish = Array.isArray(wanted) ? (wanted as Partial<Pools>)[index] : undefined
    return wish ? (Object.fromEntries(Object.entries(found).filter(([key]) => key in wish)) as Pools[number]) : found
  })

async function makeNetwork(connection: DockerConnection, inputs: Inputs, owner: Owner, signal: AbortSignal) {
  const spec = specOf(inputs, markedLabels(owner, inputs.labels))
  const isOurs = ({ Labels }: NetworkInspect) => isMarked(Labels, owner)
  return attributesOf(await createSole(connection, inputs.name ?? owner.address, spec, isOurs, signal))
}

type Attributes = z.output<typeof attributes>
type Question = Pick<
  ReadContext<Inputs, Attributes, DockerConnection>,
  'connection' | 'identity' | 'owner' | 'recorded' | 'signal'
>

async function readNetworks(questions: readonly Question[]): Promise<(z.input<typeof attributes> | null)[]> {
  const [{ connection, signal }] = questions as [Question]
  const byName = Map.groupBy(await connection.networks.list({ signal }), ({ Name }) => Name)
  return questions.map(({ identity, owner, recorded }) => {
    const found = byName.get(identity) ?? []
    const ours = found.filter(({ Labels }) => isMarked(Labels, owner))
    const chosen = ours.find(({ Id }) => Id === recorded?.id) ?? ours[0] ?? found[0]
    if (!chosen) return null
    const twins = ours.filter((one) => one !== chosen).map(({ Id }) => Id)
    return { ...attributesOf(chosen), ...(twins.length > 0 ? { twins } : {}) }
  })
}

/** A network. Nothing about one can be changed while it exists; the containers on it are moved over to the new one. */
export const network = defineResource({
  type: 'docker.network',
  description: 'A network that containers join',
  proof: 'real',
  provider: dockerProvider,
  inputs,
  attributes,
  identity: ({ name }, owner) => name ?? owner.address,
  replaceOn: [...Object.keys(fixed), 'labels'],
  owner: ({ owner }) => owner,
  predict: ({ name }, owner) => ({ name: name ?? owner.address }),

  diff: ({ desired, observed, diff }) => [
    ...twinChanges(observed),
    ...diff({ observed: { ...observed, pools: narrowed(observed.pools ?? [], desired.pools) } }),
  ],

  readMany: readNetworks,

  create: async ({ connection, inputs, owner, signal }) => await makeNetwork(connection, inputs, owner, signal),

  async update({ connection, observed, owner, signal }) {
    const moved = await removeAll(connection, observed.twins ?? [], owner, signal)
    await reattachContainers(connection, observed.id, moved, signal)
    return attributesOf((await connection.networks.inspect(observed.id, { signal }))!)
  },

  async replace({ connection, inputs, observed, owner, signal }) {
    const moved = await removeAll(connection, [observed.id, ...(observed.twins ?? [])], owner, signal)
    const made = await makeNetwork(connection, inputs, owner, signal)
    await reattachContainers(connection, made.id, moved, signal)
    return made
  },

  async delete({ connection, observed: { id, twins = [] }, owner, signal }) {
    await removeAll(connection, [id, ...twins], owner, signal)
  },

  async list(connection, signal) {
    const listed = await connection.networks.list({ signal })
    return listed
      .filter(({ Name }) => !['bridge', 'host', 'none'].includes(Name))
      .map((found) => ({ identity: found.Name, name: found.Name, attributes: attributesOf(found) }))
  },

  inputsOf: ({ id: _id, owner: _owner, twins: _twins, subnet, gateway, ipRange, reserved, pools = [], ...network }) => {
    const said = Object.entries({
      ...network,
      driver: network.driver === 'bridge' ? undefined : network.driver,
      ipamDriver: network.ipamDriver === 'default' ? undefined : network.ipamDriver,
      ...(pools.length > 1 ? { pools } : { subnet, gateway, ipRange, reserved }),
    })
    return Object.fromEntries(said.filter(([, value]) => value !== undefined && value !== false && !isEmpty(value)))
  },
})

/** What an interrupted run left beside it. */
const twinChanges = ({ twins }: Attributes): Change[] =>
  twins
    ? [{ path: 'twins', before: twins, effect: 'live', cause: 'drifted', note: 'an interrupted run left them' }]
    : []

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

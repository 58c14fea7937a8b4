import { type Change, defineResource, equal, fail, isUnknown, type Owner, parsePath } from '@lares/core'
import {
  element,
  formatXml,
  isLibvirtError,
  type Libvirt,
  type NetworkState,
  namesIn,
  readNetworks,
  STDIN,
} from '../client/index.ts'
import { libvirtProvider } from '../provider.ts'
import { rangeOf, readFields, writers } from './network/fields.ts'
import { type NetworkAttributes, type NetworkInputs, networkAttributes, networkInputs } from './network/schema.ts'
import { plug, plugIn, restart, updateLive } from './network/update.ts'
import { markOwner, ownerOf } from './owner.ts'
import { startChanges } from './started.ts'

const nameOf = ({ name }: NetworkInputs, { address }: Owner): string => name ?? address

const attributesOf = ({ document, active, autostart, guests, unplugged }: NetworkState): NetworkAttributes => ({
  ...readFields(document),
  active,
  autostart,
  guests,
  unplugged: [...new Set(unplugged.map(({ guest }) => guest))].sort(),
  ...ownerOf(document),
})

async function readOne(libvirt: Libvirt, name: string, signal: AbortSignal): Promise<NetworkState | null> {
  const [found] = await readNetworks(libvirt, [name], signal)
  if (found instanceof Error) throw found
  return found ?? null
}

async function mustRead(libvirt: Libvirt, name: string, signal: AbortSignal): Promise<NetworkState> {
  const found = await readOne(libvirt, name, signal)
  return found ?? fail({ code: 'not_found', summary: `The network "${name}" is gone` })
}

const setAutostart = (libvirt: Libvirt, name: string, on: boolean, signal: AbortSignal) =>
  libvirt.virsh(['net-autostart', name, ...(on ? [] : ['--disable'])], { signal })

/** Inputs that change while the network runs. */
const live: ReadonlySet<string> = new Set(['leases', 'hosts', 'autostart', 'active', 'name'])

const rootOf = ({ path }: Change): string => String(parsePath(path)[0])

/** A virtual network. Leases and names change while it runs; everything else stops and starts it. */
export const network = defineResource({
  type: 'kvm.network',
  description: 'A network that guests are plugged into: NAT, routed, isolated, or a bridge of the host',
  proof: 'real',
  provider: libvirtProvider,
  inputs: networkInputs,
  attributes: networkAttributes,
  identity: nameOf,
  replaceOn: ['name'],
  restartOn: Object.keys(networkInputs.shape).filter((key) => !live.has(key)),
  owner: ({ owner }) => owner,
  predict: (inputs, owner) => ({ name: nameOf(inputs, owner) }),
  claims: ({ cidr, bridge, mode }) => [
    ...(cidr === undefined ? [] : [{ kind: 'subnet', scope: 'connection' as const, key: cidr }]),
    ...(bridge === undefined || mode === 'bridge'
      ? []
      : [{ kind: 'bridge', scope: 'connection' as const, key: bridge }]),
  ],

  diff({ desired, observed, diff }) {
    const changes = diff({
      observed: leasesAll(desired, observed) ? { ...observed, dhcp: true } : observed,
    })
    const { guests } = observed
    const note = guests.length > 0 ? `cuts off for a moment: ${guests.join(', ')}` : undefined
    const all = [...changes, ...startChanges(desired, observed, changes), ...plugChanges(desired, observed)]
    return all.map((change) => (change.effect === 'restart' && note ? { ...change, note } : change))
  },

  async readMany(contexts) {
    const [{ connection, signal }] = contexts as [(typeof contexts)[number]]
    const names = contexts.map(({ identity }) => identity)
    const found = await readNetworks(connection, names, signal)
    return found.map((each) => (each === null || each instanceof Error ? each : attributesOf(each)))
  },

  async create({ connection, inputs, owner, signal }) {
    const name = nameOf(inputs, owner)
    const document = element('network', {}, element('name', {}, name))
    markOwner(document, owner)
    for (const write of Object.values(writers)) write(document, inputs)
    await connection.virsh(['net-define', STDIN], { input: formatXml(document), signal })
    if (inputs.autostart) await setAutostart(connection, name, true, signal)
    if (inputs.active) await connection.virsh(['net-start', name], { signal })
    return attributesOf(await mustRead(connection, name, signal))
  },

  async update({ connection, inputs, owner, changes, signal }) {
    const name = nameOf(inputs, owner)
    const before = await mustRead(connection, name, signal)
    const target = { libvirt: connection, name, active: before.active, signal }
    const changed = new Set(changes.map(rootOf))
    if (changed.has('autostart')) await setAutostart(connection, name, inputs.autostart, signal)
    await updateLive(target, before.document, inputs, changes)
    const rewritten = Object.entries(writers).filter(([key]) => isWritten(key, changed))
    const { document } = await mustRead(connection, name, signal)
    for (const [, write] of rewritten) write(document, inputs)
    markOwner(document, owner)
    const define = () => connection.virsh(['net-define', STDIN], { input: formatXml(document), signal })
    if (rewritten.length > 0 && before.active) await restart(target, define)
    else {
      await define()
      if (inputs.active && !before.active) await plugIn(target)
      else if (inputs.active) await plug(target, before.unplugged)
    }
    if (!inputs.active && before.active) await connection.virsh(['net-destroy', name], { signal })
    return attributesOf(await mustRead(connection, name, signal))
  },

  async delete({ connection, identity, signal }) {
    const found = await readOne(connection, identity, signal)
    if (!found) return
    if (found.guests.length > 0)
      fail({
        code: 'in_use',
        summary: `The network "${identity}" has running guests on it: ${found.guests.join(', ')}`,
        advice: 'Stop them, or give them another network.',
      })
    if (found.active) await connection.virsh(['net-destroy', identity], { signal }).catch(unlessGone)
    if (found.persistent) await connection.virsh(['net-undefine', identity], { signal }).catch(unlessGone)
  },

  async list(connection, signal) {
    const names = await namesIn(connection, ['net-list', '--all', '--name'], signal)
    const found = await readNetworks(connection, names, signal)
    return found.flatMap((each, index) =>
      each === null || each instanceof Error
        ? []
        : [{ identity: names[index]!, name: names[index]!, attributes: attributesOf(each) }],
    )
  },

  inputsOf: ({ uuid: _uuid, owner: _owner, guests: _guests, unplugged: _unplugged, mode, leases, hosts, ...rest }) => {
    const said = {
      ...rest,
      mode: mode as NetworkInputs['mode'],
      dns: rest.dns === false ? false : undefined,
      domainLocal: rest.domainLocal === true ? true : undefined,
      autostart: rest.autostart ? undefined : false,
      active: rest.active ? undefined : false,
      dhcp: mode === 'bridge' ? undefined : rest.dhcp,
      leases: Object.fromEntries(Object.entries(leases).filter(([, { mac }]) => mac !== undefined)),
      hosts,
    }
    return Object.fromEntries(
      Object.entries(said).filter(([, value]) => value !== undefined && !isEmpty(value)),
    ) as Partial<NetworkInputs>
  },
})

/** libvirt restarts a network without its guests, and a run may have ended before they were on it again. */
const plugChanges = ({ active }: NetworkInputs, observed: NetworkAttributes): Change[] =>
  active && observed.active && observed.unplugged.length > 0
    ? [{ path: 'unplugged', before: observed.unplugged, after: [], effect: 'live', cause: 'drifted' }]
    : []

/** A gateway is part of its subnet, and a range of what it is a range of. */
function isWritten(key: string, changed: ReadonlySet<string>): boolean {
  if (key === 'leases' || key === 'hosts') return false
  const along: Record<string, readonly string[]> = {
    cidr: ['gateway'],
    cidr6: ['gateway6'],
    dhcp: ['cidr', 'gateway'],
    forwardDevice: ['mode'],
    domainLocal: ['domain'],
  }
  return changed.has(key) || (along[key]?.some((each) => changed.has(each)) ?? false)
}

/** True when the addresses that are leased are those that `dhcp: true` means. */
const leasesAll = (desired: NetworkInputs, { dhcp }: NetworkAttributes): boolean =>
  desired.dhcp === true && !containsUnknown(desired) && equal(rangeOf(desired), dhcp)

const containsUnknown = ({ cidr, gateway }: NetworkInputs): boolean => isUnknown(cidr) || isUnknown(gateway)

const unlessGone = (error: unknown): void => {
  if (!isLibvirtError(error, 'not_found', 'not_running')) throw error
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

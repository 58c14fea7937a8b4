import { defineResource } from '@lares/core'
import { type Host, hostProvider, installProgram } from '@lares/transport'
import type { Bmc } from '../client/index.ts'
import { ipmiProvider } from '../provider.ts'
import { bmcActions } from './bmc/actions.ts'
import { type Attributes, attributes, describeBmc } from './bmc/attributes.ts'
import { endpointOf, type Inputs, inputs, portOf } from './bmc/inputs.ts'
import { bmcHealth, warnOfSensors } from './bmc/watch.ts'

const IPMITOOL = { program: 'ipmitool', apt: 'ipmitool', dnf: 'ipmitool', apk: 'ipmitool' }

/** Whether the host has what the driver runs. */
const canAsk = async (host: Host, driver: Inputs['driver'], signal: AbortSignal): Promise<boolean> =>
  driver === 'redfish' || (await host.ask('command -v ipmitool', { signal })).exitCode === 0

interface Context {
  connection: Host
  self(): Promise<Bmc>
  signal: AbortSignal
  inputs: Inputs
}

async function describe({ connection, self, signal, inputs: { address, driver } }: Context): Promise<Attributes> {
  if (driver === 'ipmitool') await installProgram(connection, IPMITOOL, signal)
  return await describeBmc(await self(), address, signal)
}

/** A BMC that is there already. Where `on` says, a host of the lab talks to it; otherwise this machine does. */
export const bmc = defineResource({
  type: 'ipmi.bmc',
  description: 'The BMC of a machine, reached over IPMI or Redfish from this machine or from the host that `on` names.',
  proof: 'real',
  ownership: 'asserted',
  provider: hostProvider,
  inputs,
  attributes,
  // Another address of the same BMC is no other one.
  identity: (_, owner) => owner.address,
  readsInputs: true,
  provides: { provider: ipmiProvider, endpoint: ({ inputs: wanted }) => endpointOf(wanted) },
  claims: (wanted) => [{ kind: 'BMC', scope: 'lab', key: `${wanted.address}:${portOf(wanted)}` }],
  timeouts: { read: '5m', create: '15m', update: '15m' },

  // Without ipmitool it cannot be looked at, and creating it brings that.
  read: async ({ connection, self, signal, inputs: wanted, recorded }) =>
    recorded || (await canAsk(connection, wanted!.driver, signal))
      ? await describeBmc(await self(), wanted!.address, signal)
      : null,
  create: describe,
  update: describe,
  delete: async () => {},
  diff: () => [],

  async prepare({ connection, self, signal, inputs: { driver, ignoreSensors }, warn }) {
    if (!(await canAsk(connection, driver, signal))) return
    // Whether it answers is told by who reads it.
    await self()
      .then((client) => warnOfSensors(client, ignoreSensors, warn, signal))
      .catch(() => signal.throwIfAborted())
  },
  check: async ({ self, signal, inputs: { ignoreSensors }, warn }) =>
    await warnOfSensors(await self(), ignoreSensors, warn, signal),
  health: async ({ self, inputs: wanted, signal }) =>
    await bmcHealth(await self(), wanted?.ignoreSensors ?? [], signal),
  actions: bmcActions,
})

import { secret } from '@lares/core'
import { resourceContract } from '@lares/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { startRedfish } from '../../../../e2e/rig/redfish.ts'
import ipmi, { connectBmc } from '../../src/index.ts'

const api = { describe, it, expect }
const rig = await startRedfish()
const old = await startRedfish({ style: 'classic' })
afterAll(() => Promise.all([rig.remove(), old.remove()]))

const secrets = { BMC_PASSWORD: rig.password, EVES_PASSWORD: 'eves-own-secret', OTHER: 'eves-next-secret' }
const loginTo = ({ address, user, fingerprint }: typeof rig) =>
  ({ driver: 'redfish', address, user, password: secret.env('BMC_PASSWORD'), certificate: fingerprint }) as const
const bmc = ipmi.bmc('board', loginTo(rig))

resourceContract(api, {
  type: 'ipmi.bmc',
  factory: ipmi.bmc,
  base: loginTo(rig),
  options: {
    port: { port: 443 },
    certificate: { certificate: rig.fingerprint.toLowerCase() },
    system: { system: '1' },
    timeout: { timeout: '20s' },
    ignoreSensors: { ignoreSensors: ['FAN1'] },
  },
  there: true,
  volatile: ['power'],
  killAfter: [0, 100],
  secrets,
})

resourceContract(api, {
  type: 'ipmi.power',
  factory: ipmi.power,
  base: { on: bmc, state: 'on' },
  options: {
    off: { state: 'off' },
    restorePolicy: { restorePolicy: 'previous' },
    force: { force: true },
    shutdownTimeout: { shutdownTimeout: '1m' },
  },
  combined: false,
  there: true,
  outside: {
    snapshot: async () => [],
    async remove() {
      await rig.switch(false)
      rig.state.restorePolicy = 'AlwaysOff'
    },
  },
  killAfter: [0, 100],
  secrets,
})

resourceContract(api, {
  type: 'ipmi.bootDevice',
  factory: ipmi.bootDevice,
  base: { on: bmc, device: 'disk' },
  options: { device: { device: 'pxe' }, efi: { efi: true } },
  outside: {
    snapshot: async () => ({ ...rig.state.boot, mode: '' }),
    async remove() {
      rig.state.boot = { enabled: 'Disabled', target: 'None', mode: 'UEFI' }
    },
  },
  killAfter: [0, 100],
  secrets,
})

describe.each([
  ['accounts are made', rig],
  ['places are fixed', old],
])('where %s', (_, service) => {
  const on = ipmi.bmc('board', loginTo(service))
  resourceContract(api, {
    type: 'ipmi.user',
    factory: ipmi.user,
    base: { on, name: 'eve', password: secret.env('EVES_PASSWORD') },
    options: {
      privilege: { privilege: 'operator' },
      enabled: { enabled: false },
      password: { password: secret.env('OTHER') },
      allowOwn: { allowOwn: true },
      ...(service === rig ? { ipmi: { ipmi: false } } : {}),
    },
    replacement: service === rig ? { name: 'adam' } : { slot: 9 },
    outside: {
      snapshot: async () =>
        [...service.state.accounts.values()].flatMap(({ name, role }) => (name === '' ? [] : [[name, role]])),
      async remove() {
        const { address, user, password, fingerprint } = service
        const board = await connectBmc({ driver: 'redfish', address, user, password, certificate: fingerprint })
        for (const { id, name } of await board.users()) if (name === 'eve') await board.clearUser(id)
        await board.close()
      },
    },
    secrets,
    killAfter: [0, 100],
  })
})

resourceContract(api, {
  type: 'ipmi.lan',
  factory: ipmi.lan,
  base: { on: bmc, source: 'static', address: '10.0.0.5', mayDisconnect: true },
  options: {
    source: { source: 'dhcp', address: undefined },
    address: { address: '10.0.0.6' },
    netmask: { netmask: '255.255.254.0' },
    gateway: { gateway: '10.0.0.2' },
    vlan: { vlan: 7 },
    noVlan: { vlan: false },
  },
  combined: { netmask: '255.255.0.0', gateway: '10.0.1.1', vlan: 8 },
  there: true,
  outside: {
    async remove() {
      rig.state.lan = {
        dhcp: true,
        address: '192.0.2.10',
        netmask: '255.255.255.0',
        gateway: '192.0.2.1',
        vlan: undefined,
      }
    },
  },
  secrets,
  killAfter: [0, 100],
})

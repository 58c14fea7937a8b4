import { secret } from '@lares/core'
import { resourceContract } from '@lares/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { startBmc } from '../../../e2e/rig/bmc.ts'
import ipmi, { connectBmc } from '../src/index.ts'

const api = { describe, it, expect }
const rig = await startBmc()
afterAll(() => rig.remove())

const secrets = { BMC_PASSWORD: rig.password, EVES_PASSWORD: 'eves-own-secret' }
const login = { address: rig.address, user: rig.user, password: secret.env('BMC_PASSWORD') }
const bmc = ipmi.bmc('board', login)

resourceContract(api, {
  type: 'ipmi.bmc',
  factory: ipmi.bmc,
  base: login,
  options: {
    port: { port: 623 },
    cipherSuite: { cipherSuite: 3 },
    privilege: { privilege: 'operator' },
    timeout: { timeout: '5s' },
    ignoreSensors: { ignoreSensors: ['FAN1'] },
  },
  there: true,
  volatile: ['power'],
  killAfter: [0, 400],
  secrets,
})

resourceContract(api, {
  type: 'ipmi.power',
  factory: ipmi.power,
  base: { on: bmc, state: 'on' },
  options: {
    off: { state: 'off' },
    force: { force: true },
    shutdownTimeout: { shutdownTimeout: '1m' },
  },
  combined: false,
  there: true,
  outside: {
    snapshot: async () => [],
    remove: () => rig.switch(false),
  },
  killAfter: [0, 400],
  secrets,
})

const users = async () => {
  const board = await connectBmc({ address: rig.address, user: rig.user, password: rig.password })
  return (await board.users()).filter(({ name }) => name !== '')
}

resourceContract(api, {
  type: 'ipmi.user',
  factory: ipmi.user,
  base: { on: bmc, name: 'eve', password: secret.env('EVES_PASSWORD') },
  options: {
    privilege: { privilege: 'operator' },
    ipmi: { ipmi: false },
    link: { link: false },
    callIn: { callIn: false },
    enabled: { enabled: false },
    allowOwn: { allowOwn: true },
  },
  replacement: { slot: 9 },
  outside: {
    snapshot: users,
    async remove() {
      const board = await connectBmc({ address: rig.address, user: rig.user, password: rig.password })
      for (const { id, name } of await users()) if (name === 'eve') await board.clearUser(id)
    },
  },
  secrets,
  killAfter: [0, 400],
})

resourceContract(api, {
  type: 'ipmi.lan',
  factory: ipmi.lan,
  base: { on: bmc, source: 'static', address: '10.0.0.5', mayDisconnect: true },
  options: {
    source: { source: 'dhcp', address: undefined },
    address: { address: '10.0.0.6' },
    netmask: { netmask: '255.255.255.0' },
    gateway: { gateway: '10.0.0.1' },
    vlan: { vlan: 7 },
    noVlan: { vlan: false },
  },
  combined: { netmask: '255.255.0.0', gateway: '10.0.1.1', vlan: 8 },
  there: true,
  outside: {
    async remove() {
      const board = await connectBmc({ address: rig.address, user: rig.user, password: rig.password })
      await board.setLan({ source: 'dhcp', vlan: 'off' })
    },
  },
  secrets,
  killAfter: [0, 400],
})

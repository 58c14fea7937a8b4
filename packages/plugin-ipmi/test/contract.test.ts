import { secret } from '@lares/core'
import { resourceContract } from '@lares/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { startBmc } from '../../../e2e/rig/bmc.ts'
import ipmi from '../src/index.ts'

const api = { describe, it, expect }
const rig = await startBmc()
afterAll(() => rig.remove())

const secrets = { BMC_PASSWORD: rig.password }
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

import { definePlugin, defineProvider } from '@lares/core'
import { resourceContract } from '@lares/core/testing'
import { beforeEach, describe, expect, it, test } from 'vitest'
import { bmcOf, ipmitoolDriver } from '../../src/index.ts'
import { bootDevice as bootDeviceType } from '../../src/resources/boot-device.ts'
import { power as powerType } from '../../src/resources/power.ts'
import { sol as solType } from '../../src/resources/sol.ts'
import { standInBoard } from './board.ts'

const board = standInBoard()
const login = { address: '192.0.2.5', user: 'admin', password: 'open-sesame' }
const bmc = () => bmcOf(ipmitoolDriver(board.host, login))
const provider = defineProvider({ name: 'ipmi', fallback: () => ({}), connect: async () => bmc() })
const ipmi = definePlugin({
  name: 'ipmi',
  package: '@lares/plugin-ipmi',
  version: '0.0.0',
  resources: {
    bootDevice: { ...bootDeviceType, provider },
    power: { ...powerType, provider },
    sol: { ...solType, provider },
  },
})
const api = { describe, it, expect }
beforeEach(() => void board.reset())

test('cipher suite 17 where a board has it, and no other is tried', async () => {
  const one = bmc()
  await one.open()
  expect(one.cipherSuite()).toBe(17)
  board.state.suites = [3]
  const two = bmc()
  await two.open()
  expect(two.cipherSuite()).toBe(3)
  board.state.suites = [8]
  await expect(bmc().open()).rejects.toMatchObject({ code: 'no_cipher' })
})

test('a password is tested without a login, and goes by stdin', async () => {
  await bmc().setUser(5, { password: 'first' })
  expect(await bmc().testPassword(5, 'first')).toBe(true)
  expect(await bmc().testPassword(5, 'second')).toBe(false)
})

test('the boot device, once and for good', async () => {
  await bmc().setBootDevice({ device: 'pxe', persistent: false, efi: true })
  expect(await bmc().bootDevice()).toEqual({ device: 'pxe', persistent: false, efi: true })
  await bmc().setBootDevice({ device: 'bios', persistent: true, efi: false })
  expect(await bmc().bootDevice()).toEqual({ device: 'bios', persistent: true, efi: false })
})

test('fans by a profile of the vendor, and of no other', async () => {
  const { asked } = board
  // The stand-in has no such command: what is asked is what counts.
  await expect(bmc().setFanProfile('dell-automatic')).rejects.toMatchObject({ code: 'unsupported' })
  expect(asked.at(-1)).toBe('raw 0x30 0x30 0x1 0x1')
  await expect(bmc().setFanProfile('supermicro-full')).rejects.toMatchObject({ code: 'unsupported' })
  expect(asked.at(-1)).toBe('mc info')
})

resourceContract(api, {
  type: 'ipmi.bootDevice',
  factory: ipmi.bootDevice,
  base: { device: 'pxe' },
  options: { device: { device: 'disk' }, efi: { efi: true } },
  outside: {
    snapshot: async () => [(board.state.boot[0] & 0x40) === 0 ? 0 : board.state.boot[1]],
    remove: async () => void board.reset(),
  },
})

resourceContract(api, {
  type: 'ipmi.sol',
  factory: ipmi.sol,
  base: { enabled: false },
  options: {
    enabled: { enabled: true },
    privilege: { privilege: 'administrator' },
    bitRate: { bitRate: 57_600 },
  },
  there: true,
  outside: { remove: async () => void board.reset() },
})

resourceContract(api, {
  type: 'ipmi.power',
  factory: ipmi.power,
  base: { restorePolicy: 'always-on' },
  options: { previous: { restorePolicy: 'previous' } },
  there: true,
  outside: { remove: async () => void board.reset() },
})

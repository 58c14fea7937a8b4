import { secret } from '@lares/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RigBmc, startBmc } from '../../../../e2e/rig/bmc.ts'
import { type TestLab, testLab } from '../../../../e2e/test-lab.ts'
import ipmi, { connectBmc } from '../../src/index.ts'

let rig: RigBmc
let lab: TestLab
let bmc: ReturnType<typeof ipmi.bmc>
const events: string[] = []
beforeAll(async () => {
  rig = await startBmc()
  lab = testLab('ipmi', { BMC_PASSWORD: rig.password, OTHER: 'other-secret' }, (event) => {
    events.push(JSON.stringify(event))
  })
  bmc = ipmi.bmc('board', { address: rig.address, user: rig.user, password: secret.env('BMC_PASSWORD') })
  await lab.apply([bmc])
})
afterAll(() => rig.remove())

test('a machine that is to be on is switched on, and off again by a change', async () => {
  const on = [bmc, ipmi.power('power', { on: bmc, state: 'on' })]
  await lab.apply(on)
  expect(await rig.isOn()).toBe(true)
  await rig.switch(false)
  expect(await lab.rest(on)).toContain('state: "off" -> "on"')
  await lab.apply([bmc, ipmi.power('power', { on: bmc, state: 'off' })])
  expect(await rig.isOn()).toBe(false)
})

test('power that never changes fails the apply within its time, and what needs it waits; the next apply ends it', async () => {
  const on = ipmi.power('power', { on: bmc, state: 'on', shutdownTimeout: '3s' })
  const identity = ipmi.bootDevice('boot', { on: bmc, device: 'disk', dependsOn: [on] })
  await rig.mark('stuck', true)
  const { result, diagnostics } = await lab.attempt([bmc, on, identity])
  expect(result).toMatchObject({ failed: 1, skipped: 1 })
  expect(diagnostics).toMatchObject([{ code: 'power_unchanged', address: 'power' }])
  await rig.mark('stuck', false)
  await lab.apply([bmc, on])
  expect(await rig.isOn()).toBe(true)
})

test('a BMC that is reset in the middle of an apply is asked again when it is back', async () => {
  await rig.switch(false)
  await rig.mark('stuck', true)
  const asked = (await rig.told()).length
  const applied = lab.apply([bmc, ipmi.power('power', { on: bmc, state: 'on' })])
  await expect.poll(async () => (await rig.told()).slice(asked), { timeout: 60_000 }).toContain('set power 1')
  await rig.stop()
  await rig.mark('stuck', false)
  await rig.switch(true)
  await rig.start()
  await applied
  expect(await rig.isOn()).toBe(true)
})

test('a critical sensor is told with the plan, and in the status; one that is ignored is not', async () => {
  await rig.setSensor('cpu', 95)
  const board = await connectBmc({ address: rig.address, user: rig.user, password: rig.password })
  const cpu = async () => (await board.sensors()).find(({ name }) => name === 'CPU Temp')?.state
  await expect.poll(cpu, { timeout: 60_000 }).toBe('critical')
  const { diagnostics } = await lab.attempt([bmc])
  expect(diagnostics).toContainEqual(
    expect.objectContaining({
      code: 'sensor_critical',
      address: 'board',
      summary: 'CPU Temp is critical: 95 degrees C',
    }),
  )
  expect((await lab.status([bmc])).resources[0]?.health).toMatchObject({
    state: 'degraded',
    alerts: [{ source: 'CPU Temp', severity: 'critical', summary: 'critical: 95 degrees C' }],
  })
  const quiet = ipmi.bmc('board', {
    ...{ address: rig.address, user: rig.user, password: secret.env('BMC_PASSWORD') },
    ignoreSensors: ['CPU Temp'],
  })
  expect((await lab.attempt([quiet])).diagnostics).toEqual([])
  await rig.setSensor('cpu', 42)
  await expect.poll(cpu, { timeout: 60_000 }).toBe('ok')
})

test('what would cut off the lab is refused until it is wanted', async () => {
  const own = ipmi.user('own', { on: bmc, name: rig.user, privilege: 'user' })
  const anonymous = ipmi.user('anonymous', { on: bmc, name: 'nobody', slot: 1, password: secret.env('OTHER') })
  const network = ipmi.lan('network', { on: bmc, source: 'static', address: '10.0.0.77' })
  const { diagnostics } = await lab.attempt([bmc, own, anonymous, network])
  expect(diagnostics.map(({ code, address }) => [address, code]).sort()).toEqual([
    ['anonymous', 'own_login'],
    ['network', 'would_disconnect'],
    ['own', 'own_login'],
  ])
  const board = await connectBmc({ address: rig.address, user: rig.user, password: rig.password })
  expect(await board.user(2)).toMatchObject({ privilege: 'administrator' })
  expect(await board.user(1)).toMatchObject({ name: '' })
  expect((await board.lan()).address).not.toBe('10.0.0.77')
  expect(events.join('\n')).not.toMatch(/other-secret|open-sesame/)
})

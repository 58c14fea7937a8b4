import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import host from '../../src/index.ts'
import { type SystemdHost, startSystemdHost } from '../systemd-host.ts'

let sd: SystemdHost
beforeAll(async () => {
  sd = await startSystemdHost(9)
})
afterAll(() => sd?.stop())

const unit = (name: string, lines: string) => `printf '[Service]\\n${lines}\\n' > /etc/systemd/system/${name}.service`
const endless = 'ExecStart=/bin/sleep infinity'

test('services that run, were stopped, crashed, and keep crashing', async () => {
  const restarts = `${endless}\\nRestart=always\\nRestartSec=1h`
  await sd.shell(`${unit('steady', endless)}
    ${unit('stopped', endless)}
    ${unit('crashed', endless)}
    ${unit('again', restarts)}
    ${unit('once', 'Type=oneshot\\nExecStart=/bin/true')}
    systemctl daemon-reload`)
  const on = sd.machine()
  const service = (name: string, more: object = {}) => host.service(name, { on, ...more })
  const resources = [on, ...['steady', 'stopped', 'crashed', 'again'].map((name) => service(name))]
  const all = [...resources, service('once', { running: null })]
  const lab = testLab('health')
  await lab.apply(all)
  await sd.shell('systemctl stop stopped; systemctl kill -s KILL crashed again')
  await vi.waitFor(async () => expect((await lab.health(all)).again).toContain('auto-restart'), {
    ...{ timeout: 60_000, interval: 200 },
  })
  expect(await lab.health(all)).toEqual({
    sd9: 'present',
    steady: 'healthy: active (running)',
    stopped: 'down: inactive (dead)',
    crashed: 'down: failed (failed)',
    again: 'degraded: activating (auto-restart)',
    once: 'healthy: inactive (dead)',
  })
})

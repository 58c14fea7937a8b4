import { afterAll, expect, test } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import { startSystemdHost } from '../../../plugin-host/test/systemd-host.ts'
import netdata from '../../src/index.ts'
import { startQuickAgent } from '../quick-agent.ts'

const sd = await startSystemdHost(47)
afterAll(() => sd.stop())
await startQuickAgent(sd)
await sd.shell(`sed -i 's/python.d = no/python.d = yes/' /etc/netdata/netdata.conf
printf 'default_run: no\\n' > /etc/netdata/python.d.conf
systemctl restart netdata`)

test('on the agent of the packages, whose python.d had nothing to collect: it is restarted, and runs', async () => {
  await sd.shell('for i in $(seq 300); do pgrep -f [p]ython.d.plugin > /dev/null || exit 0; sleep .2; done; exit 1')
  const lab = testLab('home')
  const on = sd.machine()
  const lines = netdata.collector('lines', { on, module: 'example', settings: { num_lines: 2 } })
  await lab.apply([on, lines])
  expect(await sd.shell('stat -c "%a %U %G" /etc/netdata/python.d/example.conf')).toContain('640 root netdata')
  expect(await sd.shell('curl -fs http://127.0.0.1:19999/api/v1/chart?chart=example_lines.random')).toContain(
    'last_entry',
  )
  expect(await lab.rest([on, lines])).toBe('')
  await lab.destroy([on, lines])
  expect(await sd.shell('ls /etc/netdata/python.d; cat /etc/netdata/python.d.conf')).toBe('default_run: no')
})

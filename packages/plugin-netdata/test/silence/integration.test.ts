import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import { type SystemdHost, startSystemdHost } from '../../../plugin-host/test/systemd-host.ts'
import netdata from '../../src/index.ts'
import { startQuickAgent } from '../quick-agent.ts'

let sd: SystemdHost
let tower: ReturnType<SystemdHost['machine']>

beforeAll(async () => {
  sd = await startSystemdHost(46)
  tower = sd.machine()
  await startQuickAgent(sd)
})
afterAll(() => sd?.stop())
beforeEach(() => tell('cmd=RESET'))

const token = () => sd.shell('cat /var/lib/netdata/netdata.api.key')
const tell = async (query: string): Promise<string> =>
  await sd.shell(
    'curl -fsS -H "X-Auth-Token: $(cat /var/lib/netdata/netdata.api.key)" "http://127.0.0.1:19999/api/v1/manage/health?$1"',
    query,
  )
async function told(): Promise<{ type: string; all: boolean; silencers: object[] }> {
  return JSON.parse((await tell('cmd=LIST')).replace(/[^}]*$/, ''))
}
const loads = (more = {}) => netdata.silence('loads', { on: tower, alarm: 'load_*', ...more })

test('an alarm that is silenced stays so when the agent starts again; the token is told to nobody', async () => {
  const events: unknown[] = []
  const lab = testLab('home', {}, (event) => events.push(event))
  await lab.apply([loads()])
  await startQuickAgent(sd)
  const { alarms } = JSON.parse(await sd.shell("curl -fsS 'http://127.0.0.1:19999/api/v1/alarms?all'")) as {
    alarms: Record<string, { silenced: boolean }>
  }
  expect(alarms['system.load.load_average_15']).toMatchObject({ silenced: true, disabled: false })
  expect(alarms['system.load.load_cpu_number']).toMatchObject({ silenced: true })
  expect(await lab.rest([loads()])).toBe('')
  expect(JSON.stringify([events, await lab.store.read()])).not.toContain(await token())
  await lab.destroy([loads()])
  expect(await told()).toEqual({ all: false, type: 'None', silencers: [] })
})

test('what others silenced stays when ours goes', async () => {
  const lab = testLab('home')
  await tell('cmd=SILENCE&chart=a.*&context=b')
  await lab.apply([loads(), netdata.silence('disks', { on: tower, context: 'disk.*' })])
  await tell('cmd=SILENCE&alarm=theirs')
  await lab.destroy([loads(), netdata.silence('disks', { on: tower, context: 'disk.*' })])
  expect(await told()).toEqual({
    ...{ all: false, type: 'SILENCE' },
    silencers: expect.arrayContaining([{ chart: 'a.*', context: 'b' }, { alarm: 'theirs' }]),
  })
  expect((await told()).silencers).toHaveLength(2)
})

test('what a crash left to be brought back is brought back by the next run', async () => {
  const lab = testLab('home')
  const disks = netdata.silence('disks', { on: tower, context: 'disk.*' })
  await lab.apply([loads(), disks])
  await tell('cmd=RESET')
  const replay = {
    ...{ kind: 'silence', all: false },
    selectors: [{ context: 'disk.*' }, { alarm: 'theirs' }],
    removed: [{ alarm: 'load_*' }],
  }
  const path = '/var/lib/netdata/health.silencers.lares.json'
  await sd.shell('printf %s "$1" > $2', JSON.stringify(replay), path)
  expect(await lab.rest([disks])).toMatch(/finished: false -> true/)
  await lab.apply([disks])
  expect((await told()).silencers).toEqual(expect.arrayContaining([{ context: 'disk.*' }, { alarm: 'theirs' }]))
  expect((await told()).silencers).toHaveLength(2)
  expect(await sd.shell(`ls ${path} 2> /dev/null || :`)).toBe('')
  expect(await lab.rest([disks])).toBe('')
})

test('one agent silences or disables: who would do the other to what others silenced is told', async () => {
  const lab = testLab('home')
  await tell('cmd=SILENCE&alarm=theirs')
  expect((await lab.attempt([loads({ disable: true })])).diagnostics).toMatchObject([{ code: 'mixed_silences' }])
  expect(await told()).toMatchObject({ type: 'SILENCE', silencers: [{ alarm: 'theirs' }] })
  await tell('cmd=RESET')
  await lab.apply([loads({ disable: true })])
  expect(await told()).toMatchObject({ type: 'DISABLE' })
  await tell('cmd=SILENCE&alarm=load_*')
  expect(await lab.rest([loads({ disable: true })])).toMatch(/disable: false -> true/)
})

test('what others made and could not be brought back keeps all from being forgotten', async () => {
  const lab = testLab('home')
  await lab.apply([loads()])
  await tell('cmd=SILENCE&template=theirs')
  await expect(lab.destroy([loads()])).rejects.toThrow(/can't be brought back/)
  expect((await told()).silencers).toEqual([{}, { alarm: 'load_*' }])
})

test('what the agent would take for something else is refused', async () => {
  await expect(testLab('home').plan([loads({ alarm: 'a&cmd=RESET' })])).rejects.toThrow(/Expected one line/)
  await expect(testLab('home').plan([loads({ alarm: undefined })])).rejects.toThrow(/either patterns/)
})

test('a silence of an agent that does not run is known, and is taken out of its file', async () => {
  const lab = testLab('home')
  const disks = netdata.silence('disks', { on: tower, context: 'disk.*' })
  await lab.apply([loads(), disks])
  await sd.shell('systemctl stop netdata')
  expect(await lab.rest([loads(), disks])).toBe('')
  await lab.apply([disks])
  const { diagnostics } = await lab.attempt([loads(), disks])
  expect(diagnostics).toMatchObject([{ summary: expect.stringContaining('Netdata does not run') }])
  await startQuickAgent(sd)
  // An agent of 1.37.1 reads each twice when it starts.
  expect(new Set((await told()).silencers.map((one) => JSON.stringify(one)))).toEqual(new Set(['{"context":"disk.*"}']))
  await sd.shell('systemctl stop netdata')
  await lab.destroy([disks])
  await startQuickAgent(sd)
  expect(await told()).toEqual({ all: false, type: 'None', silencers: [] })
})

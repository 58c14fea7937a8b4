import { describe, expect, it } from 'vitest'
import { parseVersion } from '../version.ts'
import { formatIni, parseIni } from './ini.ts'
import { type AgentOptions, netdataConf, whatIsTooOld } from './netdata-conf.ts'

const version = (text: string) => parseVersion(text)!
const DAY = 86_400
const GIB = 1024 ** 3

const all: AgentOptions = {
  hostname: 'tower',
  bind: ['127.0.0.1', '10.0.0.5'],
  port: 19_999,
  allowFrom: ['localhost', '10.*'],
  updateEvery: 2,
  database: {
    mode: 'dbengine',
    tiers: [
      { size: 2 * GIB, time: 14 * DAY },
      { size: GIB, time: 90 * DAY },
      { size: 0, time: 1.5 * DAY },
    ],
    pageCache: 64 * 1024 ** 2,
  },
  plugins: { 'go.d': true, 'python.d': false },
  health: { enabled: true, alarms: ['!ram*', '*'], every: 5 },
  registry: { serve: false, announce: 'https://registry.lan' },
  machineLearning: false,
  settings: { web: { 'web server threads': '2' }, 'plugin:proc': { 'netdata server resources': 'no' } },
}

describe('netdata.conf', () => {
  // The step before 1.46 is what the agent of the tests runs with; of those after it, the names are those of Netdata's own documents.
  it.each(['1.37.1', '1.45.6', '1.46.0', '1.47.5', '2.0.0', '2.5.3', '2.11.0'])('is written for %s', async (text) => {
    const step = text.replace(/\.\d+$/, '')
    const conf = formatIni(netdataConf(all, version(text)))
    await expect(conf).toMatchFileSnapshot(`../../../test/golden/netdata-${step}.conf`)
    expect(parseIni(conf)).toEqual({ sections: netdataConf(all, version(text)), ignored: [] })
  })

  it('says nothing of what is left to the agent', () => {
    const least = netdataConf({ bind: ['127.0.0.1'], port: 19_999 }, version('2.5.0'))
    expect(least).toEqual({ web: { 'bind to': '127.0.0.1', 'default port': '19999' } })
  })

  it('has an agent without an API', () => {
    expect(netdataConf({ bind: [], port: 19_999 }, version('1.37.1')).web).toEqual({
      mode: 'none',
      'default port': '19999',
    })
  })

  it('tells what an agent is too old for', () => {
    expect(whatIsTooOld(all, version('1.45.6'))).toEqual([
      { path: ['database', 'tiers', 0, 'time'], needs: '1.46.0' },
      { path: ['database', 'tiers', 1, 'time'], needs: '1.46.0' },
      { path: ['database', 'tiers', 2, 'time'], needs: '1.46.0' },
      { path: ['database', 'tiers', 2, 'size'], needs: '1.46.0' },
    ])
    expect(whatIsTooOld(all, version('1.46.0'))).toEqual([])
    expect(whatIsTooOld({ bind: [], port: 1 }, version('1.36.1'))).toEqual([{ path: [], needs: '1.37.0' }])
  })
})

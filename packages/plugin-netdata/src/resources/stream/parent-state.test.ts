import type { Host } from '@lares/transport'
import { expect, it } from 'vitest'
import type { NetdataAgent, StreamState } from '../../client/index.ts'
import { attributesOf } from './parent-state.ts'

const text = '# lares: home/central\n[0f5b6a1e-37c9-4d0b-9d52-7a1f0c3b2e4d]\n    type = api\n    enabled = yes\n'
const state = { agent: { guid: 'guid' }, text, running: true, leaving: '' } as StreamState
const onHost = (address: string) =>
  ({
    host: { ask: async () => ({ stdout: `${address}\n` }) } as unknown as Host,
    place: { port: 19_999 },
  }) as NetdataAgent

it.each([
  ['10.0.0.5', undefined, '10.0.0.5:19999'],
  ['10.0.0.5', 'tower.lan', 'tower.lan:19999'],
  ['fd00::5', undefined, '[fd00::5]:19999'],
  ['', undefined, 'localhost:19999'],
])('on a host with the address "%s", reached under %s, children reach it at %s', async (own, address, expected) => {
  const from = { address, former: undefined }
  const found = await attributesOf(onHost(own), state, 'home/central', from, AbortSignal.timeout(1000))
  expect(found?.stream.destinations).toEqual([expected])
})

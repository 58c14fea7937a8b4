import type { Host } from '@lares/transport'
import { afterAll, expect, test } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import { startAgent } from '../agents.ts'
import { pluginOn } from '../on-agent.ts'

const agent = await startAgent()
afterAll(() => agent.stop())

/** A host on which something is done before a method is called. */
const before = <N extends 'spawn' | 'writeFile'>(method: N, act: (words: Parameters<Host[N]>) => unknown) => ({
  host: (host: Host): Host =>
    new Proxy(host, {
      get(target, name) {
        const its: unknown = Reflect.get(target, name)
        if (name !== method || typeof its !== 'function') return its
        return async (...words: Parameters<Host[N]>) => {
          await act(words)
          return its.apply(target, words)
        }
      },
    }),
})

async function told(): Promise<object[]> {
  const headers = { 'X-Auth-Token': agent.key }
  const answer = await fetch(`${agent.url}/api/v1/manage/health?cmd=LIST`, { headers })
  return (JSON.parse((await answer.text()).replace(/[^}]*$/, '')) as { silencers: object[] }).silencers
}

test('while one run has the agent forget what it wrote down, another waits, and neither loses what the other told it', async () => {
  const [written, goOn, asked] = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
  ]
  const slow = pluginOn(
    agent,
    before('writeFile', async ([path]) => {
      if (!path.endsWith('/health.silencers.lares.json')) return
      written.resolve()
      await goOn.promise
    }),
  )
  const other = pluginOn(
    agent,
    before('spawn', () => asked.resolve()),
  )
  const [one, two] = [testLab('home'), testLab('cabin')]
  const mine = [slow.silence('mine', { alarm: 'mine_*' })]
  await one.apply(mine)
  const leaving = one.destroy(mine)
  await written.promise
  const coming = two.apply([other.silence('theirs', { alarm: 'theirs_*' })])
  // It waits for its turn; if it did not, it would be done.
  await Promise.race([coming, asked.promise])
  goOn.resolve()
  await Promise.all([leaving, coming])
  expect(await told()).toEqual([{ alarm: 'theirs_*' }])
})

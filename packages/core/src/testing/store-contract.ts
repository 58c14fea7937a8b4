import { LaresError } from '../diagnostics.ts'
import { type JournalEntry, type ResourceRecord, STATE_VERSION, type State, type StateStore } from '../state.ts'

/** The parts of vitest, or of a runner like it, that a contract suite needs. */
export interface TestApi {
  describe(name: string, body: () => void): void
  it(name: string, body: () => Promise<void>): void
  expect(value: unknown): { toEqual(expected: unknown): void; toBe(expected: unknown): void }
}

/** A store with nothing in it yet. */
export interface StoreUnderTest {
  /** Keeps the state of the lab "home". */
  store: StateStore
  /** The same state, as another process sees it at the same time. */
  other(): StateStore
  /** The same state, as the next process finds it after this one was killed. */
  reopen(): StateStore | Promise<StateStore>
}

/** A record of a resource `test.thing`, for tests of stores and engines. */
export const recordOf = (identity: string, more: Partial<ResourceRecord> = {}): ResourceRecord => ({
  type: 'test.thing',
  plugin: '@lares/plugin-test',
  version: 1,
  identity,
  dependencies: [],
  inputs: { name: identity },
  attributes: { name: identity },
  ...more,
})

const begin = (address: string): JournalEntry => ({
  op: 'begin',
  address,
  record: recordOf(address, { pending: 'create', absent: true }),
})
const end = (address: string, more: Partial<ResourceRecord> = {}): JournalEntry => ({
  op: 'end',
  address,
  record: recordOf(address, more),
})
const gone = (address: string): JournalEntry => ({ op: 'end', address, record: null })

/**
 * What every state store must do. Call it in a test file, with vitest's own functions:
 * `storeContract('my store', makeStore, { describe, it, expect })`.
 */
export function storeContract(
  name: string,
  makeStore: () => StoreUnderTest | Promise<StoreUnderTest>,
  { describe, it, expect }: TestApi,
): void {
  const code = async (promise: Promise<unknown>): Promise<string> => {
    try {
      await promise
      return 'no error'
    } catch (error) {
      return error instanceof LaresError ? error.code : String(error)
    }
  }
  const run = async (store: StateStore, ...entries: JournalEntry[]): Promise<State> => {
    const session = await store.open('apply')
    await session.append(...entries)
    await session.close()
    return store.read()
  }

  describe(`${name} keeps the store contract`, () => {
    it('begins empty, and reading it records nothing', async () => {
      const { store, other } = await makeStore()
      const empty = {
        version: STATE_VERSION,
        lab: 'home',
        lineage: '',
        serial: 0,
        resources: {},
        kept: {},
        stopped: {},
        outputs: {},
      }
      expect(await store.read()).toEqual(empty)
      expect(await other().read()).toEqual(empty)
      expect(await store.history()).toEqual([])
    })

    it('shows what was appended in the session, to readers, and after the end', async () => {
      const { store, other } = await makeStore()
      const session = await store.open('apply')
      await session.append(begin('web'))
      expect(session.state.resources).toEqual({ web: recordOf('web', { pending: 'create', absent: true }) })
      expect(await other().read()).toEqual(session.state)
      await session.append(end('web'), end('db', { dependencies: ['web'] }))
      await session.append({ op: 'outputs', outputs: { url: 'http://web/' } })
      const { state } = session
      expect(state.resources).toEqual({ web: recordOf('web'), db: recordOf('db', { dependencies: ['web'] }) })
      expect(await other().read()).toEqual(state)
      await session.close()
      expect(await store.read()).toEqual(state)
      expect(await other().read()).toEqual(state)
      expect(state.outputs).toEqual({ url: 'http://web/' })
    })

    it('moves records to the kept ones, and drops them', async () => {
      const { store } = await makeStore()
      await run(store, end('disk'), end('web'))
      const kept = await run(store, { op: 'keep', address: 'disk', record: recordOf('disk') }, gone('web'))
      expect([kept.resources, kept.kept]).toEqual([{}, { disk: recordOf('disk') }])
      expect((await run(store, { op: 'keep', address: 'disk', record: null })).kept).toEqual({})
    })

    it('counts a serial for each run that changed something, and only for those', async () => {
      const { store } = await makeStore()
      const first = await run(store, begin('a'), end('a'))
      expect(first.serial).toBe(1)
      expect(first.lineage === '').toBe(false)
      expect(await run(store)).toEqual(first)
      expect((await store.history()).length).toBe(0)
      const second = await run(store, end('a', { identity: 'other' }))
      expect([second.serial, second.lineage]).toEqual([2, first.lineage])
    })

    it('orders appends that nobody waited for', async () => {
      const { store, other } = await makeStore()
      const session = await store.open('apply')
      const appends = Array.from({ length: 200 }, (_, i) =>
        session.append(end('counter', { version: i }), end(`thing-${i % 20}`, { version: i })),
      )
      await Promise.all(appends)
      expect(session.state.resources['counter']?.version).toBe(199)
      expect(Object.keys(session.state.resources).length).toBe(21)
      expect(await other().read()).toEqual(session.state)
      await session.close()
      expect((await store.read()).resources['counter']?.version).toBe(199)
    })

    it('records values as they were when they were appended', async () => {
      const { store, other } = await makeStore()
      const session = await store.open('apply')
      const record = recordOf('web')
      await session.append({ op: 'end', address: 'web', record })
      record.attributes['name'] = 'changed'
      expect((await other().read()).resources['web']).toEqual(recordOf('web'))
      await session.close()
    })

    it('belongs to one run at a time', async () => {
      const { store, other } = await makeStore()
      const session = await store.open('apply')
      let message = ''
      const refused = other().open('destroy')
      await refused.catch((error: Error) => {
        message = error.message
      })
      expect(await code(refused)).toBe('state_locked')
      expect(message.includes('apply') && message.includes(String(process.pid))).toBe(true)
      expect(await code(other().restore(1))).toBe('state_locked')
      await session.close()
      await (await other().open('destroy')).close()
    })

    it('refuses to record after its end, and can be closed twice', async () => {
      const { store, other } = await makeStore()
      const session = await store.open('apply')
      await session.append(end('a'))
      await Promise.all([session.close(), session.close()])
      const next = await other().open('apply')
      await session.close()
      expect(await code(session.append(end('b')))).toBe('state_closed')
      expect(await code(store.open('apply'))).toBe('state_locked')
      await next.close()
      expect(Object.keys((await store.read()).resources)).toEqual(['a'])
    })

    it('forgets nothing that was acknowledged when the process is killed', async () => {
      const { store, reopen } = await makeStore()
      await run(store, end('old'))
      const session = await store.open('apply')
      await session.append(begin('a'))
      await session.append(end('a'), begin('b'))
      const next = await reopen()
      const expected = {
        old: recordOf('old'),
        a: recordOf('a'),
        b: recordOf('b', { pending: 'create', absent: true }),
      }
      expect([(await next.read()).serial, (await next.read()).resources]).toEqual([2, expected])
      const resumed = await next.open('apply')
      expect([resumed.state.serial, resumed.state.resources]).toEqual([2, expected])
      await resumed.append(end('b'))
      await resumed.close()
      const last = await next.read()
      expect([last.serial, last.resources['b']]).toEqual([3, recordOf('b')])
      await session.close().catch(() => {})
      expect(await next.read()).toEqual(last)
    })

    it('lists former versions and brings one back as a new one', async () => {
      const { store } = await makeStore()
      const first = await run(store, end('a'))
      const second = await run(store, end('b'), end('c'))
      await run(store, gone('a'), gone('b'), gone('c'))
      const listed = await store.history()
      expect(listed.map(({ serial, resources }) => [serial, resources])).toEqual([
        [1, 1],
        [2, 3],
      ])
      expect(listed.every(({ at }) => Math.abs(Date.parse(at) - Date.now()) < 60_000)).toBe(true)
      expect(await store.restore(2)).toEqual({ ...second, serial: 4 })
      expect(await store.read()).toEqual({ ...second, serial: 4 })
      expect(await store.restore(1)).toEqual({ ...first, serial: 5 })
      expect((await store.history()).map(({ serial }) => serial)).toEqual([1, 2, 3, 4])
      expect(await code(store.restore(77))).toBe('state_version_unknown')
      expect(await store.read()).toEqual({ ...first, serial: 5 })
    })

    it('has its lock broken only by the name of its holder', async () => {
      const { store, other } = await makeStore()
      expect(await code(store.unlock('none'))).toBe('state_not_locked')
      const session = await store.open('apply')
      await session.append(end('a'))
      expect(await code(store.unlock('none'))).toBe('state_locked')
      let advice = ''
      await other()
        .open('destroy')
        .catch((error: LaresError) => {
          advice = error.diagnostics[0]?.advice ?? ''
        })
      await store.unlock(/unlock ([\w-]+)/.exec(advice)?.[1] ?? '')
      const next = await other().open('destroy')
      expect(next.state.resources).toEqual({ a: recordOf('a') })
      expect(await code(session.close())).toBe('state_lock_lost')
      await next.append(gone('a'))
      await next.close()
      expect((await store.read()).resources).toEqual({})
    })
  })
}

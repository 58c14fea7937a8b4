import { describe, expect, it } from 'vitest'
import { Crash, memoryStore } from './store.ts'
import { recordOf, storeContract } from './store-contract.ts'

storeContract(
  'memoryStore',
  () => {
    const store = memoryStore('home')
    return { store, other: () => store, reopen: () => store.reopen() }
  },
  { describe, it, expect },
)

describe('memoryStore', () => {
  const end = (address: string) => ({ op: 'end', address, record: recordOf(address) }) as const

  it.each([
    [false, ['a', 'b']],
    [true, ['a', 'b', 'c']],
  ])('crashes at an append, which is recorded: %s', async (recorded, expected) => {
    const store = memoryStore('home')
    const session = await store.open('apply')
    store.crashAfter(2, { recorded })
    await session.append(end('a'))
    await session.append(end('b'))
    expect(store.crashed).toBe(false)
    await expect(session.append(end('c'))).rejects.toThrow(Crash)
    expect(store.crashed).toBe(true)
    await expect(session.append(end('d'))).rejects.toThrow(Crash)
    await expect(session.close()).rejects.toThrow(Crash)
    await expect(store.read()).rejects.toThrow(Crash)
    const next = store.reopen()
    expect(Object.keys((await next.read()).resources)).toEqual(expected)
    await (await next.open('apply')).close()
  })

  it('can hang instead, as a process that is gone does', async () => {
    const store = memoryStore('home')
    const session = await store.open('apply')
    store.crashAfter(0, { hang: true })
    const settled = await Promise.race([
      session.append(end('a')).then(
        () => 'settled',
        () => 'settled',
      ),
      new Promise((resolve) => setTimeout(resolve, 50, 'hangs')),
    ])
    expect(settled).toBe('hangs')
    expect((await store.reopen().read()).resources).toEqual({})
  })

  it('lists everything that was recorded, over crashes', async () => {
    const store = memoryStore('home')
    const session = await store.open('apply')
    store.crashAfter(1)
    await session.append(end('a'))
    await session.append(end('b')).catch(() => {})
    const next = store.reopen()
    const resumed = await next.open('apply')
    await resumed.append(end('b'))
    expect(next.journal).toEqual([end('a'), end('b')])
  })
})

const last = new Map<string, Promise<unknown>>()

/**
 * One after the other, for all who give the same key: a BMC has few sessions, and a slow processor. Who is aborted while
 * waiting gives up its turn.
 */
export async function inTurn<T>(key: string, signal: AbortSignal | undefined, act: () => Promise<T>): Promise<T> {
  const before = last.get(key)
  const turn = (async () => {
    await before?.catch(() => {})
    signal?.throwIfAborted()
    return await act()
  })()
  last.set(key, turn)
  try {
    return await turn
  } finally {
    if (last.get(key) === turn) last.delete(key)
  }
}

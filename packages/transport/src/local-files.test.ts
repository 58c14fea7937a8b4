import { expect, test } from 'vitest'
import { localHost } from './local-host.ts'

test('a read that is given up while its file is being opened rejects, and nothing else', async () => {
  const host = localHost()
  for (let round = 0; round < 50; round++) {
    const control = new AbortController()
    const reading = host.readFile('/proc/self/status', { signal: control.signal })
    control.abort()
    await expect(reading).rejects.toMatchObject({ code: 'aborted' })
  }
})

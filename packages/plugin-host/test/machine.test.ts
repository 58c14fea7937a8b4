import { expect, test } from 'vitest'
import host from '../src/index.ts'
import { testLab } from './lab.ts'

test('a machine whose address is in a variable that is not set is refused, not taken for this one', async () => {
  const tower = host.machine('tower', { address: process.env.LARES_NOT_SET as string, user: 'root' })
  const motd = host.file('motd', { on: tower, path: '/etc/motd', content: 'hello\n' })
  await expect(testLab().plan([tower, motd])).rejects.toMatchObject({
    diagnostics: [{ code: 'invalid_input', address: 'tower', path: 'address' }],
  })
})

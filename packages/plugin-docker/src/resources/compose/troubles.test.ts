import { isRetryable, LaresError, problem } from '@lares/core'
import { expect, test } from 'vitest'
import { DockerError } from '../../client/index.ts'
import { createTroubles } from './troubles.ts'

const owner = { lab: 'home', address: 'cloud' }
const lost = new DockerError('unreachable', 'start container web: no engine answers', { retryable: true })
const refused = new DockerError('invalid', 'create container db: no such runtime')

async function thrownAfter(...failures: Error[]): Promise<LaresError> {
  const troubles = createTroubles(owner, new AbortController().signal)
  for (const failure of failures) await troubles.watch('web', () => Promise.reject(failure))
  troubles.skip('proxy', 'web')
  try {
    return troubles.throw()
  } catch (error) {
    return error as LaresError
  }
}

test('a project is tried again when all that failed may be, whatever had to wait for it', async () => {
  expect(isRetryable(await thrownAfter(lost, lost))).toBe(true)
  expect(isRetryable(await thrownAfter(lost, refused))).toBe(false)
  expect(isRetryable(await thrownAfter())).toBe(false)
  const inner = new LaresError([problem({ code: 'unreachable', summary: 'gone' })], { retryable: true })
  expect(isRetryable(await thrownAfter(inner))).toBe(true)
})

test('what caused it is kept', async () => {
  expect((await thrownAfter(refused)).cause).toBe(refused)
  expect((await thrownAfter(lost, refused)).cause).toMatchObject({ errors: [lost, refused] })
})

test('what is known by its name is called by it', async () => {
  const [known, other] = ['a', 'b'].map((letter) => letter.repeat(64)) as [string, string]
  const names = new Map([[known.slice(0, 12), 'cloud-web-1']])
  const troubles = createTroubles(owner, new AbortController().signal, names)
  await troubles.watch('web', () =>
    Promise.reject(new DockerError('conflict', `stop container ${known}: not ${other}`)),
  )
  expect(() => troubles.throw()).toThrow('stop container cloud-web-1: not bbbbbbbbbbbb')
})

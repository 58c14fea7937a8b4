import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { lateStream } from './late-stream.ts'

test('all that was said arrives, though the other side is gone before it is read', async () => {
  const inner = new PassThrough()
  const stream = lateStream(Promise.resolve(inner))
  stream.on('error', () => {})
  await new Promise((done) => stream.write('a question', done))
  inner.end(' and its answer')
  inner.read(0)
  stream.end()
  const closed = once(inner, 'close')
  stream.read(0)
  await closed
  expect(await text(stream)).toBe('a question and its answer')
})

test('a stream that breaks off ends with its error', async () => {
  const inner = new PassThrough()
  const stream = lateStream(Promise.resolve(inner))
  const end = finished(stream)
  setImmediate(() => inner.destroy(new Error('gone')))
  await expect(end).rejects.toThrow('gone')
})

test('one that is closed without an end is no end either', async () => {
  const inner = new PassThrough()
  const stream = lateStream(Promise.resolve(inner))
  const end = finished(stream)
  setImmediate(() => inner.destroy())
  await expect(end).rejects.toThrow('Premature close')
})

test('what is written to a side that has ended is dropped, and what it said before is not', async () => {
  const server = createServer((socket) => void socket.resume().end('an answer')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const inner = connect((server.address() as { port: number }).port, '127.0.0.1')
  const stream = lateStream(Promise.resolve(inner))
  await new Promise((done) => stream.write('a question', done))
  await once(inner, 'end')
  await new Promise<void>((done, failed) => stream.write('more', (error) => (error ? failed(error) : done())))
  expect(await text(stream)).toBe('an answer')
  server.close()
})

import { expect, test } from 'vitest'
import { followProgress, jsonLines, outputChunks } from './streams.ts'

const frame = (source: 1 | 2, text: string) => {
  const header = Buffer.alloc(8)
  header[0] = source
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

async function* pieces(whole: Buffer, size: number) {
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size)
}

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const value of values) collected.push(value)
  return collected
}

test.each([1, 3, 7, 8, 9, 1000])('output is taken apart wherever it is cut: every %i bytes', async (size) => {
  const whole = Buffer.concat([frame(1, 'größe\n'), frame(2, 'oh'), frame(1, ''), frame(1, 'end')])
  const chunks = await collect(outputChunks(pieces(whole, size), false))
  expect(chunks.map(({ source, data }) => [source, data.toString()])).toEqual([
    ['stdout', 'größe\n'],
    ['stderr', 'oh'],
    ['stdout', ''],
    ['stdout', 'end'],
  ])
})

test.each([1, 5, 1000])('lines of JSON are parsed wherever they are cut: every %i bytes', async (size) => {
  const whole = Buffer.from('{"status":"größer"}\r\n\r\n{"status":"b"}\n{"status":"no newline"}')
  const lines = await collect(jsonLines<{ status: string }>(pieces(whole, size)))
  expect(lines.map(({ status }) => status)).toEqual(['größer', 'b', 'no newline'])
})

test('a failure that comes as a line is thrown with its code', async () => {
  const stream = pieces(
    Buffer.from('{"status":"a"}\n{"errorDetail":{"message":"x"},"error":"write: no space left on device"}\n'),
    10,
  )
  await expect(followProgress('pull nginx', stream, () => {})).rejects.toMatchObject({
    code: 'no_space',
    message: 'pull nginx: write: no space left on device',
  })
})

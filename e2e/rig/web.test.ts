import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { asked, misbehaving, rig } from './rig.ts'

const image = () => rig().libvirt.images.tiny
const token = () => randomBytes(6).toString('hex')
const get = async (url: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) })
  return { status: response.status, response }
}
const bytes = async (response: Response) => Buffer.from(await response.arrayBuffer())
const digest = (content: Buffer) => createHash('sha256').update(content).digest('hex')

test('images are served with their checksums', async () => {
  const { response } = await get(image().url)
  expect(digest(await bytes(response))).toBe(image().sha256)
  const sums = await (await get(image().url.replace(/[^/]+$/, 'SHA256SUMS'))).response.text()
  expect(sums).toContain(`${image().sha256}  tiny.qcow2\n`)
  expect((await get(image().url.replace('tiny', 'none'))).status).toBe(404)
})

describe('what it can do wrong', () => {
  test('it ends half-way, and a range brings the rest', async () => {
    const [name, whole] = [token(), await bytes((await get(image().url)).response)]
    const url = misbehaving(image().url, 'cut-off', name)
    const { response } = await get(url)
    const parts: Uint8Array[] = []
    await expect(async () => {
      for await (const part of response.body!) parts.push(part)
    }).rejects.toThrow(/terminated/)
    const half = Buffer.concat(parts)
    expect(half.length).toBeGreaterThan(0)
    expect(half.length).toBeLessThan(whole.length)
    const rest = await get(url, { range: `bytes=${half.length}-` })
    expect(rest.status).toBe(206)
    expect(digest(Buffer.concat([half, await bytes(rest.response)]))).toBe(image().sha256)
    expect(await asked(name)).toMatchObject([
      { range: null, status: 200 },
      { range: `bytes=${half.length}-`, status: 206, sent: whole.length - half.length },
    ])
  })

  test('a byte is another one, the length is the same', async () => {
    const wrong = await bytes((await get(misbehaving(image().url, 'wrong', token()))).response)
    expect(wrong.length).toBe((await bytes((await get(image().url)).response)).length)
    expect(digest(wrong)).not.toBe(image().sha256)
  })

  test('it ignores ranges, is away at first, or slow', async () => {
    expect((await get(misbehaving(image().url, 'no-range', token()), { range: 'bytes=5-9' })).status).toBe(200)
    const away = misbehaving(image().url, 'unavailable', token())
    expect((await get(away)).status).toBe(503)
    expect((await get(away)).status).toBe(200)
    const name = token()
    const leaving = fetch(misbehaving(image().url, 'slow', name), { signal: AbortSignal.timeout(1_000) }).then(bytes)
    await expect(leaving).rejects.toThrow(/timeout/)
    const sent = (await asked(name)).map((request) => request.sent)
    expect(sent).toEqual([expect.any(Number)])
    expect(sent[0]).toBeLessThan(2_000_000)
  })
})

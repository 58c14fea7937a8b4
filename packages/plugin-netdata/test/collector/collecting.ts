import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Agent, startAgent } from '../agents.ts'

/** A real agent whose python.d runs one job of somebody else, so that it stays. */
export async function startCollecting(): Promise<Agent> {
  const agent = await startAgent({
    config: { plugins: { 'python.d': 'yes' } },
    prepare: (etc: string) => {
      mkdirSync(`${etc}/python.d`)
      writeFileSync(`${etc}/python.d.conf`, '# By hand.\ndefault_run: no\nexample: yes\n')
      writeFileSync(`${etc}/python.d/example.conf`, 'theirs:\n  num_lines: 2\n')
    },
  })
  return agent
}

/** A program that tells of itself as those in Go do, for the module go_expvar. */
export async function startProgram(user?: string) {
  const memory = { Mallocs: 2, Frees: 1, PauseNs: [1, 0], HeapAlloc: 4096, HeapInuse: 1, StackInuse: 1, MSpanInuse: 1 }
  const server = createServer((request, response) => {
    const expected = user && `Basic ${Buffer.from(user).toString('base64')}`
    if (expected && request.headers.authorization !== expected) response.writeHead(401).end()
    else response.end(JSON.stringify({ memstats: { ...memory, MCacheInuse: 1, Sys: 1 } }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/debug/vars`, close: () => server.close() }
}

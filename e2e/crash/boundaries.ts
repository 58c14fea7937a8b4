// Loaded into a `lares` process (node --import): tells every boundary that it crosses, and kills it at one of them.
//   CRASH_TRACE  the file that gets the boundaries, one on each line
//   CRASH_AT     the boundary to die at; none when absent
import { subscribe } from 'node:diagnostics_channel'
import { openSync, writeSync } from 'node:fs'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { relative, resolve } from 'node:path'
import { interceptFiles } from '../../packages/core/test/file-faults.ts'

const folder = resolve('.lares')
const trace = openSync(process.env.CRASH_TRACE!, 'a')
const target = process.env.CRASH_AT
const counts = new Map<string, number>()

/** Names one call: what kind it is, and the how many-th of its kind. */
function number(kind: string): string {
  const count = (counts.get(kind) ?? 0) + 1
  counts.set(kind, count)
  return `${kind} #${count}`
}

function cross(boundary: string): void {
  writeSync(trace, `${boundary}\n`)
  if (boundary === target) process.kill(process.pid, 'SIGKILL')
}

/** Names that are made up for one run are all the same to a boundary. */
const role = (file: string): string =>
  file.replace(/[0-9a-f]{12,}/g, '{id}').replace(/\d+\.json$/, '{serial}.json') || '.'

await interceptFiles(async ({ name, file, proceed, half }) => {
  const path = relative(folder, resolve(file))
  if (path.startsWith('..')) return await proceed()
  const call = number(`${name} ${role(path)}`)
  cross(`${call} before`)
  if (target === `${call} half`) await half()
  if (name === 'write' || name === 'writeFile') cross(`${call} half`)
  const result = await proceed()
  cross(`${call} after`)
  return result
})

/** `/v1.41/containers/4f2a…/start?t=3` as `/containers/{}/start`. */
function route(path: string): string {
  const [plain = ''] = path.replace(/^\/v[\d.]+/, '').split('?')
  return plain.replace(/^(\/[a-z]+)\/(?!(?:json|create)$).+?(\/[a-z]+)?$/, '$1/{}$2')
}

const requests = new WeakMap<ClientRequest, string>()

subscribe('http.client.request.created', (message) => {
  const { request } = message as { request: ClientRequest }
  const call = number(`${request.method} ${route(request.path)}`)
  requests.set(request, call)
  cross(`${call} before`)
  if (request.method !== 'GET') request.once('finish', () => cross(`${call} sent`))
})

subscribe('http.client.response.finish', (message) => {
  const { request, response } = message as { request: ClientRequest; response: IncomingMessage }
  const call = requests.get(request)!
  cross(`${call} after`)
  if (call.startsWith('POST /images/create')) response.once('end', () => cross(`${call} end`))
})

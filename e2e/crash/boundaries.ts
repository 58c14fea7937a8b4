// Loaded into a `lares` process (node --import): kills it at a change of its state or a request to the engine.
import { subscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { cross, number } from './crossing.ts'
import './state-boundaries.ts'

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

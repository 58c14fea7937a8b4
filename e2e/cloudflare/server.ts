import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { dispatch, type Stage } from './dispatch.ts'
import { type Answer, type Json, Refusal, refused, succeeded } from './envelope.ts'
import { edgePage, type Faults } from './faults.ts'
import { createIds } from './ids.ts'
import type { RateLimiter } from './rate-limit.ts'
import type { Call } from './record.ts'
import { authenticate } from './tokens.ts'

/** What the server works on, and whom it tells. */
export interface Backstage extends Stage {
  faults: Faults
  limiter: RateLimiter
  /** Called when a request has arrived, with what is filled in as it goes on. */
  arrived(call: Call): void
  /** Called with every body that was understood, in and out. */
  exchanged(call: Call, sent: { body: unknown }, answer: { status: number; body: Json }): void
  /** Called when a request has changed something. */
  changed(call: Call): void
}

const prefix = '/client/v4'

/** The HTTP side of the stand-in, not yet listening. */
export function createApi(backstage: Backstage): Server {
  const rays = createIds('rays')
  return createServer((incoming, outgoing) => {
    answer(backstage, incoming, outgoing, `${rays.hex(16)}-AMS`).catch((error: unknown) => {
      outgoing.destroy()
      console.error('The stand-in of Cloudflare failed:', error)
    })
  })
}

async function answer(
  backstage: Backstage,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  ray: string,
): Promise<void> {
  const { faults, clock, arrived, exchanged, changed } = backstage
  const url = new URL(incoming.url ?? '/', 'http://api.cloudflare.com')
  const method = incoming.method ?? 'GET'
  const path = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : url.pathname
  const call: Call = {
    method,
    path,
    query: Object.fromEntries(url.searchParams),
    status: null,
    at: clock(),
    token: null,
  }
  arrived(call)
  const text = await bodyOf(incoming)
  if (text === null) return
  const struck = faults.strike(method, path)
  if (struck !== null && 'delay' in struck) await delay(struck.delay)
  if (struck !== null && 'meanwhile' in struck && struck.when === 'before') await struck.meanwhile()
  if (struck !== null && 'drop' in struck && struck.drop === 'before') return void outgoing.destroy()

  const headers: Record<string, string> = { Server: 'cloudflare', 'CF-RAY': ray }
  const send = (status: number, type: string, content: string) => {
    call.status = status
    outgoing.writeHead(status, { ...headers, 'Content-Type': type })
    outgoing.end(content)
  }
  if (struck !== null && 'status' in struck && struck.when === 'before') {
    return send(struck.status, 'text/html; charset=UTF-8', edgePage(struck.status, ray))
  }

  const sent = { body: undefined as unknown }
  const { status, body, wrote } = carryOut(backstage, { call, url, incoming, text, headers, sent })
  if (wrote) changed(call)
  exchanged(call, sent, { status, body })
  if (struck !== null && 'meanwhile' in struck && struck.when === 'after') await struck.meanwhile()
  if (struck !== null && 'drop' in struck) return void outgoing.destroy()
  if (struck !== null && 'status' in struck) {
    return send(struck.status, 'text/html; charset=UTF-8', edgePage(struck.status, ray))
  }
  send(status, 'application/json', JSON.stringify(body))
}

interface Work {
  call: Call
  url: URL
  incoming: IncomingMessage
  text: string
  /** Headers of the answer, added to on the way. */
  headers: Record<string, string>
  /** Where the parsed body is left. */
  sent: { body: unknown }
}

/** From the token to the answer, whatever it is. */
function carryOut(backstage: Backstage, work: Work): { status: number; body: Json; wrote: boolean } {
  try {
    const { status = 200, ...result } = routed(backstage, work)
    return { status, body: succeeded(result), wrote: work.call.method !== 'GET' }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { status: error.status, body: refused(error), wrote: false }
  }
}

function routed(backstage: Backstage, work: Work): Answer {
  const { call, url, incoming, text, headers, sent } = work
  const token = authenticate(backstage.world, incoming.headers.authorization, call.path, backstage.clock())
  call.token = token.id
  const allowance = backstage.limiter.take(token.user)
  Object.assign(headers, allowance.headers)
  if (allowance.refused !== null) throw allowance.refused
  sent.body = text === '' ? undefined : parse(text)
  return dispatch(backstage, { method: call.method, path: call.path, query: url.searchParams, body: sent.body, token })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal(400, { code: 6007, message: 'Malformed JSON in request body' })
  }
}

/** Null when the client went away before the end of it. */
async function bodyOf(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
  } catch {
    return null
  }
  return Buffer.concat(chunks).toString('utf8')
}

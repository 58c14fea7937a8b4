import { execFile } from 'node:child_process'
import { randomBytes, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Machine, machineIn } from './bmc/machine.ts'
import type { Resource } from './redfish/resources.ts'
import { complaintsOf } from './redfish/schema.ts'
import { errorBody, redfishService } from './redfish/service.ts'
import { freshState, type RedfishState, type Style } from './redfish/state.ts'

export type { RedfishState, Style } from './redfish/state.ts'

export interface RigRedfishOptions {
  style?: Style
  /** Where it listens, an address of its own; a loopback address that nobody has when left out. */
  address?: string
  /** 443 when left out. */
  port?: number
  inventory?: Partial<RedfishState['inventory']>
  /** The libvirt domain that is its machine. */
  domain?: string
}

export interface RedfishFault {
  /** Milliseconds before each answer. */
  readonly delay?: number
  /** Says this in place of an answer. */
  readonly status?: number
  /** Only of requests whose method and path match. */
  readonly on?: RegExp
  /** Only so many times. */
  readonly times?: number
  /** Breaks off in the middle of the body. */
  readonly halves?: boolean
}

/** A BMC of the rig that speaks Redfish, over HTTPS with a certificate that nobody signed. Each answer is checked by schema. */
export interface RigRedfish extends Machine {
  readonly address: string
  readonly port: number
  /** 32 hexadecimal digits. */
  readonly guid: string
  readonly user: string
  readonly password: string
  readonly operator: { readonly user: string; readonly password: string }
  /** SHA-256 of its certificate. */
  readonly fingerprint: string
  /** The certificate as PEM, in a file. */
  readonly certificateFile: string
  readonly folder: string
  readonly state: RedfishState
  /** What was asked: `GET /redfish/v1/`. */
  readonly asked: string[]
  /** Where its answers did not keep to the DMTF's schema: those it did not give. */
  readonly complaints: string[]
  fault(fault?: RedfishFault): void
  /** Ends it, as when a BMC loses its power; `start` brings it back with what it knows. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Ends it for good. */
  remove(): Promise<void>
}

const run = promisify(execFile)
const admin = { name: 'admin', password: 'open-sesame', role: 'Administrator' }
const operator = { name: 'oper', password: 'half-open', role: 'Operator' }
let last = 0

/** Starts a Redfish service in this process and resolves when it listens. */
export async function startRedfish(options: RigRedfishOptions = {}): Promise<RigRedfish> {
  const { style = 'modern', address = `127.78.${process.pid % 250}.${++last}`, port = 443, domain } = options
  const folder = await mkdtemp(join(tmpdir(), 'redfish-'))
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30']
  await run('openssl', [...request, '-subj', '/CN=bmc', '-keyout', keyFile, '-out', certificateFile])
  const [key, cert] = await Promise.all([readFile(keyFile), readFile(certificateFile)])
  const machine = await machineIn(folder, domain)
  const item = { manufacturer: 'RigCorp', product: 'RigServer 9', serial: randomBytes(4).toString('hex') }
  const guid = randomBytes(16).toString('hex')
  const state = freshState(style, guid, { ...item, ...options.inventory }, [admin, operator])
  const answer = redfishService(state, style, machine)
  const asked: string[] = []
  const complaints: string[] = []
  let fault: RedfishFault | undefined
  let faults = 0
  const sockets = new Set<Socket>()

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = message
    const chunks: Buffer[] = []
    for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
    const line = `${method} ${url}`
    asked.push(line)
    // It is on its way up again.
    if (Date.now() < state.awayUntil) return void message.socket.destroy()
    const strikes =
      fault !== undefined && (fault.on?.test(line) ?? true) && faults++ < (fault.times ?? Number.POSITIVE_INFINITY)
    const { delay = 0, status, halves = false } = strikes ? (fault ?? {}) : {}
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
    const found =
      status === undefined
        ? await answer({ method, url, headers, body: parsed(chunks) })
        : { status, headers: { 'Retry-After': '0' }, body: errorBody('InternalError', 'Something went wrong in here.') }
    const wrong = found.body === undefined ? [] : complaintsOf(found.body)
    if (wrong.length > 0) {
      complaints.push(...wrong.map((each) => `${line}: ${each}`))
      throw new Error(`The simulator does not keep to the schema: ${complaints.join('\n')}`)
    }
    const text = found.body === undefined ? '' : JSON.stringify(found.body)
    response.writeHead(found.status, {
      ...{ 'Content-Type': 'application/json', 'OData-Version': '4.0', 'Content-Length': Buffer.byteLength(text) },
      ...found.headers,
    })
    if (halves) response.write(text.slice(0, text.length / 2), () => message.socket.destroy())
    else response.end(text)
  }

  const server = createServer({ key, cert }, (message, response) => {
    handle(message, response).catch((error: unknown) => response.destroy(error as Error))
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket)).on('error', () => {})
  })
  async function start() {
    await once(server.listen(port, address), 'listening')
    server.unref()
  }
  async function stop() {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  await start()
  return {
    ...{ address, port, guid, folder, state, asked, complaints, certificateFile, start, stop, ...machine },
    user: admin.name,
    password: admin.password,
    operator: { user: operator.name, password: operator.password },
    fingerprint: new X509Certificate(cert).fingerprint256,
    fault(next) {
      fault = next
      faults = 0
    },
    async remove() {
      await stop()
      await rm(folder, { recursive: true })
    },
  }
}

function parsed(chunks: readonly Buffer[]): Resource {
  try {
    return JSON.parse(Buffer.concat(chunks).toString() || '{}') as Resource
  } catch {
    return {}
  }
}

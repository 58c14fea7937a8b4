import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BmcUserSpec, emulatorConfig, lanConfig } from './bmc/config.ts'
import { type Machine, machineIn } from './bmc/machine.ts'
import { type Inventory, inventory, sensorSpecs } from './bmc/records.ts'
import { until } from './wait.ts'

export { type Fault, startProxy, type UdpProxy } from './bmc/proxy.ts'

export interface RigBmcOptions {
  /** Where it listens, an address of its own; a loopback address that nobody has when left out. */
  address?: string
  /** 623 when left out. */
  port?: number
  users?: readonly BmcUserSpec[]
  /** Without sensors its repository is empty. */
  sensors?: boolean
  inventory?: Partial<Inventory>
  /** The libvirt domain that is its machine. */
  domain?: string
}

/** A BMC of the rig: ipmi_sim, which speaks IPMI 2.0. */
export interface RigBmc extends Machine {
  readonly address: string
  readonly port: number
  /** 32 hexadecimal digits. */
  readonly guid: string
  readonly user: string
  readonly password: string
  readonly operator: { readonly user: string; readonly password: string }
  /** Its files: `chassis.log` has a line with the time for each thing that it had its machine do. */
  readonly folder: string
  /** Gives a sensor another raw value; it reads it within a moment. */
  setSensor(name: keyof typeof sensorSpecs, raw: number): Promise<void>
  /** Takes all of its sessions, as others may who never log out. */
  takeSessions(): Promise<void>
  /** Ends it, as when a BMC loses its power or is reset; `start` brings it back with what it knows. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Ends it for good. */
  remove(): Promise<void>
}

const admin = { slot: 2, name: 'admin', password: 'open-sesame', privilege: 'admin' } as const
const operator = { slot: 3, name: 'oper', password: 'half-open', privilege: 'operator' } as const
/** Supermicro's, of a board that ipmitool knows. */
const board = { vendorId: 10_876, productId: 0x0901 }

let last = 0

/** Starts a BMC and resolves when it listens. It ends with the process that started it. */
export async function startBmc(options: RigBmcOptions = {}): Promise<RigBmc> {
  const { address = `127.77.${process.pid % 250}.${++last}`, port = 623, users = [], domain } = options
  const folder = await mkdtemp(join(tmpdir(), 'bmc-'))
  const at = (name: string) => join(folder, name)
  await mkdir(at('state'))
  const machine = await machineIn(folder, domain)
  const guid = randomBytes(16).toString('hex')
  const specs = Object.entries(options.sensors === false ? {} : sensorSpecs)
  const sensors = specs.map(([name, spec]) => ({ ...spec, file: at(`sensor-${name}`) }))
  const item = { manufacturer: 'RigCorp', product: 'RigServer 9', serial: randomBytes(4).toString('hex') }
  await Promise.all([
    ...sensors.map(({ file, value }) => writeFile(file, `${value}\n`)),
    writeFile(at('inventory'), inventory({ ...item, ...options.inventory })),
    writeFile(at('emulator'), emulatorConfig({ ...board, sensors, inventory: at('inventory') })),
    writeFile(
      at('lan'),
      lanConfig({
        ...{ address, port, chassis: machine.program, users: [admin, operator, ...users] },
        guid,
      }),
    ),
  ])

  let child: ChildProcess | undefined
  async function start() {
    const log = openSync(at('log'), 'a')
    const command = ['ipmi_sim', '-c', at('lan'), '-f', at('emulator'), '-s', at('state'), '-n']
    const started = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], { stdio: ['ignore', log, log] })
    started.unref()
    child = started
    await until(`BMC ${address}`, async () => started.exitCode === null && (await listens(address, port)), {
      seconds: 60,
      signal: new AbortController().signal,
    }).catch(async (cause) => {
      throw new Error(`ipmi_sim does not listen: ${await readFile(at('log'), 'utf8')}`, { cause })
    })
  }
  async function stop() {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  await start()
  return {
    ...{ address, port, guid, folder, start, stop },
    ...machine,
    user: admin.name,
    password: admin.password,
    operator: { user: operator.name, password: operator.password },
    setSensor: (name, raw) => writeFile(at(`sensor-${name}`), `${raw}\n`),
    takeSessions: () => takeSessions(address, port),
    async remove() {
      await stop()
      await rm(folder, { recursive: true })
    },
  }
}

/** Whether somebody has that UDP port, by the kernel's own list. */
async function listens(address: string, port: number): Promise<boolean> {
  const bytes = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'))
  const wanted = `${bytes.reverse().join('')}:${port.toString(16).padStart(4, '0')}`.toUpperCase()
  return (await readFile('/proc/net/udp', 'utf8')).includes(` ${wanted} `)
}

/** More than any BMC has. */
const SESSIONS = 80

/** RMCP+ Open Session Requests (13.17 of IPMI 2.0) that nobody follows up: each holds a session until it is forgotten. */
async function takeSessions(address: string, port: number): Promise<void> {
  const socket = createSocket('udp4')
  const answers = new Promise<void>((resolve) => {
    let count = 0
    socket.on('message', () => ++count === SESSIONS && resolve())
  })
  for (let session = 1; session <= SESSIONS; session++) {
    const algorithms = [0, 1, 2].flatMap((payload) => [payload, 0, 0, 8, 1, 0, 0, 0])
    const request = [session & 0xff, 0, 0, 0, session, 0, 0, 0, ...algorithms]
    const header = [0x06, 0, 0xff, 0x07, 0x06, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, request.length, 0]
    socket.send(Buffer.from([...header, ...request]), port, address)
  }
  try {
    await Promise.race([answers, once(AbortSignal.timeout(30_000), 'abort')])
  } finally {
    socket.close()
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatIni, type Sections } from '../src/client/formats/ini.ts'

export interface Agent {
  readonly name: string
  readonly port: number
  readonly url: string
  /** Holds `etc`, `lib`, `log` and `cache`. */
  readonly folder: string
  /** For `manage/health`. */
  readonly key: string
  /** What children of it authorize themselves with. */
  readonly streamKey: string
  /** Gives a gauge of statsd a value, which it keeps; resolves when it has it. Its chart is `statsd_NAME.gauge`, its dimension `gauge`. */
  gauge(name: string, value: number): Promise<unknown>
  /** Puts a file into health.d and has it loaded. */
  writeAlarms(name: string, text: string): void
  stop(): Promise<void>
  kill(): Promise<void>
}

export interface AgentOptions {
  /** The agent that it streams to. */
  parent?: Agent
  /** Instead of what a bare agent has. */
  config?: Sections
  /** What it calls itself. */
  name?: string
  /** Puts more into the folder of its configuration, before it starts. */
  prepare?: (folder: string) => void
}

const STREAM_KEY = '11111111-2222-3333-4444-555555555555'
/** Those of 1.37.1 that need no more than the kernel and statsd. */
const PLUGINS =
  'apps cgroups charts.d debugfs ebpf fping freeipmi go.d idlejitter ioping nfacct perf python.d slabinfo tc timex xenstat'

/** A real agent on loopback with folders of its own; resolves when it answers. */
export async function startAgent({ parent, config = {}, name, prepare }: AgentOptions = {}): Promise<Agent> {
  const folder = mkdtempSync(join(tmpdir(), 'lares-netdata-'))
  const [port, statsd] = await Promise.all([freePort(), freePort()])
  for (const path of ['etc/health.d', 'cache', 'lib/registry', 'log', 'run'])
    mkdirSync(join(folder, path), { recursive: true })
  const at = (path: string) => join(folder, path)
  const called = name ?? folder.split('-').at(-1)!.toLowerCase()
  const sections: Record<string, Record<string, string>> = {
    global: { hostname: called, 'run as user': process.env.USER ?? 'root', 'update every': '1' },
    db: { mode: 'ram', retention: '600', 'update every': '1' },
    directories: {
      config: at('etc'),
      cache: at('cache'),
      lib: at('lib'),
      log: at('log'),
      registry: at('lib/registry'),
      'stock health config': at('none'),
    },
    logs: { error: at('log/error.log'), access: 'none', debug: 'none' },
    web: { 'bind to': `127.0.0.1:${port}`, 'web server threads': '1' },
    plugins: {
      ...{ 'enable running new plugins': 'no', proc: 'yes', statsd: 'yes' },
      ...Object.fromEntries(PLUGINS.split(' ').map((plugin) => [plugin, 'no'])),
    },
    statsd: { 'bind to': `udp:127.0.0.1:${statsd}` },
    registry: { enabled: 'no' },
    ml: { enabled: 'no' },
    cloud: { enabled: 'no' },
    health: { 'run at least every seconds': '1', 'script to execute on alarm': '/bin/true' },
  }
  for (const [section, options] of Object.entries(config)) sections[section] = { ...sections[section], ...options }
  writeFileSync(at('etc/netdata.conf'), formatIni(sections))
  writeFileSync(
    at('etc/stream.conf'),
    formatIni({
      stream: {
        enabled: parent ? 'yes' : 'no',
        destination: `127.0.0.1:${parent?.port ?? 0}`,
        'api key': STREAM_KEY,
        'reconnect delay seconds': '1',
      },
      [STREAM_KEY]: {
        enabled: 'yes',
        'default memory mode': 'ram',
        'health enabled by default': 'auto',
        'default postpone alarms on connect seconds': '0',
      },
    }),
  )
  prepare?.(at('etc'))
  const log = openSync(at('log/out'), 'a')
  // A runner of tests that is ended takes its agents with it.
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'netdata', '-D', '-c', at('etc/netdata.conf'), '-P', at('run/pid')],
    {
      stdio: ['ignore', log, log],
      detached: true,
    },
  )
  const ended = once(child, 'exit')
  await until(`${called} answers`, async () => {
    if (child.exitCode !== null) throw new Error(`netdata ended: ${readFileSync(at('log/out'), 'utf8').slice(-2000)}`)
    return await fetch(`http://127.0.0.1:${port}/api/v1/info`).then(
      ({ ok }) => ok,
      () => false,
    )
  })
  const url = `http://127.0.0.1:${port}`
  return {
    ...{ name: called, port, url },
    folder,
    key: readFileSync(at('lib/netdata.api.key'), 'utf8').trim(),
    streamKey: STREAM_KEY,
    gauge: (gauge, value) =>
      until(`the gauge ${gauge} is ${value}`, async () => {
        // Packets that come before statsd listens are lost.
        await send(statsd, `${gauge}:${value}|g`)
        const answer = await fetch(`${url}/api/v1/alarm_variables?chart=statsd_${gauge}.gauge`)
        const variables =
          answer.ok && ((await answer.json()) as { chart_variables: { gauge?: number } }).chart_variables
        return variables && variables.gauge === value
      }),
    writeAlarms(file, text) {
      writeFileSync(at(`etc/health.d/${file}.conf`), text)
      // As netdatacli does, whose pipe all agents of a machine share in 1.37.1.
      child.kill('SIGUSR2')
    },
    async stop() {
      child.kill('SIGTERM')
      const late = AbortSignal.timeout(20_000)
      late.addEventListener('abort', () => signal(child, 'SIGKILL'))
      await ended
    },
    async kill() {
      signal(child, 'SIGKILL')
      await ended
    },
  }
}

/** The process and what it started. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  process.kill(-child.pid, name)
}

/** Waits until something is so, for 60 s at most. */
export async function until<T>(what: string, look: () => Promise<T | false | undefined>): Promise<T> {
  const end = Date.now() + 60_000
  for (;;) {
    const found = await look()
    if (found !== false && found !== undefined) return found
    if (Date.now() > end) throw new Error(`Not within 60 s: ${what}`)
    await sleep(100)
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function send(port: number, packet: string): Promise<void> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve, reject) =>
    socket.send(packet, port, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
  )
  socket.close()
}

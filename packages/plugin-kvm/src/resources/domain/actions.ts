import { fail, type ResourceAction } from '@lares/core'
import { quoteCommand } from '@lares/transport'
import * as z from 'zod'
import type { Libvirt } from '../../client/index.ts'
import { powerOff, shutDown, start as startGuest } from './power.ts'
import type { DomainAttributes, DomainInputs } from './schema.ts'
import { snapshotsOf } from './snapshots.ts'

type Action<O extends z.ZodObject = z.ZodObject> = ResourceAction<DomainInputs, DomainAttributes, Libvirt, unknown, O>

const start: Action = {
  description: 'Start it',
  async run({ observed, ...context }) {
    await startGuest(context, observed.name)
    return undefined
  },
}

const powerOptions = z.object({
  timeout: z.string().optional().describe('How long it may take to shut down'),
  force: z.boolean().optional().describe('Power it off when it does not shut down in time'),
})

const stop: Action<typeof powerOptions> = {
  description: 'Shut it down',
  options: powerOptions,
  async run({ observed, options, inputs, ...context }) {
    await shutDown(context, observed.name, { ...inputs?.shutdown, ...given(options) })
    return undefined
  },
}

const reboot: Action<typeof powerOptions> = {
  description: 'Shut it down and start it again',
  options: powerOptions,
  async run({ observed, options, inputs, ...context }) {
    await shutDown(context, observed.name, { ...inputs?.shutdown, ...given(options) })
    await startGuest(context, observed.name)
    return undefined
  },
}

const off: Action = {
  description: 'Power it off at once, as if its plug were pulled',
  async run({ observed, ...context }) {
    await powerOff(context, observed.name)
    return undefined
  },
}

const given = <T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never

/** How long virsh may take to have the console. */
const GREETING_MS = 60_000

const consoleOptions = z.object({
  seconds: z.coerce.number().positive().optional().describe('How long to listen; until it is interrupted when absent'),
})

const terminal: Action<typeof consoleOptions> = {
  description: 'Show its serial console, and send it what is piped in',
  options: consoleOptions,
  readOnly: true,
  async run({ connection, observed, options: { seconds }, input, write, signal }) {
    const control = new AbortController()
    const limit = AbortSignal.any([signal, control.signal])
    // virsh takes a console only from a terminal, which script gives it.
    const command = quoteCommand(['virsh', '-c', connection.uri, 'console', '--force', observed.name])
    const process = await connection.host.spawn(['script', '-qfec', command, '/dev/null'])
    const end = () => void process.kill()
    limit.addEventListener('abort', end, { once: true })
    let timer = setTimeout(() => control.abort(), GREETING_MS)
    const feed = async () => {
      for await (const chunk of input ?? []) process.stdin.write(chunk)
    }
    // What is typed before virsh has the terminal would be echoed, and lost.
    let greeting: string | undefined = ''
    process.stdout.on('data', (chunk: Uint8Array) => {
      if (greeting === undefined) return write(chunk, 'stdout')
      greeting += Buffer.from(chunk).toString()
      const [, rest] = /Escape character is [^\n]*\n(.*)$/s.exec(greeting) ?? []
      if (rest === undefined) return
      greeting = undefined
      write(rest, 'stdout')
      clearTimeout(timer)
      if (seconds !== undefined) timer = setTimeout(() => control.abort(), seconds * 1000)
      feed().catch(end)
    })
    process.stderr.on('data', (chunk: Uint8Array) => write(chunk, 'stderr'))
    try {
      const exitCode = await process.exited
      if (greeting !== undefined) write(greeting, 'stderr')
      return greeting === undefined && limit.aborted ? 0 : exitCode
    } finally {
      clearTimeout(timer)
      limit.removeEventListener('abort', end)
    }
  },
}

const snapshot: Action = {
  description: 'Take a snapshot, under a name when one is given',
  words: '[NAME]',
  async run({ connection, observed, words: [name], write, signal }) {
    const chosen = name ?? `by-hand-${new Date().toISOString().replace(/[:.]/g, '-')}`
    await connection.virsh(['snapshot-create-as', observed.name, chosen], { signal, timeout: 300_000 })
    write(`${chosen}\n`, 'stdout')
    return undefined
  },
}

const revert: Action = {
  description: 'Go back to a snapshot: what was written since then is lost',
  words: 'NAME',
  async run({ connection, observed, words: [name], signal }) {
    const known = await snapshotsOf(connection, observed.name, signal)
    if (name === undefined || !known.includes(name))
      return fail({
        code: 'usage',
        summary: name === undefined ? 'Which snapshot?' : `There is no snapshot "${name}"`,
        advice: known.length > 0 ? `There are: ${known.join(', ')}` : 'There are none.',
      })
    await connection.virsh(['snapshot-revert', observed.name, name], { signal, timeout: 300_000 })
    return undefined
  },
}

export const domainActions = { start, stop, reboot, 'power-off': off, console: terminal, snapshot, revert }

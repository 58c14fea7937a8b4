import { type Change, defineResource, type Lifecycle, milliseconds } from '@lares/core'
import * as z from 'zod'
import type { Bmc } from '../client/index.ts'
import { ipmiProvider } from '../provider.ts'
import { duration } from './bmc/inputs.ts'

const policy = z.enum(['always-on', 'always-off', 'previous'])

const inputs = z.object({
  state: z.enum(['on', 'off']).optional().describe('Whether the machine is on; left as it is when absent'),
  restorePolicy: policy.optional().describe('What it does when the mains come back; left as it is when absent'),
  force: z.boolean().default(false).describe('Its power is cut when it does not shut down in time'),
  shutdownTimeout: duration.default('5m').describe('How long it may take to shut down'),
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  state: z.enum(['on', 'off']),
  restorePolicy: policy.optional().describe('Absent where the BMC has none'),
})
type Attributes = z.output<typeof attributes>

interface Context {
  connection: Bmc
  inputs?: Inputs | undefined
  signal: AbortSignal
  log(message: string): void
}

async function read({ connection, signal }: Pick<Context, 'connection' | 'signal'>): Promise<Attributes> {
  const { power, restorePolicy } = await connection.chassis({ signal })
  return { state: power, ...(restorePolicy === undefined ? {} : { restorePolicy }) }
}

async function bring({ connection, inputs: wanted, signal, log }: Context, state: 'on' | 'off'): Promise<void> {
  const timeout = milliseconds(wanted?.shutdownTimeout ?? '5m', 'shutdownTimeout')
  await connection.power(state, { signal, log, timeout, force: wanted?.force ?? false })
}

async function apply(context: Context & { inputs: Inputs }): Promise<Attributes> {
  const { connection, inputs: wanted, signal } = context
  const { restorePolicy } = await connection.chassis({ signal })
  if (wanted.restorePolicy !== undefined && wanted.restorePolicy !== restorePolicy)
    await connection.setRestorePolicy(wanted.restorePolicy, { signal })
  if (wanted.state !== undefined) await bring(context, wanted.state)
  return await read(context)
}

const lifecycle: Lifecycle<Inputs, Attributes, Bmc, undefined> = {
  isRunning: ({ state }) => state === 'on',
  isWanted: ({ state }) => state !== 'off',
  stop: (context) => bring(context, 'off'),
  start: (context) => bring(context, 'on'),
}

/** The power of a machine. `host.machine` names its `state`, and is switched on by an apply that needs it. */
export const power = defineResource({
  type: 'ipmi.power',
  description: 'Whether a machine is on, and what it does when the mains come back.',
  proof: 'real',
  ownership: 'asserted',
  provider: ipmiProvider,
  inputs,
  attributes,
  identity: () => 'power',
  whenUnset: 'release',
  predict: ({ state }) => (state === undefined ? {} : { state }),
  timeouts: { read: '5m', create: '20m', update: '20m', stop: '20m', start: '20m' },
  read,
  create: apply,
  update: apply,
  // A machine does not go off because nobody looks after its power any more.
  delete: async () => {},
  diff: ({ diff, desired }): Change[] =>
    diff({ skip: ['force', 'shutdownTimeout'] }).map((change) => {
      if (change.path !== 'state') return change
      const note = desired.state === 'off' ? 'it shuts down' : 'it is switched on'
      return { ...change, effect: desired.state === 'off' ? 'restart' : 'live', note }
    }),
  lifecycle,
})

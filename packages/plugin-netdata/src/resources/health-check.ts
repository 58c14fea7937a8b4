import { defineResource } from '@lares/core'
import { isNetdataError, type NetdataAgent } from '../client/index.ts'
import { netdataProvider } from '../provider.ts'
import { needsAgent } from './agent/claim.ts'
import { type Inputs, inputs, LONGEST } from './health-check/inputs.ts'
import { type Attributes, attributes, attributesOf, readHealth } from './health-check/state.ts'
import { untilHealthy } from './health-check/wait.ts'

interface Asked {
  readonly connection: NetdataAgent
  readonly inputs: Inputs
  readonly signal: AbortSignal
}

const look = async ({ connection, inputs, signal }: Asked): Promise<Attributes> =>
  attributesOf(connection, inputs, await readHealth(connection, inputs, signal))

/** Nothing out there: a question to an agent, asked whenever something that depends on it is about to change. */
export const healthCheck = defineResource({
  type: 'netdata.healthCheck',
  description: 'A gate: what depends on it is changed only while no alarm is raised.',
  proof: 'real',
  ownership: 'asserted',
  provider: netdataProvider,
  needs: needsAgent,
  inputs,
  attributes,
  identity: (_, { address }) => address,
  readsInputs: true,
  // Where there is no agent yet, there is no gate; while one does not answer, it is what it was.
  read: async ({ inputs, recorded, ...context }) => {
    if (!inputs || !(await context.connection.version(context.signal))) return null
    try {
      return await look({ ...context, inputs })
    } catch (error) {
      context.signal.throwIfAborted()
      if (!isNetdataError(error) || (!recorded && !isNetdataError(error, 'unreachable', 'starting', 'timeout')))
        throw error
      return recorded ?? null
    }
  },
  create: look,
  update: look,
  delete: async () => {},
  // A gate that is another one now is asked as that, and nothing has to be done for it.
  diff: () => [],
  ready: ({ connection, inputs, signal }) => untilHealthy(connection, inputs, signal),
  // Its own times are within `within` and `for`.
  timeouts: { ready: `${2 * Number.parseInt(LONGEST, 10)}h` },
})

import { resourceContract } from '@lares/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import netdata from '../../src/index.ts'
import { startAgent } from '../agents.ts'
import { bareAgent } from '../bare-agent.ts'

const agent = await startAgent()
afterAll(() => agent.stop())

/** A gate is never made: it is there with its agent, so what is tried is that nothing is done, whatever is asked of it. */
resourceContract(
  { describe, it, expect },
  {
    type: 'netdata.healthCheck',
    factory: netdata.healthCheck,
    base: { on: bareAgent(agent) },
    options: {
      alarms: { alarms: ['load_*', '!load_average_15'] },
      charts: { charts: ['system.*'] },
      contexts: { contexts: ['system.load'] },
      node: { node: agent.name },
      severity: { severity: 'critical' },
      within: { within: '1s', for: '1s' },
      missing: { alarms: ['none'], missing: 'ignore' },
    },
    there: true,
  },
)

import { milliseconds } from '@lares/core'
import * as z from 'zod'

/** A wait without an end would keep a run forever. */
export const LONGEST = '12h'

const duration = z.string().refine(isWait, `Expected a duration such as 30s, 5m or 1h, ${LONGEST} at most`)
const patterns = z.array(z.string().regex(/^[^\n]*\S[^\n]*$/, 'Expected a name or a pattern')).min(1)

export const inputs = z.object({
  alarms: patterns
    .optional()
    .describe('Names of alarms, or patterns of them: `["httpcheck_*", "!httpcheck_test"]`; all when absent'),
  charts: patterns.optional().describe('Only alarms on these charts: names or patterns'),
  contexts: patterns.optional().describe('Only alarms on charts of these contexts: `["disk.space"]`'),
  node: z.string().min(1).optional().describe('Hostname of a node that streams to the agent; its own when absent'),
  severity: z.enum(['warning', 'critical']).default('warning').describe('The status from which on an alarm is raised'),
  within: duration.default('2m').describe('How long what depends on it waits for alarms to clear'),
  for: duration.default('0s').describe('How long they have to stay clear meanwhile'),
  missing: z
    .enum(['error', 'ignore'])
    .default('error')
    .describe('What an alarm that is named without wildcards and does not exist is'),
})
export type Inputs = z.output<typeof inputs>

function isWait(text: string): boolean {
  try {
    return milliseconds(text) <= milliseconds(LONGEST)
  } catch {
    return false
  }
}

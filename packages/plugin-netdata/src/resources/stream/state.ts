import { formatSize, parseSize, SIZE_PATTERN } from '@lares/core'
import * as z from 'zod'
import { isEnabled, parseChildOptions, parseIni, type StreamState, streamSections } from '../../client/index.ts'
import { patterns, secondsOf } from '../schema-parts.ts'
import { destination, duration, durationOf, given, streamKey, streamTarget } from './inputs.ts'

export const inputs = z.object({
  to: streamTarget.describe('The parent: `central.stream`, or where it answers and its key'),
  fallback: z
    .array(destination)
    .optional()
    .describe('Further parents that have the same key, for when it is away: `second.stream.destinations`'),
  tls: z.boolean().optional().describe('Whether it is encrypted; the parent needs a certificate'),
  tlsVerify: z.boolean().optional().describe('Whether that certificate is checked'),
  caFile: z.string().startsWith('/').optional().describe('Who signed it: a file on this host'),
  compression: z.boolean().optional().describe('Whether what is sent is compressed'),
  bufferSize: z
    .union([z.int().min(1), z.string().regex(SIZE_PATTERN, 'Expected a size such as 10MiB')])
    .optional()
    .describe('What is kept while the parent is slow; `10MiB` when absent'),
  reconnectDelay: duration
    .optional()
    .describe('How long it waits before it tries again; `5s` when absent, `15s` in 2.x'),
  timeout: duration.optional().describe('How long it waits for the parent; `1m` when absent, `5m` in 2.x'),
  charts: patterns.optional().describe('Which charts it sends: `!apps.*` leaves some out, `*` takes the rest'),
  verify: z
    .boolean()
    .default(true)
    .describe('Whether it is ready only once the parent shows its data, asked from this host'),
})
export type Inputs = z.output<typeof inputs>

export const attributes = z.object({
  destinations: z.array(z.string()).describe('Parents, of which the first that answers gets the data'),
  key: streamKey.optional(),
  guid: z.string().optional().describe('The machine GUID of this agent'),
  tls: z.boolean().optional(),
  tlsVerify: z.boolean().optional(),
  caFile: z.string().optional(),
  compression: z.boolean().optional(),
  bufferSize: z.string().optional(),
  reconnectDelay: z.string().optional(),
  timeout: z.string().optional(),
  charts: z.array(z.string()).optional(),
  enabled: z.boolean().describe('It streams'),
  running: z.boolean().describe('The agent runs, with what its stream.conf says now'),
  owner: z.object({ lab: z.string(), address: z.string() }).optional(),
})
export type Attributes = z.output<typeof attributes>

export const SECTION = 'stream'

/** A section that is switched off, as the stock file has it, is none. One of ours is there until the agent was started without it. */
export function attributesOf({ agent, text, running, leaving }: StreamState): Attributes | null {
  const own = (text: string) => streamSections(text).findLast(({ name, owner }) => name === SECTION && owner)
  const now = parseIni(text).sections[SECTION] ?? {}
  const owner = own(text)?.owner
  const gone = owner || isEnabled(now) ? undefined : own(leaving)
  if (!owner && !gone && !isEnabled(now)) return null
  const options = gone?.options ?? now
  const { destinations, bufferSize, reconnectDelay, timeout, charts, ...known } = parseChildOptions(options)
  return given({
    ...known,
    destinations: [...destinations],
    key: options['api key'],
    guid: agent.guid,
    bufferSize: bufferSize === undefined ? undefined : formatSize(bufferSize),
    reconnectDelay: durationOf(reconnectDelay),
    timeout: durationOf(timeout),
    charts: charts && [...charts],
    enabled: isEnabled(now),
    running,
    owner: gone?.owner ?? owner,
  })
}

export const optionsOf = ({ to, fallback = [], bufferSize, reconnectDelay, timeout, ...rest }: Inputs) => ({
  ...rest,
  destinations: [...new Set([...to.destinations, ...fallback])],
  bufferSize: bufferSize === undefined ? undefined : parseSize(bufferSize),
  reconnectDelay: secondsOf(reconnectDelay),
  timeout: secondsOf(timeout),
})

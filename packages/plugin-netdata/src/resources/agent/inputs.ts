import { parseSize, SIZE_PATTERN } from '@lares/core'
import * as z from 'zod'
import type { AgentOptions } from '../../client/index.ts'
import { duration, line, patterns, secondsOf, word } from '../schema-parts.ts'

const size = z.string().regex(SIZE_PATTERN, 'Expected a size such as 512MiB or 2GiB')
/** As the agent reads them again. */
const section = z.string().regex(/^[^\s\]]([^\]\n]*[^\s\]])?$/, 'Expected the name of a section')
const option = z.string().regex(/^[^\s=#[]([^=\n]*[^\s=])?$/, 'Expected the name of an option')

export const inputs = z.object({
  container: z
    .string()
    .optional()
    .describe(
      'Name of a container that runs it, with /etc/netdata and /var/lib/netdata mounted; without it, the host itself',
    ),
  hostname: line.optional().describe('What it calls itself; the name of the host when absent'),
  bind: z
    .array(word.regex(/^(\*|[\w.-]+|\[?[0-9a-fA-F:]+\]?)$/, 'Expected an address or a name; the port is "port"'))
    .default(['127.0.0.1'])
    .describe('Addresses that it answers on; `*` for all, none for an agent without an API'),
  port: z.int().min(1).max(65_535).default(19_999).describe('Where it answers'),
  allowFrom: patterns.optional().describe('Patterns of addresses that may ask: `10.*`, `localhost`'),
  updateEvery: duration.optional().describe('How often it measures; `1s` when absent'),
  database: z
    .strictObject({
      mode: z.enum(['dbengine', 'ram', 'alloc', 'none']).optional().describe('Where it keeps what it measures'),
      retention: z.int().min(5).optional().describe('Points that `ram` and `alloc` keep of each'),
      tiers: z
        .array(
          z.strictObject({
            size: size.optional().describe('Of the disk, at most; `0` for no limit'),
            time: duration.optional().describe('How long, at most; `0s` for no limit. Netdata 1.46 and newer'),
          }),
        )
        .min(1)
        .max(5)
        .optional()
        .describe('Of dbengine: as measured, then per minute, then per hour'),
      pageCache: size.optional().describe('Memory that dbengine may use for what is asked for'),
    })
    .optional()
    .describe('What it keeps, and for how long'),
  plugins: z
    .record(line, z.boolean())
    .optional()
    .describe("Which of its plugins run: `{ 'python.d': false, statsd: true }`"),
  health: z
    .strictObject({
      enabled: z.boolean().optional().describe('Whether it watches its alarms'),
      alarms: patterns.optional().describe('Which ones: `!name` leaves one out, `*` takes the rest'),
      every: duration.optional().describe('How often they are looked at, at most; `10s` when absent'),
    })
    .optional()
    .describe('The watching of alarms'),
  registry: z
    .strictObject({
      announce: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe('The registry that browsers are sent to'),
      serve: z.boolean().optional().describe('Whether it is one for others'),
    })
    .optional()
    .describe('Who knows all agents of a person; that of Netdata when absent'),
  machineLearning: z.boolean().optional().describe('Whether it looks for anomalies by itself'),
  telemetry: z.boolean().default(false).describe('Whether it tells its makers how it is used'),
  settings: z
    .record(section, z.record(option, z.union([line, z.literal('')])))
    .optional()
    .describe('Further options of netdata.conf by section; they win over the others'),
})
export type Inputs = z.output<typeof inputs>

const bytesOf = (size: string | undefined) => (size === undefined ? undefined : parseSize(size))

/** In the units of the formats. */
export const optionsOf = (all: Inputs): AgentOptions => {
  const { database, health, updateEvery, container: _, telemetry: __, ...rest } = all
  return {
    ...rest,
    updateEvery: secondsOf(updateEvery),
    database: database && {
      ...database,
      pageCache: bytesOf(database.pageCache),
      tiers: database.tiers?.map(({ size, time }) => ({ size: bytesOf(size), time: secondsOf(time) })),
    },
    health: health && { ...health, every: secondsOf(health.every) },
  }
}

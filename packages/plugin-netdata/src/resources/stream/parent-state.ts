import type { Owner } from '@lares/core'
import { hostAddress } from '@lares/transport'
import * as z from 'zod'
import {
  isEnabled,
  type NetdataAgent,
  parseIni,
  parseParentOptions,
  type StreamState,
  streamSections,
} from '../../client/index.ts'
import { patterns } from '../schema-parts.ts'
import { duration, durationOf, given, streamKey, streamTarget } from './inputs.ts'

export const inputs = z.object({
  address: z
    .string()
    .regex(/^[\w.:-]+$/, 'Expected an address or a name')
    .optional()
    .describe('Under which children reach it; the address under which Lares does when absent'),
  key: streamKey
    .optional()
    .describe('What children show it, a UUID; one is made when absent, and kept encrypted in the state'),
  sharedKey: z
    .boolean()
    .default(false)
    .describe('Another parent has the same key, so that children can turn to it when this one is away'),
  rotation: z.union([z.string(), z.number()]).optional().describe('Another value makes another key: `2`, `2026-11`'),
  allowFrom: patterns.optional().describe('Patterns of addresses that may send: `10.0.0.*`; all when absent'),
  database: z
    .enum(['dbengine', 'ram', 'alloc', 'none'])
    .optional()
    .describe('Where it keeps what they send; as its own when absent'),
  retention: z.int().min(5).optional().describe('Points that `ram` and `alloc` keep of each'),
  health: z
    .union([z.boolean(), z.literal('auto')])
    .optional()
    .describe('Whether it watches their alarms; `auto`: while they are connected'),
  postponeAlerts: duration
    .optional()
    .describe('How long after a child connects its alarms are not looked at; `1m` when absent'),
  replication: z.boolean().optional().describe('Whether children send what was missed while they were away'),
  replicationPeriod: duration.optional().describe('How far back; `1d` when absent'),
  compression: z.boolean().optional().describe('Whether what they send is compressed'),
})
export type Inputs = z.output<typeof inputs>

export const attributes = z.object({
  stream: streamTarget.describe('For its children: `to: central.stream`'),
  allowFrom: z.array(z.string()).optional(),
  database: z.string().optional(),
  retention: z.int().optional(),
  health: z.union([z.boolean(), z.literal('auto')]).optional(),
  postponeAlerts: z.string().optional(),
  replication: z.boolean().optional(),
  replicationPeriod: z.string().optional(),
  compression: z.boolean().optional(),
  enabled: z.boolean().describe('The key is taken'),
  running: z.boolean().describe('The agent runs, with what its stream.conf says now'),
  owner: z.object({ lab: z.string(), address: z.string() }),
})
export type Attributes = z.output<typeof attributes>
export const identityOf = (_: Inputs, { lab, address }: Owner): string => `${lab}/${address}`

export const isOf = (identity: string) => (section: { owner?: Owner }) =>
  section.owner !== undefined && `${section.owner.lab}/${section.owner.address}` === identity

export async function attributesOf(
  agent: NetdataAgent,
  state: StreamState,
  identity: string,
  { address, former }: { address: string | undefined; former: Attributes | undefined },
  signal: AbortSignal,
): Promise<Attributes | null> {
  const now = streamSections(state.text).findLast(isOf(identity))
  const section = now ?? streamSections(state.leaving).find(isOf(identity))
  if (!section) return null
  const options = now ? (parseIni(state.text).sections[now.name] ?? {}) : section.options
  const { postponeAlerts, replicationPeriod, allowFrom, ...known } = parseParentOptions(options)
  const { port, next } = agent.place
  const before = address === undefined ? former?.stream.destinations : undefined
  // A host without an address reaches itself alone.
  const found = address ?? (before ? undefined : await hostAddress(agent.host, signal)) ?? 'localhost'
  const host = found.includes(':') ? `[${found}]` : found
  return given({
    stream: given({
      destinations: before ?? [`${host}:${port}`],
      key: section.name,
      guid: next?.renewed ? undefined : state.agent.guid,
    }),
    ...known,
    allowFrom: allowFrom && [...allowFrom],
    postponeAlerts: durationOf(postponeAlerts),
    replicationPeriod: durationOf(replicationPeriod),
    enabled: now !== undefined && isEnabled(options),
    running: state.running,
    owner: section.owner!,
  }) as Attributes
}

import { createHash, randomUUID } from 'node:crypto'
import { type BatchItem, type Change, defineResource, fail, type Owner, UNKNOWN } from '@lares/core'
import { hostAddress } from '@lares/transport'
import * as z from 'zod'
import {
  changeStreams,
  isEnabled,
  type NetdataAgent,
  parentOptions,
  parseIni,
  parseParentOptions,
  readStreams,
  removeSection,
  type StreamState,
  setSection,
  streamSections,
} from '../client/index.ts'
import { netdataProvider } from '../provider.ts'
import { streamsBatch } from './stream-batch.ts'
import {
  duration,
  formatSeconds,
  given,
  patterns,
  sameDuration,
  secondsOf,
  streamKey,
  streamTarget,
} from './stream-inputs.ts'

const inputs = z.object({
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
type Inputs = z.output<typeof inputs>

const attributes = z.object({
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
type Attributes = z.output<typeof attributes>
type Item = BatchItem<Inputs, Attributes, NetdataAgent>

const identityOf = (_: Inputs, { lab, address }: Owner): string => `${lab}/${address}`

const isOf = (identity: string) => (section: { owner?: Owner }) =>
  section.owner !== undefined && `${section.owner.lab}/${section.owner.address}` === identity

async function attributesOf(
  agent: NetdataAgent,
  state: StreamState,
  identity: string,
  { address, former }: { address: string | undefined; former: Attributes | undefined },
  signal: AbortSignal,
): Promise<Attributes | null> {
  const section = streamSections(state.text).findLast(isOf(identity))
  if (!section) return null
  const options = parseIni(state.text).sections[section.name] ?? {}
  const { postponeAlerts, replicationPeriod, allowFrom, ...known } = parseParentOptions(options)
  const { port } = agent.place
  const found = address ?? (former ? undefined : await hostAddress(agent.host, signal))
  const host = found?.includes(':') ? `[${found}]` : found
  return given({
    stream: given({
      destinations: host === undefined ? former!.stream.destinations : [`${host}:${port}`],
      key: section.name,
      guid: state.agent.guid,
    }),
    ...known,
    allowFrom: allowFrom && [...allowFrom],
    postponeAlerts: formatSeconds(postponeAlerts),
    replicationPeriod: formatSeconds(replicationPeriod),
    enabled: isEnabled(options),
    running: state.agent.running && state.agent.loaded,
    owner: section.owner!,
  }) as Attributes
}

/** What somebody else's section is called must not be ours: both would be one to the agent. */
function refuseTaken(text: string, key: string, identity: string): void {
  const other = streamSections(text).find((section) => section.name === key && !isOf(identity)(section))
  if (other)
    fail({
      code: 'key_in_use',
      path: 'key',
      summary: `This key stands in stream.conf already, ${other.owner ? `for ${other.owner.lab}/${other.owner.address}` : 'written by somebody else'}`,
      advice: 'Leave "key" out, and one is made; or take the section out of the file.',
    })
}

const optionsOf = (wanted: Inputs) => ({
  ...wanted,
  postponeAlerts: secondsOf(wanted.postponeAlerts),
  replicationPeriod: secondsOf(wanted.replicationPeriod),
})

const LOOPBACK = /^(127\.|localhost\b|\[?::1\b|unix:)/

/** Addresses that the agent answers on, by its netdata.conf; undefined when it does so everywhere. */
function boundTo(conf: string | undefined): string[] | undefined {
  const { web, global } = parseIni(conf ?? '').sections
  if (web?.['mode'] === 'none') return []
  return (web?.['bind to'] ?? global?.['bind socket to IP'])?.split(/\s+/).filter(Boolean)
}

const plansNewKey = (changes: readonly Change[]): boolean => changes.some(({ path }) => path === 'rotation')

const keyOf = (item: Exclude<Item, { verb: 'delete' }>): string => {
  const { key } = item.context.inputs
  if (key !== undefined) return key
  if (item.verb === 'update' && !plansNewKey(item.context.changes)) return item.context.observed.stream.key
  return randomUUID()
}

const batch = streamsBatch<Inputs, Attributes>({
  async change(agent, items, { signal }) {
    const edits = items.map((item) =>
      item.verb === 'delete'
        ? { owner: item.context.observed.owner }
        : { owner: item.context.owner, item, key: keyOf(item) },
    )
    const onlyRunning = items.every(({ verb }) => verb === 'delete')
    await changeStreams(
      agent,
      (text, version) =>
        edits.reduce((edited, { owner, item, key }) => {
          if (!item || key === undefined) return removeSection(edited, owner)
          refuseTaken(edited, key, identityOf(item.context.inputs, owner))
          return setSection(edited, owner, key, parentOptions(optionsOf(item.context.inputs), version))
        }, text),
      { onlyRunning, signal },
    )
  },
  async found(agent, state, { address }, identity, signal) {
    return await attributesOf(agent, state, identity, { address, former: undefined }, signal)
  },
  identityOf,
})

export const parent = defineResource({
  type: 'netdata.parent',
  description: 'An agent takes what others send: a key in its stream.conf, and how it treats those who show it.',
  proof: 'real',
  provider: netdataProvider,
  inputs,
  attributes,
  identity: identityOf,
  owner: ({ owner }) => owner,
  claims: ({ key, sharedKey }) =>
    typeof key === 'string'
      ? [
          {
            ...{ kind: 'the streaming key with digest', scope: 'lab', shared: sharedKey },
            key: createHash('sha256').update(key.toLowerCase()).digest('hex').slice(0, 12),
            advice:
              'Leave "key" out, and each parent gets its own; if children are to fall over from one to the other, say "sharedKey: true" at both.',
          },
        ]
      : [],

  async prepare({ connection, inputs: { key }, owner, signal, warn }) {
    const state = await readStreams(connection, signal)
    if (!state) return
    if (key !== undefined) refuseTaken(state.text, key, `${owner.lab}/${owner.address}`)
    if (boundTo(state.agent.conf)?.every((address) => LOOPBACK.test(address)))
      warn({
        code: 'loopback_only',
        summary: 'This agent answers on loopback alone, so no child can reach it',
        advice: 'Have it bind more: netdata.agent with "bind: [\'*\']", or [web] "bind to" in netdata.conf.',
      })
  },

  async readMany(contexts) {
    const [{ connection, signal }] = contexts as [(typeof contexts)[number]]
    const state = await readStreams(connection, signal)
    if (!state) return contexts.map(() => null)
    return await Promise.all(
      contexts.map(({ identity, inputs: wanted, recorded }) => {
        const former = wanted ? undefined : recorded
        return attributesOf(connection, state, identity, { address: wanted?.address, former }, signal)
      }),
    )
  },

  diff({ desired, observed, recorded, diff }): Change[] {
    const { postponeAlerts, replicationPeriod, key } = desired
    const changes = diff({
      desired: {
        ...desired,
        postponeAlerts: sameDuration(postponeAlerts),
        replicationPeriod: sameDuration(replicationPeriod),
      },
      // Of a key that was found, nobody knows which turn it is.
      skip: ['address', 'key', 'sharedKey', ...(recorded ? [] : ['rotation'])],
    }).map((change) => ({ ...change, effect: 'restart' as const }))
    const isOther = key !== undefined && key !== observed.stream.key
    if (isOther || (key === undefined && plansNewKey(changes)))
      changes.push({
        ...{ path: 'stream', after: UNKNOWN, effect: 'restart', secret: true },
        cause: isOther && recorded?.['key'] !== undefined ? 'drifted' : 'changed',
        note: 'another key: its children send again once they have it',
      })
    for (const path of ['enabled', 'running'] as const)
      if (!observed[path]) changes.push({ path, before: false, after: true, effect: 'restart', cause: 'drifted' })
    return changes
  },

  ...batch,
})

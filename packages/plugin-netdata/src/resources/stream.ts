import {
  type BatchItem,
  type Change,
  type Claim,
  defineResource,
  fail,
  formatSize,
  isUnknown,
  parseSize,
  SIZE_PATTERN,
  UNKNOWN,
} from '@lares/core'
import * as z from 'zod'
import {
  changeStreams,
  childOptions,
  isEnabled,
  type NetdataAgent,
  parseChildOptions,
  parseIni,
  readStreams,
  removeSection,
  type StreamState,
  setSection,
  streamSections,
  takeSection,
} from '../client/index.ts'
import { netdataProvider } from '../provider.ts'
import { streamsBatch } from './stream-batch.ts'
import {
  destination,
  duration,
  formatSeconds,
  given,
  patterns,
  sameDuration,
  secondsOf,
  streamKey,
  streamTarget,
} from './stream-inputs.ts'
import { checkStream, RENEWAL, refuseTwin, waitForData } from './stream-link.ts'

const inputs = z.object({
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

const attributes = z.object({
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

const SECTION = 'stream'

/** A section that is switched off, as the stock file has it, is none. */
function attributesOf({ agent, text }: StreamState): Attributes | null {
  const sections = streamSections(text).filter(({ name }) => name === SECTION)
  const options = parseIni(text).sections[SECTION] ?? {}
  const owner = sections.findLast((section) => section.owner)?.owner
  if (!owner && !isEnabled(options)) return null
  const { destinations, bufferSize, reconnectDelay, timeout, charts, ...known } = parseChildOptions(options)
  return given({
    ...known,
    destinations: [...destinations],
    key: options['api key'],
    guid: agent.guid,
    bufferSize: bufferSize === undefined ? undefined : formatSize(bufferSize),
    reconnectDelay: formatSeconds(reconnectDelay),
    timeout: formatSeconds(timeout),
    charts: charts && [...charts],
    enabled: isEnabled(options),
    running: agent.running && agent.loaded,
    owner,
  })
}

const optionsOf = ({ to, fallback = [], bufferSize, reconnectDelay, timeout, ...rest }: Inputs) => ({
  ...rest,
  destinations: [...new Set([...to.destinations, ...fallback])],
  bufferSize: bufferSize === undefined ? undefined : parseSize(bufferSize),
  reconnectDelay: secondsOf(reconnectDelay),
  timeout: secondsOf(timeout),
})

function refuseForeign(text: string): void {
  const other = streamSections(text).find(({ name, options }) => name === SECTION && isEnabled(options))
  if (other)
    fail({
      code: 'already_exists',
      summary: 'Somebody else has this agent stream already',
      detail: `[stream] of its stream.conf sends to ${other.options['destination'] || 'nobody'}.`,
      advice: 'An agent has one stream. Take that section out, or take it over with lares import.',
    })
}

type Item = BatchItem<Inputs, Attributes, NetdataAgent>

/** An agent has one stream, so that there is one item. */
async function change(
  agent: NetdataAgent,
  [item]: readonly Item[],
  { signal }: { signal: AbortSignal },
): Promise<void> {
  const { verb, context } = item!
  if (verb === 'delete') {
    const { owner = context.owner } = context.observed
    await changeStreams(agent, (text) => removeSection(text, owner), { onlyRunning: true, signal })
    return
  }
  const { inputs: wanted, owner } = context
  if (verb === 'create') await refuseTwin(agent, wanted, signal)
  await changeStreams(
    agent,
    (text, version) => {
      const own = removeSection(text, owner)
      if (verb === 'create') refuseForeign(own)
      const options = childOptions(wanted.to.key, optionsOf(wanted), version)
      return setSection(takeSection(text, owner, SECTION), owner, SECTION, options)
    },
    { signal },
  )
}

/** Two links between the same two agents are a circle: one agent has one stream. */
const linkClaim = (one: string, other: string): Claim => ({
  kind: 'the stream between',
  scope: 'lab',
  key: [one, other].sort().join(' and '),
  advice: 'Each would send to the other. Have one of them be the parent.',
})

export const stream = defineResource({
  type: 'netdata.stream',
  description: 'An agent sends all that it measures to a parent; it is ready when that shows new data of it.',
  proof: 'real',
  provider: netdataProvider,
  inputs,
  attributes,
  identity: () => SECTION,
  owner: ({ owner }) => owner,
  claims: ({ to }, prepared) => [
    ...(prepared
      ? [
          {
            ...{ kind: 'the Netdata identity', scope: 'lab' as const, key: prepared.guid },
            advice: RENEWAL,
          },
        ]
      : []),
    ...(prepared && typeof to?.guid === 'string' ? [linkClaim(prepared.guid, to.guid)] : []),
  ],
  prepare: checkStream,

  async readMany(contexts) {
    const [{ connection, signal }] = contexts as [(typeof contexts)[number]]
    const state = await readStreams(connection, signal)
    return contexts.map(() => state && attributesOf(state))
  },

  diff({ desired, observed, recorded, diff }): Change[] {
    const { to, fallback, bufferSize, reconnectDelay, timeout } = desired
    const sized = bufferSize === undefined || isUnknown(bufferSize) ? bufferSize : formatSize(parseSize(bufferSize))
    const changes = diff({
      desired: {
        ...{ ...desired, bufferSize: sized },
        ...{ reconnectDelay: sameDuration(reconnectDelay), timeout: sameDuration(timeout) },
      },
      skip: ['to', 'fallback', 'verify'],
    }).map((change) => ({ ...change, effect: 'restart' as const }))
    const isOpen = [to, to.key, to.destinations, fallback].flat().some((value) => isUnknown(value))
    const wanted = isOpen ? [] : optionsOf(desired).destinations
    const cause = recorded ? 'drifted' : 'changed'
    if (isOpen || wanted.join(' ') !== observed.destinations.join(' ')) {
      const after = isOpen ? UNKNOWN : wanted
      changes.push({ path: 'destinations', before: observed.destinations, after, effect: 'restart', cause })
    }
    if (isOpen || to.key !== observed.key)
      changes.push({ path: 'key', after: UNKNOWN, effect: 'restart', cause, secret: true })
    for (const path of ['enabled', 'running'] as const)
      if (!observed[path]) changes.push({ path, before: false, after: true, effect: 'restart', cause: 'drifted' })
    return changes
  },

  ...streamsBatch<Inputs, Attributes>({
    change,
    found: async (_, state) => attributesOf(state),
    identityOf: () => SECTION,
  }),

  ready: async ({ connection, inputs: wanted, attributes: found, signal, log }) => {
    if (wanted.verify) await waitForData(connection, found, { signal, log })
  },

  inputsOf: ({ destinations, key, guid: _, enabled: __, running: ___, owner: ____, ...rest }) => ({
    ...rest,
    ...(key === undefined ? {} : { to: { destinations, key } }),
  }),
})

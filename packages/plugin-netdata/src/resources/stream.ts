import { type BatchItem, type Change, type Claim, defineResource, fail, isUnknown, UNKNOWN } from '@lares/core'
import {
  changeStreams,
  childOptions,
  isEnabled,
  type NetdataAgent,
  readStreams,
  removeSection,
  setSection,
  streamSections,
  takeSection,
} from '../client/index.ts'
import { netdataProvider } from '../provider.ts'
import { needsAgent } from './agent/claim.ts'
import { streamsBatch } from './stream/batch.ts'
import { durationInWords, sizeInWords } from './stream/inputs.ts'
import { checkStream, RENEWAL, refuseTwin, waitForData } from './stream/link.ts'
import { type Attributes, attributes, attributesOf, type Inputs, inputs, optionsOf, SECTION } from './stream/state.ts'

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
  needs: needsAgent,
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
    const { to, fallback } = desired
    const inWords = (name: 'reconnectDelay' | 'timeout') =>
      durationInWords(observed[name], desired[name], recorded?.[name])
    const changes = diff({
      // A destination says so or does not.
      desired: { ...desired, tls: desired.tls || undefined },
      observed: {
        ...{ ...observed, reconnectDelay: inWords('reconnectDelay'), timeout: inWords('timeout') },
        bufferSize: sizeInWords(observed.bufferSize, desired.bufferSize, recorded?.['bufferSize']),
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

  batch: streamsBatch<Inputs, Attributes>({
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

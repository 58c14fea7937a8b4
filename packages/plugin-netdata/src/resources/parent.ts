import { createHash, randomUUID } from 'node:crypto'
import { type BatchItem, type Change, defineResource, fail, UNKNOWN } from '@lares/core'
import {
  type AgentPlace,
  changeStreams,
  type NetdataAgent,
  parentOptions,
  parseIni,
  readStreams,
  removeSection,
  setSection,
  streamSections,
} from '../client/index.ts'
import { netdataProvider } from '../provider.ts'
import { needsAgent } from './agent/claim.ts'
import { secondsOf } from './schema-parts.ts'
import { streamsBatch } from './stream/batch.ts'
import { durationInWords, type StreamTarget } from './stream/inputs.ts'
import {
  type Attributes,
  attributes,
  attributesOf,
  type Inputs,
  identityOf,
  inputs,
  isOf,
} from './stream/parent-state.ts'

type Item = BatchItem<Inputs, Attributes, NetdataAgent>

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

/** Its children follow in the same plan. */
function movedStream(stream: StreamTarget, { port, renewed }: NonNullable<AgentPlace['next']>): Change {
  const destinations = stream.destinations.map((each) =>
    port === undefined ? each : each.replace(/:\d+$/, `:${port}`),
  )
  return {
    ...{ path: 'stream', effect: 'live', cause: 'changed', secret: true },
    after: renewed ? UNKNOWN : { ...stream, destinations },
    note: port === undefined ? 'its agent gets another identity' : `children reach it at ${destinations.join(', ')}`,
  }
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
  needs: needsAgent,
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
    const { next } = connection.place
    const state = await readStreams(connection, signal)
    if (!state) return next
    if (key !== undefined) refuseTaken(state.text, key, `${owner.lab}/${owner.address}`)
    if (boundTo(state.agent.conf)?.every((address) => LOOPBACK.test(address)))
      warn({
        code: 'loopback_only',
        summary: 'This agent answers on loopback alone, so no child can reach it',
        advice: 'Have it bind more: netdata.agent with "bind: [\'*\']", or [web] "bind to" in netdata.conf.',
      })
    return next
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

  diff({ desired, observed, recorded, prepared, diff }): Change[] {
    const { key } = desired
    const inWords = (name: 'postponeAlerts' | 'replicationPeriod') =>
      durationInWords(observed[name], desired[name], recorded?.[name])
    const changes = diff({
      observed: {
        ...observed,
        ...{ postponeAlerts: inWords('postponeAlerts'), replicationPeriod: inWords('replicationPeriod') },
      },
      // Of a key that was found, nobody knows which turn it is.
      skip: ['address', 'key', 'sharedKey', ...(recorded ? [] : ['rotation'])],
    })
      .filter(({ path, cause }) => path !== 'rotation' || cause !== 'unset')
      .map((change): Change => ({ ...change, effect: 'restart' }))
    const isOther = key !== undefined && key !== observed.stream.key
    if (isOther || (key === undefined && plansNewKey(changes)))
      changes.push({
        ...{ path: 'stream', after: UNKNOWN, effect: 'restart', secret: true },
        cause: isOther && recorded?.['key'] !== undefined ? 'drifted' : 'changed',
        note: 'another key: its children send again once they have it',
      })
    else if (prepared) changes.push(movedStream(observed.stream, prepared))
    for (const path of ['enabled', 'running'] as const)
      if (!observed[path]) changes.push({ path, before: false, after: true, effect: 'restart', cause: 'drifted' })
    return changes
  },

  batch,
})

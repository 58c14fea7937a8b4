import { formatSize, milliseconds, parseSize } from '@lares/core'
import { type AgentVersion, isAtLeast } from '../version.ts'

export type Options = Readonly<Record<string, string>>

/** How a parent treats the children that come with one key. Seconds; what is absent is left to the agent. */
export interface ParentOptions {
  /** Simple patterns of addresses. */
  allowFrom?: readonly string[] | undefined
  database?: string | undefined
  /** Points of each metric, in a database other than dbengine. */
  retention?: number | undefined
  health?: boolean | 'auto' | undefined
  postponeAlerts?: number | undefined
  replication?: boolean | undefined
  replicationPeriod?: number | undefined
  compression?: boolean | undefined
}

/** How a child sends. Seconds and bytes; what is absent is left to the agent. */
export interface ChildOptions {
  /** `HOST:PORT`, the first that answers is taken. */
  destinations: readonly string[]
  tls?: boolean | undefined
  tlsVerify?: boolean | undefined
  caFile?: string | undefined
  compression?: boolean | undefined
  bufferSize?: number | undefined
  reconnectDelay?: number | undefined
  timeout?: number | undefined
  /** Simple patterns of charts. */
  charts?: readonly string[] | undefined
}

/**
 * Before 2.0 the units stood in the names. Sources: `streaming/stream.conf` of Netdata 1.37 and `src/streaming/stream-conf.c`
 * of 2.0, which still takes the old names; a newer agent is told the new ones alone.
 */
const NAMES = {
  database: ['default memory mode', 'db'],
  retention: ['default history', 'retention'],
  health: ['health enabled by default', 'health enabled'],
  postponeAlerts: ['default postpone alarms on connect seconds', 'postpone alerts on connect'],
  replicationPeriod: ['seconds to replicate', 'replication period'],
  bufferSize: ['buffer size bytes', 'buffer size'],
  reconnectDelay: ['reconnect delay seconds', 'reconnect delay'],
  timeout: ['timeout seconds', 'timeout'],
} as const

/** Of both sections, in all versions. */
export const OPTION_NAMES: ReadonlySet<string> = new Set([
  ...Object.values(NAMES).flat(),
  ...['type', 'enabled', 'allow from', 'enable replication', 'enable compression'],
  ...['destination', 'api key', 'ssl skip certificate verification', 'CAfile', 'send charts matching'],
])

const word = (value: boolean | 'auto' | undefined): string | undefined =>
  value === undefined ? undefined : value === 'auto' ? value : value ? 'yes' : 'no'

const defined = (all: Record<string, string | undefined>): Options =>
  Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined))

const wordsFor = (version: AgentVersion) => {
  const isNew = isAtLeast(version, '2.0.0')
  return {
    name: (option: keyof typeof NAMES): string => NAMES[option][isNew ? 1 : 0],
    seconds: (value: number | undefined) => (value === undefined ? undefined : `${value}${isNew ? 's' : ''}`),
    bytes: (value: number | undefined) => (value === undefined ? undefined : isNew ? formatSize(value) : `${value}`),
  }
}

/** The section of a key, whose name is the key. */
export function parentOptions(wanted: ParentOptions, version: AgentVersion): Options {
  const { name, seconds } = wordsFor(version)
  return defined({
    type: 'api',
    enabled: 'yes',
    'allow from': wanted.allowFrom?.join(' '),
    [name('database')]: wanted.database,
    [name('retention')]: wanted.retention?.toString(),
    [name('health')]: word(wanted.health),
    [name('postponeAlerts')]: seconds(wanted.postponeAlerts),
    'enable replication': word(wanted.replication),
    [name('replicationPeriod')]: seconds(wanted.replicationPeriod),
    'enable compression': word(wanted.compression),
  })
}

/** The section `[stream]`. */
export function childOptions(key: string, wanted: ChildOptions, version: AgentVersion): Options {
  const { name, seconds, bytes } = wordsFor(version)
  return defined({
    enabled: 'yes',
    destination: wanted.destinations.map((each) => `${each}${wanted.tls ? ':SSL' : ''}`).join(' '),
    'api key': key,
    'ssl skip certificate verification': word(wanted.tlsVerify === undefined ? undefined : !wanted.tlsVerify),
    CAfile: wanted.caFile,
    'enable compression': word(wanted.compression),
    [name('bufferSize')]: bytes(wanted.bufferSize),
    [name('reconnectDelay')]: seconds(wanted.reconnectDelay),
    [name('timeout')]: seconds(wanted.timeout),
    'send charts matching': wanted.charts?.join(' '),
  })
}

const optionOf = (options: Options, option: keyof typeof NAMES): string | undefined =>
  NAMES[option].map((name) => options[name]).find((value) => value !== undefined)

const flag = (value: string | undefined): boolean | undefined =>
  value === undefined ? undefined : ['yes', 'true', 'on'].includes(value.toLowerCase())

const list = (value: string | undefined): string[] | undefined => value?.split(/\s+/).filter(Boolean)

const number = (value: string | undefined): number | undefined =>
  value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined

/** Undefined for what is written as none of ours. */
const understood = (read: (value: string) => number, value: string | undefined): number | undefined => {
  if (value === undefined) return undefined
  try {
    return read(value)
  } catch {
    return undefined
  }
}

const secondsIn = (value: string): number => number(value) ?? milliseconds(value) / 1000

export function parseParentOptions(options: Options): ParentOptions {
  const health = optionOf(options, 'health')
  return {
    allowFrom: list(options['allow from']),
    database: optionOf(options, 'database'),
    retention: number(optionOf(options, 'retention')),
    health: health === 'auto' ? health : flag(health),
    postponeAlerts: understood(secondsIn, optionOf(options, 'postponeAlerts')),
    replication: flag(options['enable replication']),
    replicationPeriod: understood(secondsIn, optionOf(options, 'replicationPeriod')),
    compression: flag(options['enable compression']),
  }
}

export function parseChildOptions(options: Options): ChildOptions {
  const destinations = list(options['destination']) ?? []
  const skip = flag(options['ssl skip certificate verification'])
  return {
    destinations: destinations.map((each) => each.replace(/:SSL$/i, '')),
    tls: destinations.some((each) => /:SSL$/i.test(each)) || undefined,
    tlsVerify: skip === undefined ? undefined : !skip,
    caFile: options['CAfile'],
    compression: flag(options['enable compression']),
    bufferSize: understood(parseSize, optionOf(options, 'bufferSize')),
    reconnectDelay: understood(secondsIn, optionOf(options, 'reconnectDelay')),
    timeout: understood(secondsIn, optionOf(options, 'timeout')),
    charts: list(options['send charts matching']),
  }
}

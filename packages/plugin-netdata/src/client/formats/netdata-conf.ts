import { type AgentVersion, isAtLeast } from '../version.ts'
import type { Sections } from './ini.ts'

/** What an agent does, in one unit each: seconds, bytes. What is absent is left to the agent. */
export interface AgentOptions {
  hostname?: string | undefined
  /** Addresses that it answers on; with none it has no API. */
  bind: readonly string[]
  port: number
  /** Simple patterns of addresses. */
  allowFrom?: readonly string[] | undefined
  /** Seconds. */
  updateEvery?: number | undefined
  database?: DatabaseOptions | undefined
  plugins?: Readonly<Record<string, boolean>> | undefined
  health?: HealthOptions | undefined
  registry?: { announce?: string | undefined; serve?: boolean | undefined } | undefined
  machineLearning?: boolean | undefined
  /** Wins over the others. */
  settings?: Sections | undefined
}

export interface DatabaseOptions {
  mode?: 'dbengine' | 'ram' | 'alloc' | 'none' | undefined
  /** Points that `ram` and `alloc` keep. */
  retention?: number | undefined
  /** Of dbengine: as measured, per minute, per hour, and so on. Bytes and seconds, 0 for no limit. */
  tiers?: readonly { size?: number | undefined; time?: number | undefined }[] | undefined
  /** Bytes. */
  pageCache?: number | undefined
}

export interface HealthOptions {
  enabled?: boolean | undefined
  /** Simple patterns of alarm names. */
  alarms?: readonly string[] | undefined
  /** Seconds. */
  every?: number | undefined
}

/** What an agent of this version can't be told. */
export interface TooOld {
  path: readonly (string | number)[]
  /** The version that can. */
  needs: string
}

const MIB = 1024 ** 2
const DAY = 86_400
const OLDEST = '1.37.0'

export function whatIsTooOld({ database }: AgentOptions, version: AgentVersion): TooOld[] {
  if (!isAtLeast(version, OLDEST)) return [{ path: [], needs: OLDEST }]
  if (isAtLeast(version, '1.46.0')) return []
  return (database?.tiers ?? []).flatMap(({ size, time }, tier) => [
    ...(time === undefined ? [] : [{ path: ['database', 'tiers', tier, 'time'], needs: '1.46.0' }]),
    ...(size === 0 ? [{ path: ['database', 'tiers', tier, 'size'], needs: '1.46.0' }] : []),
  ])
}

/**
 * The sections of netdata.conf that say so to an agent of this version. Names of before 2.0 carry their units, those of 2.0
 * and later have them in the value; disk space became the limit of a tier by itself in 1.46. Sources: Netdata's
 * `src/database/README.md` and `netdata-conf-backwards-compatibility.c`.
 */
export function netdataConf(options: AgentOptions, version: AgentVersion): Sections {
  const { hostname, bind, port, allowFrom, plugins, health, registry, machineLearning } = options
  const isNew = isAtLeast(version, '2.0.0')
  const sections: Record<string, Record<string, string | undefined>> = {
    global: { hostname },
    db: databaseOf(options, version),
    web: {
      mode: bind.length === 0 ? 'none' : undefined,
      'bind to': bind.length === 0 ? undefined : bind.join(' '),
      'default port': String(port),
      'allow connections from': allowFrom?.join(' '),
    },
    plugins: Object.fromEntries(Object.entries(plugins ?? {}).map(([name, isOn]) => [name, word(isOn)])),
    health: {
      enabled: word(health?.enabled),
      'enabled alarms': health?.alarms?.join(' '),
      [isNew ? 'run at least every' : 'run at least every seconds']: seconds(health?.every, isNew),
    },
    registry: { enabled: word(registry?.serve), 'registry to announce': registry?.announce },
    ml: { enabled: word(machineLearning) },
  }
  for (const [name, more] of Object.entries(options.settings ?? {})) sections[name] = { ...sections[name], ...more }
  return Object.fromEntries(
    Object.entries(sections)
      .map(([name, all]) => [name, defined(all)] as const)
      .filter(([, all]) => Object.keys(all).length > 0),
  )
}

function databaseOf({ database = {}, updateEvery }: AgentOptions, version: AgentVersion) {
  const { mode, retention, tiers, pageCache } = database
  const isNew = isAtLeast(version, '2.0.0')
  return {
    [isNew ? 'db' : 'mode']: mode,
    'update every': seconds(updateEvery, isNew),
    retention: retention === undefined ? undefined : String(retention),
    'storage tiers': tiers && String(tiers.length),
    ...Object.assign({}, ...(tiers ?? []).map((tier, index) => tierOf(tier, index, version))),
    [isNew ? 'dbengine page cache size' : 'dbengine page cache size MB']:
      pageCache === undefined ? undefined : size(pageCache, isNew),
  }
}

function tierOf(tier: { size?: number | undefined; time?: number | undefined }, index: number, version: AgentVersion) {
  const isNew = isAtLeast(version, '2.0.0')
  const space = isNew
    ? `dbengine tier ${index} retention size`
    : isAtLeast(version, '1.46.0')
      ? `dbengine tier ${index} disk space MB`
      : `dbengine ${index === 0 ? '' : `tier ${index} `}multihost disk space MB`
  const time = isNew ? `dbengine tier ${index} retention time` : `dbengine tier ${index} retention days`
  return {
    [space]: tier.size === undefined ? undefined : size(tier.size, isNew),
    [time]: tier.time === undefined ? undefined : isNew ? `${tier.time}s` : String(Math.ceil(tier.time / DAY)),
  }
}

const size = (bytes: number, isNew: boolean): string => `${Math.ceil(bytes / MIB)}${isNew && bytes > 0 ? 'MiB' : ''}`

const seconds = (value: number | undefined, isNew: boolean): string | undefined =>
  value === undefined ? undefined : `${Math.max(1, Math.round(value))}${isNew ? 's' : ''}`

const word = (isOn: boolean | undefined): string | undefined => (isOn === undefined ? undefined : isOn ? 'yes' : 'no')

const defined = (all: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined))

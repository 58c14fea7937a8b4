import type { Owner, ReadContext } from '@lares/core'
import * as z from 'zod'
import { type AlarmFile, pathOf, readAlarmFiles } from '../../client/alarm-files.ts'
import { isNetdataError, type Alarm as SeenAlarm } from '../../client/api/index.ts'
import { formatMark, parseFile, parseHealth, parseMark } from '../../client/formats/health/index.ts'
import type { NetdataAgent } from '../../client/index.ts'
import { formatVersion } from '../../client/version.ts'
import type { Inputs } from './inputs.ts'
import { fileNameOf, formerNameOf } from './text.ts'

export const attributes = z.object({
  file: z.string().describe('Where it is written'),
  owner: z.object({ lab: z.string(), address: z.string() }).optional().describe('Whose mark it has'),
  names: z.array(z.string()).describe('Names of the alarms in it'),
  text: z.string().optional().describe('What the file says; absent while its removal is under way'),
  enabled: z.boolean().describe('False: no agent reads it'),
  loaded: z.boolean().describe('The agent has read the file since it became what it is'),
  version: z.string().optional().describe('Of the agent'),
  alarms: z
    .array(
      z.object({
        name: z.string(),
        chart: z.string(),
        status: z.string().describe('`clear`, `warning`, `critical`, `undefined`, `uninitialized` or `removed`'),
        value: z.number().nullable(),
        units: z.string().nullable(),
      }),
    )
    .optional()
    .describe('What the agent watches because of it, and how that is now; absent while the agent does not answer'),
})
export type Attributes = z.output<typeof attributes>
export type Reading = ReadContext<Inputs, Attributes, NetdataAgent>

/** All alarms that an agent has; undefined while it does not answer. */
export async function seenAlarms(agent: NetdataAgent, signal?: AbortSignal): Promise<readonly SeenAlarm[] | undefined> {
  if (agent.place.address === undefined) return undefined
  try {
    return (await agent.api.alarms({ all: true, signal })).alarms
  } catch (error) {
    if (isNetdataError(error, 'unreachable', 'starting', 'timeout', 'incomplete')) return undefined
    throw error
  }
}

/** Folders are others inside a container; the name of a file is the same. */
export const isFrom = ({ source }: SeenAlarm, name: string): boolean => source?.file?.endsWith(`/${name}.conf`) === true

/** Whose the file is, or was. */
const ownerOf = ({ text, leaving }: AlarmFile): Owner | undefined =>
  text === undefined ? parseMark(leaving!) : parseFile(text).owner

/** The names, other than this one, under which a file of this owner is, too. */
export function strayNames(files: ReadonlyMap<string, AlarmFile>, name: string, owner: Owner): string[] {
  const names = [fileNameOf(owner), formerNameOf(owner)]
  const isOurs = (file: AlarmFile | undefined) => {
    const its = file && ownerOf(file)
    return its !== undefined && formatMark(its) === formatMark(owner)
  }
  return names.includes(name) ? names.filter((each) => each !== name && isOurs(files.get(each))) : []
}

export interface AlarmPlace {
  readonly name: string
  readonly owner: Owner
}

/** All names that files of these owners may have. */
export const namesOf = (places: readonly AlarmPlace[]): string[] => [
  ...new Set(places.flatMap(({ name, owner }) => [name, fileNameOf(owner), formerNameOf(owner)])),
]

export async function readAlarms(
  agent: NetdataAgent,
  places: readonly AlarmPlace[],
  signal?: AbortSignal,
): Promise<(Attributes | null)[]> {
  const files = await readAlarmFiles(agent, namesOf(places), signal)
  if (files.size === 0) return places.map(() => null)
  const [version, seen] = await Promise.all([agent.version(signal), seenAlarms(agent, signal)])
  return places.map(({ name, owner }) => {
    // Only under the name that it is to have there is one of another name.
    const [stray] = name === fileNameOf(owner) ? strayNames(files, name, owner) : []
    const there = files.has(name) ? name : stray
    const file = there === undefined ? undefined : files.get(there)
    if (!file) return null
    return attributesOf(agent, there!, { ...file, loaded: file.loaded && stray === undefined }, { version, seen })
  })
}

interface Seen {
  readonly version: Awaited<ReturnType<NetdataAgent['version']>>
  readonly seen: readonly SeenAlarm[] | undefined
}

function attributesOf(
  agent: NetdataAgent,
  name: string,
  { text, loaded, leaving }: AlarmFile,
  { version, seen }: Seen,
): Attributes {
  const file = text === undefined ? undefined : parseFile(text)
  const entries = file && version ? parseHealth(file.text, version).entries : []
  return {
    file: pathOf(agent, name),
    owner: file ? file.owner : parseMark(leaving!),
    names: entries.map(({ alarm }) => alarm.alarm ?? alarm.template!),
    ...(file ? { text: file.text } : {}),
    enabled: file?.enabled ?? true,
    loaded,
    ...(version ? { version: formatVersion(version) } : {}),
    ...(seen
      ? {
          alarms: seen
            .filter((alarm) => isFrom(alarm, name))
            .map(({ name, chart, status, value, units }) => ({ name, chart, status, value, units })),
        }
      : {}),
  }
}

/** All alarms of one agent, in one question to its host and one to the agent. */
export const readMany = (contexts: readonly Reading[]): Promise<(Attributes | null)[]> => {
  const [{ connection, signal }] = contexts as [Reading]
  return readAlarms(
    connection,
    contexts.map(({ identity, owner }) => ({ name: identity, owner })),
    signal,
  )
}

import { fail } from './diagnostics.ts'
import { applyEntry, emptyState, type ResourceRecord, STATE_VERSION, type State } from './state.ts'
import { broken } from './state-damage.ts'
import { type Journal, parseJournal } from './state-journal.ts'
import { formatPath, isObject, type JsonObject, type Path } from './value.ts'

/** Brings a state of version N, the key, to version N + 1. */
export type Migrations = { readonly [version: number]: (old: JsonObject) => JsonObject }

export const MIGRATIONS: Migrations = {}

/** The two files of a state, as they were found. */
export interface StateFiles {
  snapshotFile: string
  snapshot?: Buffer | undefined
  journalFile: string
  journal?: Buffer | undefined
}

export interface LoadedState {
  state: State
  /** The journal holds changes that the snapshot does not have. */
  unfolded: boolean
}

/** The snapshot's text: JSON with one resource on each line. */
export function formatState({ version, lab, lineage, serial, resources, kept, stopped, outputs }: State): string {
  const head = Object.entries({ version, lab, lineage, serial }).map(([key, value]) => member(key, value))
  const blocks = [
    ['resources', resources],
    ['kept', kept],
    // States of before know none.
    ...(Object.keys(stopped).length > 0 ? [['stopped', stopped] as const] : []),
    ['outputs', outputs],
  ] as const
  return `{\n${[...head, ...blocks.map(([name, members]) => block(name, members))].join(',\n')}\n}\n`
}

const member = (key: string, value: unknown): string => `${JSON.stringify(key)}: ${JSON.stringify(value)}`

function block(name: string, members: { [key: string]: unknown }): string {
  const lines = Object.keys(members).map((key) => member(key, members[key]))
  return lines.length === 0 ? `"${name}": {}` : `"${name}": {\n${lines.join(',\n')}\n}`
}

/**
 * Makes the state of a lab from its files; an empty one when there are none.
 * Throws `state_broken`, `state_newer` or `state_of_other_lab`, with file and position.
 */
export function loadState(files: StateFiles, lab: string, migrations: Migrations = MIGRATIONS): LoadedState {
  const snapshot = files.snapshot && parseSnapshot(files.snapshot.toString(), files.snapshotFile, lab)
  const journal = files.journal && parseJournal(files.journal, files.journalFile)
  const header = journal?.header
  if (header) checkHead({ ...header }, files.journalFile, lab)

  const finish = (raw: JsonObject) => {
    const state = { stopped: {}, ...migrate(raw, STATE_VERSION, migrations, files.snapshotFile) }
    checkShape(state, files)
    return state
  }
  const base = snapshot ?? fresh(lab, header?.lineage)
  const folded = header && header.lineage === base['lineage'] && header.serial < Number(base['serial'])
  if (!journal || !header || folded || journal.entries.length === 0) {
    return { state: snapshot ? finish(snapshot) : emptyState(lab, ''), unfolded: false }
  }
  if (header.lineage !== base['lineage'] || header.serial !== base['serial']) {
    return broken(files.journalFile, {
      what: `it continues serial ${header.serial}, but the snapshot has ${snapshot ? `serial ${base['serial']}` : 'gone'}`,
    })
  }
  return { state: finish(fold(migrate(base, header.version, migrations, files.snapshotFile), journal)), unfolded: true }
}

const fresh = (lab: string, lineage = ''): JsonObject => ({ ...emptyState(lab, lineage) }) as unknown as JsonObject

function fold(raw: JsonObject, journal: Journal): JsonObject {
  const state = raw as unknown as State
  state.stopped ??= {}
  for (const entry of journal.entries) applyEntry(state, entry)
  state.serial++
  return raw
}

/** The serial that a snapshot's text names, even when the rest of it is broken. */
export function serialIn(text: string): number | undefined {
  const [, serial] = /^"serial": (\d+)/m.exec(text) ?? []
  return serial === undefined ? undefined : Number(serial)
}

function parseSnapshot(text: string, file: string, lab: string): JsonObject {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (error) {
    const { message } = error as Error
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(message) ?? []
    const position = line === undefined ? endOf(text) : { line: Number(line), column: Number(column) }
    return broken(file, { what: 'it is not JSON', detail: message, ...position, cause: error })
  }
  if (!isObject(raw)) return broken(file, { what: 'it holds no object' })
  checkHead(raw, file, lab)
  return raw as JsonObject
}

function endOf(text: string): { line: number; column: number } {
  const lines = text.split('\n')
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
}

function checkHead(head: Record<string, unknown>, file: string, lab: string): void {
  const { version, lab: other, lineage, serial } = head
  if (!isCount(version)) broken(file, { what: 'it has no version', path: ['version'] })
  if (version > STATE_VERSION) {
    fail({
      code: 'state_newer',
      summary: `The state was written by a newer version of Lares (format ${version}, this one reads up to ${STATE_VERSION})`,
      advice: 'Update Lares. `lares state history` lists older versions, should you want to go back.',
      source: { file },
    })
  }
  if (typeof other !== 'string') broken(file, { what: 'it names no lab', path: ['lab'] })
  if (other !== lab) {
    fail({
      code: 'state_of_other_lab',
      summary: `The state is of the lab "${other}", and this is "${lab}"`,
      advice: `Give this lab a directory of its own, or its name back: "${other}".`,
      source: { file },
    })
  }
  if (typeof lineage !== 'string') broken(file, { what: 'it has no lineage', path: ['lineage'] })
  if (!isCount(serial)) broken(file, { what: 'it has no serial', path: ['serial'] })
}

function migrate(raw: JsonObject, to: number, migrations: Migrations, file: string): JsonObject {
  let state = raw
  for (let version = Number(raw['version']); version < to; version++) {
    const step = migrations[version]
    if (!step) return broken(file, { what: `nothing is known of its format ${version}`, path: ['version'] })
    state = { ...step(state), version: version + 1 }
  }
  return state
}

function checkShape(state: JsonObject, files: StateFiles): asserts state is JsonObject & State {
  const path = wrongRecord(state, 'resources') ?? wrongRecord(state, 'kept')
  const wrong = path ?? wrongStopped(state) ?? (isObject(state['outputs']) ? undefined : ['outputs'])
  if (wrong) {
    const line = lineOf(files.snapshot?.toString() ?? '', wrong)
    broken(files.snapshotFile, {
      what: `${formatPath(wrong)} is missing or not what it should be`,
      path: wrong,
      ...line,
    })
  }
}

function wrongStopped({ stopped }: JsonObject): Path | undefined {
  if (!isObject(stopped)) return ['stopped']
  const wrong = Object.entries(stopped).find(([, since]) => !isString(since))
  return wrong && ['stopped', wrong[0]]
}

function wrongRecord(state: JsonObject, name: string): Path | undefined {
  const records: unknown = state[name]
  if (!isObject(records)) return [name]
  for (const address in records) {
    const wrong = wrongField(records[address])
    if (wrong) return [name, address, ...wrong]
  }
  return undefined
}

/** The path of the first field of a record that is not as it should be. */
function wrongField(record: unknown): Path | undefined {
  if (!isObject(record)) return []
  for (const [field, isRight, optional] of FIELDS) {
    const value = record[field]
    if (value === undefined ? !optional : !isRight(value)) return [field]
  }
  const { deposed = [] } = record as { deposed?: unknown[] }
  for (const [i, former] of deposed.entries()) {
    const wrong = wrongField(former)
    if (wrong) return ['deposed', i, ...wrong]
  }
  return undefined
}

const isString = (value: unknown) => typeof value === 'string'
const isFlag = (value: unknown) => typeof value === 'boolean'
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isStrings = (value: unknown) => Array.isArray(value) && value.every(isString)
const isPending = (value: unknown) => ['create', 'update', 'replace', 'delete'].includes(value as string)

const FIELDS: readonly [field: keyof ResourceRecord, isRight: (value: unknown) => boolean, optional?: 'optional'][] = [
  ['type', isString],
  ['plugin', isString],
  ['version', isCount],
  ['identity', isString],
  ['dependencies', isStrings],
  ['inputs', isObject],
  ['attributes', isObject],
  ['scope', isString, 'optional'],
  ['on', isString, 'optional'],
  ['sealed', isString, 'optional'],
  ['pending', isPending, 'optional'],
  ['absent', isFlag, 'optional'],
  ['adopted', isFlag, 'optional'],
  ['found', isFlag, 'optional'],
  ['deposed', Array.isArray, 'optional'],
  ['parts', isStrings, 'optional'],
]

function lineOf(text: string, [, address]: Path): { line?: number } {
  if (address === undefined) return {}
  const at = text.indexOf(`\n${JSON.stringify(String(address))}: `)
  return at < 0 ? {} : { line: text.slice(0, at + 1).split('\n').length }
}

import { type ResourceRecord, type State, type StateVersion, showValue } from '@lares/core'
import type { Style } from '../style.ts'
import { table } from './table.ts'

export function renderState({ resources, kept }: State, style: Style): string {
  const rows = (records: { [address: string]: ResourceRecord }) =>
    byName(records).map(([address, { type, on, identity, pending }]) => [
      style.strong(address),
      type,
      on === undefined ? '' : `on ${on}`,
      identity,
      pending === undefined ? '' : style.warning(`${pending} was interrupted`),
    ])
  const blocks: string[] = []
  if (Object.keys(resources).length > 0) blocks.push(table(rows(resources)))
  if (Object.keys(kept).length > 0) {
    blocks.push(`${style.strong('Kept, because it holds data')}\n${table(rows(kept), '  ')}`)
  }
  return blocks.length > 0 ? blocks.join('\n') : 'Nothing is recorded yet.\n'
}

/** What was done at the same time is recorded in any order. */
const byName = <T>(records: { [address: string]: T }): [string, T][] =>
  Object.entries(records).sort(([a], [b]) => (a < b ? -1 : 1))

/** One record as lines; secrets and what is sealed are masked. */
export function renderRecord(address: string, record: ResourceRecord, style: Style): string {
  const { inputs, attributes, sealed, deposed, prepared: _, ...rest } = record
  const lines = [`${style.strong(address)}  ${style.faint(record.type)}`]
  for (const [name, value] of Object.entries(rest)) if (name !== 'type') lines.push(`  ${name}: ${plain(value)}`)
  if (sealed !== undefined) lines.push('  sealed: (secret)')
  if (deposed && deposed.length > 0) lines.push(`  former objects to delete: ${deposed.length}`)
  for (const [title, tree] of [
    ['inputs', inputs],
    ['attributes', attributes],
  ] as const) {
    lines.push(`  ${style.strong(title)}`)
    for (const [name, value] of Object.entries(tree)) lines.push(`    ${name}: ${showValue(value)}`)
  }
  return `${lines.join('\n')}\n`
}

const plain = (value: unknown): string =>
  typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') || '(none)' : String(value)

export function renderHistory(versions: readonly StateVersion[]): string {
  if (versions.length === 0) return 'There are no older versions.\n'
  const newestFirst = [...versions].sort((a, b) => b.serial - a.serial)
  const rows = newestFirst.map(({ serial, at, resources }) => [
    String(serial),
    at.slice(0, 19).replace('T', ' '),
    `${resources} resources`,
  ])
  return table(rows)
}

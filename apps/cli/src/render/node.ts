import type { Action, Change, PlanNode } from '@lares/core'
import type { Style } from '../style.ts'
import { hunks, isText } from './hunks.ts'
import { brief, briefPair } from './values.ts'

export const symbols: Record<Action, string> = {
  create: '+',
  update: '~',
  replace: '-/+',
  delete: '-',
  keep: '=',
  adopt: '>',
  forget: 'x',
  stop: '-',
  start: '+',
  none: ' ',
}

const tones: Record<Action, keyof Style> = {
  create: 'create',
  update: 'change',
  replace: 'destroy',
  delete: 'destroy',
  keep: 'keep',
  adopt: 'create',
  forget: 'keep',
  stop: 'change',
  start: 'create',
  none: 'faint',
}

export const toned = (action: Action, text: string, style: Style): string => style[tones[action]](text)

const INDENT = '        '

/** Widths of the address and the type, so that the lines of a group are a table. */
export interface Columns {
  title: number
  type: number
}

const titleOf = ({ id, address }: PlanNode): string => (id === address ? address : `${address} (its former object)`)

export function columnsOf(nodes: readonly PlanNode[]): Columns {
  const widest = (texts: string[], most: number) => Math.min(most, Math.max(0, ...texts.map((text) => text.length)))
  return {
    title: widest(nodes.map(titleOf), 28),
    type: widest(
      nodes.map(({ type }) => type),
      28,
    ),
  }
}

/** One action: what is done to what and why, then every attribute that differs. */
export function renderNode(node: PlanNode, style: Style, columns: Columns = columnsOf([node])): string[] {
  const symbol = node.blocked ? '!' : node.permitted.length > 1 ? '?' : symbols[node.action]
  const head = [
    node.blocked ? style.warning(symbol.padStart(5)) : toned(node.action, symbol.padStart(5), style),
    style.strong(titleOf(node).padEnd(columns.title)),
    style.faint(node.type.padEnd(columns.type)),
    node.blocked ? style.warning(`left alone: ${blockedWords[node.blocked]}`) : phrase(node, style),
  ]
  const lines = [head.join('  ')]
  for (const note of notes(node)) lines.push(`${INDENT}${style.faint(note)}`)
  // What is refused is shown as it would be: that is what is asked for consent.
  if (node.blocked && node.blocked !== 'refused') return lines
  const width = Math.min(28, Math.max(0, ...node.changes.map(({ path }) => path.length + 1)))
  for (const change of node.changes) lines.push(...renderChange(change, node, style, INDENT, width))
  return lines
}

const blockedWords = {
  unreachable: 'its host does not answer',
  failed: 'it could not be read',
  dependency: 'it waits for something that is left alone',
  refused: 'see below',
  stopped: 'it is stopped on purpose',
} as const

function phrase(node: PlanNode, style: Style): string {
  const others = node.permitted.filter((action) => action !== node.action)
  const words = [node.action, ...others].filter((action, _, all) => action !== 'none' || all.length > 1)
  const verb = words.map((action) => (action === 'none' ? 'nothing' : action)).join(' or ')
  const effect = node.action === 'update' && node.effect !== undefined ? `, ${effectWords[node.effect]}` : ''
  const causes = node.causes.length > 0 ? style.faint(` (${node.causes.join(', ')})`) : ''
  const be = node.waitsFor.length === 1 ? 'is' : 'are'
  const when = node.waitsFor.length > 0 ? `, decided after ${node.waitsFor.join(', ')} ${be} ready` : ''
  return `${toned(node.action, `${verb}${effect}`, style)}${causes}${when}`
}

const effectWords = { live: 'live', restart: 'with a restart', replace: 'with a replacement' } as const

function notes(node: PlanNode): string[] {
  const list: string[] = []
  if (node.from !== undefined) list.push(`was ${node.from}`)
  if (node.goneWith !== undefined) list.push(`goes with ${node.goneWith}`)
  if (node.action === 'replace' && node.order !== undefined) list.push(orderWords[node.order])
  if (node.holds) list.push(`stays because of what is kept on it: ${node.holds.join(', ')}`)
  else if (node.action === 'keep') {
    list.push(`holds data, so it stays; to delete it: --allow-data-loss ${node.address}`)
  }
  if (node.action === 'forget') list.push('only its record is dropped')
  for (const part of node.keepParts ?? [])
    list.push(`${part} holds data and stays; to delete it: --allow-data-loss ${node.address}/${part}`)
  if (node.released && node.released.length > 0)
    list.push(`no longer managed, left as it is: ${node.released.join(', ')}`)
  return list
}

const orderWords = {
  swap: 'the new one takes over when it is good; until then the old one stays',
  'create-first': 'the new one is created before the old one is deleted',
  'delete-first': 'the old one is deleted before the new one is created',
} as const

function renderChange(change: Change, node: PlanNode, style: Style, indent: string, width: number): string[] {
  if (change.action) return renderPart(change, change.action, node, style, indent, width)
  const label = `${change.path}:`.padEnd(width)
  const nested = (change.nested ?? []).flatMap((inner) => renderChange(inner, node, style, `${indent}  `, 0))
  if (node.action === 'create' || node.action === 'adopt') {
    if (change.before === undefined) return [`${indent}${label} ${brief(change.after, change.secret)}`, ...nested]
  }
  const why = style.faint(`[${reason(change, node)}]`)
  if (change.before === undefined && change.after === undefined) return [`${indent}${label} ${why}`, ...nested]
  if (!change.secret && isText(change.before) && isText(change.after)) {
    const lines = hunks(change.before, change.after, style).map((line) => `${indent}  ${line}`)
    return [`${indent}${label} ${why}`, ...lines, ...nested]
  }
  const [before, after] = briefPair(change.before, change.after, change.secret)
  const same = change.secret === true && change.before !== undefined && change.after !== undefined
  const sides = same ? '(secret) differs' : `${before} -> ${after}`
  return [`${indent}${label} ${sides}  ${why}`, ...nested]
}

/** A part of a composite, such as a container of a project: told like an action of its own. */
function renderPart(
  change: Change,
  action: Action,
  node: PlanNode,
  style: Style,
  indent: string,
  width: number,
): string[] {
  const { path, effect, cause, note, nested = [] } = change
  const how = action === 'update' ? `, ${effectWords[effect]}` : ''
  const why = note ?? (action === node.action ? undefined : cause)
  const line = [
    toned(action, symbols[action].padStart(3), style),
    path.padEnd(width),
    toned(action, `${action}${how}`, style) + (why === undefined ? '' : style.faint(` (${why})`)),
  ].join(' ')
  return [`${indent}${line}`, ...nested.flatMap((inner) => renderChange(inner, node, style, `${indent}      `, 0))]
}

function reason(change: Change, node: PlanNode): string {
  const effect = change.effect === 'replace' && node.action === 'replace' ? 'needs a new object' : change.effect
  const cause = change.cause === 'unset' ? 'no longer set' : change.cause
  return [effect, cause, change.note].filter(Boolean).join(', ')
}

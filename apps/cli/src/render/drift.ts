import type { Change, Plan, PlanNode } from '@lares/core'
import type { Style } from '../style.ts'
import { renderDiagnostics } from './diagnostics.ts'
import { briefPair, count } from './values.ts'

export interface Drifted {
  node: PlanNode
  /** The object is gone. */
  missing: boolean
  changes: Change[]
}

/** What of a plan is there because reality moved, not the config. */
export function driftOf(plan: Plan): Drifted[] {
  return plan.nodes.flatMap((node) => {
    const missing = node.causes.includes('missing')
    const changes = node.changes.flatMap(driftedParts)
    return missing || changes.length > 0 ? [{ node, missing, changes }] : []
  })
}

/** A change that drifted, or the parts of it that did. */
function driftedParts(change: Change): Change[] {
  const nested = change.nested?.flatMap(driftedParts)
  if (nested && nested.length > 0) return [{ ...change, nested }]
  return change.cause === 'drifted' ? [change] : []
}

/** What could not be looked at, so that nobody knows whether it has drifted. */
export const unseenIn = (plan: Plan): PlanNode[] =>
  plan.nodes.filter(({ blocked }) => blocked === 'failed' || blocked === 'unreachable')

export function renderDrift(drifted: readonly Drifted[], plan: Plan, style: Style): string {
  const lines: string[] = []
  for (const { node, missing, changes } of drifted) {
    const where = node.on === undefined ? '' : style.faint(` on ${node.on}`)
    const head = missing ? style.destroy('is gone') : style.change('has changed')
    lines.push(`${style.strong(node.address)}  ${style.faint(node.type)}${where}  ${head}`)
    for (const change of changes) lines.push(...changeLines(change, '    '))
  }
  const warnings = renderDiagnostics(plan.diagnostics, style)
  if (warnings !== '') lines.push('', warnings.trimEnd())
  const unseen = unseenIn(plan).length
  const rest = unseen > 0 ? `; ${count(unseen, 'resource')} could not be looked at` : ''
  const seen = unseen > 0 ? 'What could be seen' : 'What is there'
  if (drifted.length === 0) lines.push(`${style.good('No drift')}${rest}. ${seen} is what was recorded.`)
  else {
    const verb = drifted.length === 1 ? 'has' : 'have'
    lines.push(
      '',
      `${count(drifted.length, 'resource')} ${verb} drifted${rest}. "lares apply" brings back what the config says.`,
    )
  }
  return `${lines.join('\n')}\n`
}

function changeLines(change: Change, indent: string): string[] {
  const nested = (change.nested ?? []).flatMap((inner) => changeLines(inner, `${indent}  `))
  if (nested.length > 0) return [`${indent}${change.path}:`, ...nested]
  const [now, wanted] = briefPair(change.before, change.after, change.secret)
  return [`${indent}${change.path}: ${now}, declared ${wanted}`]
}

import type { Plan, PlanNode } from '@lares/core'
import type { Style } from '../style.ts'
import { blockedWords, symbols, toned } from './node.ts'
import { table } from './table.ts'

/** A stop or a start as the order in which it is carried out; what has the same number goes side by side. */
export function renderSteps({ nodes, mode }: Plan, style: Style): string {
  const shown = nodes.filter(({ action, blocked }) => action !== 'none' || blocked !== undefined)
  if (shown.length === 0) return ''
  const steps = stepsOf(nodes)
  const rows = shown
    .toSorted((a, b) => steps.get(a.id)! - steps.get(b.id)!)
    .map((node) => [
      `  ${node.blocked ? style.warning('!') : toned(node.action, symbols[node.action], style)}`,
      node.blocked ? '' : String(steps.get(node.id)),
      style.strong(node.address),
      style.faint(node.type),
      node.blocked
        ? style.warning(`left alone: ${blockedWords[node.blocked]}`)
        : node.on === undefined
          ? ''
          : `on ${node.on}`,
    ])
  return `${style.strong(mode === 'stop' ? 'To be stopped, in this order' : 'To be started, in this order')}\n${table(rows).trimEnd()}`
}

/** By id, how many have to be done one after the other until it is done, those that are left as they are not counted. */
function stepsOf(nodes: readonly PlanNode[]): Map<string, number> {
  const steps = new Map<string, number>()
  for (const { id, after, action } of nodes)
    steps.set(id, Math.max(0, ...after.map((other) => steps.get(other) ?? 0)) + (action === 'none' ? 0 : 1))
  return steps
}

import { type Action, hasChanges, type Plan, type PlanNode } from '@lares/core'
import type { Style } from '../style.ts'
import { renderDiagnostics } from './diagnostics.ts'
import { groupByHost, type HostGroup } from './groups.ts'
import { columnsOf, renderNode } from './node.ts'
import { changedOutputs, renderOutputChanges } from './outputs.ts'
import { renderSummary } from './summary.ts'

/** True when applying the plan would do anything, be it only to the outputs. */
export const wouldDo = (plan: Plan): boolean => hasChanges(plan) || changedOutputs(plan).length > 0

/** The whole plan for people: host by host with what is lost first, then outputs, a summary, and what to be warned of. */
export function renderPlan(plan: Plan, style: Style): string {
  const shown = plan.nodes.filter((node) => isWorthShowing(node, plan))
  const blocks = [
    ...destroyingFirst(groupByHost(shown, plan.nodes)).map((group) => renderGroup(group, style).join('\n')),
    renderOutputChanges(plan, style),
    stoppedLine(plan, style),
    wouldDo(plan) ? renderSummary(shown, style) : nothingToDo(plan, style),
    renderDiagnostics(plan.diagnostics, style).trimEnd(),
  ]
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`
}

/** A deletion that only completes a replacement is told with it; what stays as it is needs no line. */
function isWorthShowing(node: PlanNode, plan: Plan): boolean {
  if (node.id !== node.address) {
    return !plan.nodes.some(({ id, action }) => id === node.address && action === 'replace')
  }
  return (
    (node.blocked !== undefined && node.blocked !== 'stopped') ||
    (node.blocked === undefined && (node.action !== 'none' || node.permitted.length > 1))
  )
}

const ranks: Record<Action, number> = {
  delete: 0,
  replace: 1,
  keep: 2,
  forget: 3,
  update: 4,
  adopt: 5,
  create: 6,
  stop: 6,
  start: 6,
  none: 7,
}

/** What destroys comes first, otherwise the order of the plan is kept. */
const destroyingFirst = (groups: readonly HostGroup<PlanNode>[]): HostGroup<PlanNode>[] =>
  groups
    .map(({ host, nodes, inner }) => ({
      host,
      nodes: nodes.toSorted((a, b) => ranks[a.action] - ranks[b.action]),
      inner: destroyingFirst(inner),
    }))
    .toSorted((a, b) => worst(a) - worst(b))

const worst = (group: HostGroup<PlanNode>): number =>
  Math.min(...group.nodes.map(({ action }) => Math.min(ranks[action], ranks.update)), ...group.inner.map(worst), 9)

function renderGroup(group: HostGroup<PlanNode>, style: Style): string[] {
  const { host, nodes, inner } = group
  const columns = columnsOf(nodes)
  return [
    style.strong(host === undefined ? 'This machine' : `On ${host}`),
    ...nodes.flatMap((node) => renderNode(node, style, columns)),
    ...inner.flatMap((layer) => renderGroup(layer, style).map((line) => `  ${line}`)),
  ]
}

/** What is off on purpose is no trouble, and no surprise either. */
function stoppedLine({ nodes }: Plan, style: Style): string {
  const off = nodes.filter(({ blocked }) => blocked === 'stopped').map(({ address }) => address)
  if (off.length === 0) return ''
  const named = off.length > 5 ? `${off.slice(0, 4).join(', ')} and ${off.length - 4} more` : off.join(', ')
  return style.faint(`Stopped on purpose, and left so: ${named}. To start again: lares start`)
}

function nothingToDo(plan: Plan, style: Style): string {
  if (plan.mode === 'stop') return style.good('Nothing to stop.')
  if (plan.mode === 'start') return style.good('Nothing to start.')
  if (plan.nodes.some(({ blocked }) => blocked && blocked !== 'stopped')) return 'No changes, as far as could be seen.'
  if (plan.mode === 'destroy') return style.good('Nothing to destroy.')
  return style.good('No changes. The lab is as declared.')
}

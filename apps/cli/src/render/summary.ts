import { type Action, type Plan, summarize } from '@lares/core'
import type { Style } from '../style.ts'
import { toned } from './node.ts'

const order: readonly Action[] = ['delete', 'replace', 'update', 'create', 'adopt', 'forget', 'keep']

/** `Plan: 1 to delete, 2 to create; 1 is decided on the way, 3 left alone.` */
export function renderSummary(plan: Plan, style: Style): string {
  const summary = summarize(plan)
  const words = order
    .filter((action) => summary[action] > 0)
    .map((action) => toned(action, `${summary[action]} to ${action}`, style))
  const more: string[] = []
  if (summary.undecided > 0) more.push(`${summary.undecided} decided on the way`)
  if (summary.blocked > 0) more.push(style.warning(`${summary.blocked} left alone`))
  if (words.length === 0) words.push(more.length > 0 ? 'nothing certain' : 'only outputs change')
  return `${style.strong('Plan:')} ${[words.join(', '), ...more].join('; ')}.`
}

import { type Action, isChange, type PlanNode } from '@lares/core'
import type { Style } from '../style.ts'
import { toned } from './node.ts'

const order: readonly Action[] = ['delete', 'replace', 'update', 'create', 'adopt', 'forget', 'keep', 'stop', 'start']

/** `Plan: 1 to delete, 2 to create; 1 of these decided on the way, 3 left alone.` */
export function renderSummary(shown: readonly PlanNode[], style: Style): string {
  const changes = shown.filter(isChange)
  const words = order.flatMap((action) => {
    const times = changes.filter((node) => node.action === action).length
    return times > 0 ? [toned(action, `${times} to ${action}`, style)] : []
  })
  const undecided = changes.filter(({ permitted }) => permitted.length > 1).length
  const blocked = shown.length - changes.length
  const more = [
    ...(undecided > 0 ? [`${undecided} of these decided on the way`] : []),
    ...(blocked > 0 ? [style.warning(`${blocked} left alone`)] : []),
  ]
  if (words.length === 0) words.push(undecided > 0 ? 'nothing certain' : 'only outputs change')
  return `${style.strong('Plan:')} ${[words.join(', '), more.join(', ')].filter((part) => part !== '').join('; ')}.`
}

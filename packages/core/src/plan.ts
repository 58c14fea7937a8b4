import type { Diagnostic } from './diagnostics.ts'
import type { Change, Effect } from './resource.ts'

export type Action =
  | 'create'
  | 'update'
  | 'replace'
  | 'delete'
  | 'keep'
  | 'adopt'
  | 'forget'
  | 'stop'
  | 'start'
  | 'none'
export type Cause =
  | 'new'
  | 'changed'
  | 'drifted'
  | 'removed'
  | 'dependency replaced'
  | 'asked'
  | 'missing'
  | 'interrupted'
  | 'renamed'
  | 'gone with its host'

/** What is asked for: the lab as declared, nothing of it, or what is there of it off or on. */
export type PlanMode = 'apply' | 'destroy' | 'stop' | 'start'

/** How an object is replaced: by the type's own verb, or by a deletion (`…#old`) before or after the creation. */
export type ReplaceOrder = 'swap' | 'create-first' | 'delete-first'

/** One action of a plan. */
export interface PlanNode {
  /** The address; with `#old`, `#old2`, … behind it for the deletion of objects that are superseded. */
  id: string
  address: string
  type: string
  action: Action
  causes: Cause[]
  effect?: Effect
  order?: ReplaceOrder
  changes: Change[]
  /** Ids of nodes that must be finished before this one begins. */
  after: string[]
  /** Outcomes it may turn out to be once its facts are known. Only these are ever carried out. */
  permitted: Action[]
  /** Why not everything is known yet: addresses that must be there first. */
  waitsFor: string[]
  /** The resource whose connection it uses. */
  on?: string
  /** Its former address, when it was renamed. */
  from?: string
  /** It is deleted with what contains it: no call is made. */
  goneWith?: string
  /** Stateful parts that stay although the rest goes. */
  keepParts?: string[]
  /** It stays because of what is kept on it. */
  holds?: string[]
  /** Inputs that are no longer set and are left as they are. */
  released?: string[]
  /** Nothing is done, for this reason; the diagnostics of the plan say more. */
  blocked?: 'unreachable' | 'failed' | 'dependency' | 'refused' | 'stopped'
}

export interface Plan {
  version: 1
  lab: string
  /** What it was made from: a saved plan is refused when one of these has moved on. */
  lineage: string
  serial: number
  config: string
  mode: PlanMode
  nodes: PlanNode[]
  outputs: { [name: string]: OutputChange }
  diagnostics: Diagnostic[]
}

export interface OutputChange {
  before?: unknown
  after?: unknown
  secret?: boolean
}

export const isChange = (node: PlanNode): boolean =>
  !node.blocked && (node.action !== 'none' || node.permitted.length > 1)

/** True for the deletion of a former object of a resource that has a node of its own. */
export const isSuperseded = (node: PlanNode): boolean => node.id !== node.address

export const hasChanges = (plan: Plan): boolean => plan.nodes.some(isChange)

export type Summary = Record<Action, number> & { blocked: number; undecided: number }

export function summarize(plan: Plan): Summary {
  const summary: Summary = {
    create: 0,
    update: 0,
    replace: 0,
    delete: 0,
    keep: 0,
    adopt: 0,
    forget: 0,
    stop: 0,
    start: 0,
    none: 0,
    blocked: 0,
    undecided: 0,
  }
  for (const node of plan.nodes) {
    if (node.blocked === 'stopped') continue
    if (node.blocked) summary.blocked++
    else if (!isSuperseded(node)) summary[node.action]++
    if (!node.blocked && node.permitted.length > 1) summary.undecided++
  }
  return summary
}

/** The plan as stable text, one line for each node and change, for tests and logs. */
export function planText(plan: Plan): string {
  const lines: string[] = []
  for (const node of plan.nodes) {
    const detail = [
      node.effect,
      node.order,
      node.causes.length > 0 ? `because ${node.causes.join(', ')}` : '',
      node.from ? `was ${node.from}` : '',
      node.goneWith ? `gone with ${node.goneWith}` : '',
      node.permitted.length > 1 ? `or ${node.permitted.filter((action) => action !== node.action).join(' or ')}` : '',
      node.waitsFor.length > 0 ? `decided after ${node.waitsFor.join(', ')}` : '',
      node.holds ? `holds ${node.holds.join(', ')}` : '',
      node.keepParts ? `keeps ${node.keepParts.join(', ')}` : '',
      node.released ? `lets go ${node.released.join(', ')}` : '',
      node.blocked ? `blocked: ${node.blocked}` : '',
      node.after.length > 0 ? `after ${node.after.join(', ')}` : '',
    ]
    lines.push([`${node.action} ${node.id}`, ...detail.filter(Boolean)].join('; '))
    for (const change of node.changes) lines.push(...changeText(change, '  '))
  }
  return lines.join('\n')
}

function changeText(change: Change, indent: string): string[] {
  const { path, before, after, secret, effect, cause, note, action } = change
  const isTold = before !== undefined || after !== undefined || secret
  const what = action ?? (isTold ? `${showValue(before, secret)} -> ${showValue(after, secret)}` : 'differs')
  const why = [effect, cause, ...(action && note ? [note] : [])].join(', ')
  return [
    `${indent}${path}: ${what} (${why})`,
    ...(change.nested ?? []).flatMap((nested) => changeText(nested, `${indent}  `)),
  ]
}

/** A side of a change for people: `(none)`, `(known after apply)`, `(secret)` or JSON. */
export function showValue(value: unknown, secret?: boolean): string {
  if (value === undefined) return '(none)'
  if (secret) return '(secret)'
  if (typeof value === 'object' && value !== null && '$lares' in value) {
    return (value as { $lares: string }).$lares === 'secret' ? '(secret)' : '(known after apply)'
  }
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && '$lares' in inner ? showValue(inner) : inner,
  )
}

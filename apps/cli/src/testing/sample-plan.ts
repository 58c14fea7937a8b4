import type { Action, Change, Plan, PlanNode } from '@lares/core'

/** A node with nothing special about it, for tests. */
export const node = (address: string, type: string, action: Action, more: Partial<PlanNode> = {}): PlanNode => ({
  id: address,
  address,
  type,
  action,
  causes: [],
  changes: [],
  after: [],
  permitted: [action],
  waitsFor: [],
  ...more,
})

export const change = (path: string, before: unknown, after: unknown, more: Partial<Change> = {}): Change => ({
  path,
  before,
  after,
  effect: 'live',
  cause: 'changed',
  ...more,
})

export const planOf = (nodes: PlanNode[], more: Partial<Plan> = {}): Plan => ({
  version: 1,
  lab: 'home',
  lineage: 'one',
  serial: 1,
  config: 'digest',
  mode: 'apply',
  nodes,
  outputs: {},
  diagnostics: [],
  ...more,
})

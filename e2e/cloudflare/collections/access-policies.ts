import { z } from 'zod'
import { parsed, withoutEmpty } from '../body.ts'
import { paged } from '../envelope.ts'
import type { Request, Route } from '../route.ts'
import { toSecond } from '../time.ts'
import type { View } from '../world.ts'
import { conflict, invalidRequest, notFound } from './access-errors.ts'
import { type AccessRules, checkedRules, ruleFields } from './access-rules.ts'

/** A policy: of the account, for any application to use, or of one application. */
export interface AccessPolicy extends AccessRules {
  id: string
  account: string
  /** The application that it belongs to; null makes it reusable. */
  app: string | null
  name: string
  decision: string
  /** Fields that come back when they were set to something. */
  options: Record<string, unknown>
  createdAt: Date
  updatedAt: Date
}

export const policyShape = z.object({
  name: z.string().min(1),
  decision: z.enum(['allow', 'deny', 'non_identity', 'bypass']),
  ...ruleFields,
  session_duration: z.string().optional(),
  approval_required: z.boolean().optional(),
  approval_groups: z.array(z.looseObject({ approvals_needed: z.number() })).optional(),
  purpose_justification_required: z.boolean().optional(),
  purpose_justification_prompt: z.string().optional(),
  isolation_required: z.boolean().optional(),
})

/** The policy that a request describes. Throws when its rules don't fit the account. */
export function policyFrom(
  body: unknown,
  old: AccessPolicy | null,
  app: string | null,
  request: Request,
): AccessPolicy {
  const account = request.params.account ?? ''
  const { name, decision, include, exclude, require, ...options } = parsed(policyShape, body, invalidRequest)
  if (include.length === 0) throw invalidRequest('policies must have at least one include rule')
  return {
    id: old?.id ?? request.ids.uuid(),
    account,
    app,
    name,
    decision,
    ...checkedRules({ include, exclude, require }, account, request.view),
    options: withoutEmpty(options),
    createdAt: old?.createdAt ?? request.now,
    updatedAt: request.now,
  }
}

/** The policy as its own collections and applications show it. */
export function shownPolicy(policy: AccessPolicy) {
  const { id, name, decision, include, exclude, require, options } = policy
  return {
    id,
    uid: id,
    name,
    decision,
    include,
    exclude,
    require,
    ...options,
    reusable: policy.app === null,
    created_at: toSecond(policy.createdAt),
    updated_at: toSecond(policy.updatedAt),
  }
}

/** How many applications use a policy. */
const appsWith = (view: View, id: string) =>
  view.apps.all().filter(({ policies }) => policies.some((policy) => policy.id === id)).length

const shown = (policy: AccessPolicy, view: View) => ({ ...shownPolicy(policy), app_count: appsWith(view, policy.id) })

/** The reusable policies of the account. */
const reusable = (view: View, account: string | undefined) =>
  view.policies.all().filter((policy) => policy.account === account && policy.app === null)

function found({ view, params }: Request): AccessPolicy {
  const policy = reusable(view, params.account).find(({ id }) => id === params.policy)
  if (policy === undefined) throw notFound()
  return policy
}

function write(request: Request) {
  const old = request.params.policy === undefined ? null : found(request)
  const policy = policyFrom(request.body, old, null, request)
  request.world.policies.put(policy.id, policy)
  return { status: old === null ? 201 : 200, result: shown(policy, request.view) }
}

const collection = '/accounts/:account/access/policies'
const one = `${collection}/:policy`
const read = 'Access: Apps and Policies Read'
const change = 'Access: Apps and Policies Write'

export const accessPolicyRoutes: Route[] = [
  {
    method: 'GET',
    path: collection,
    needs: read,
    answer: ({ view, params, query }) =>
      paged(
        reusable(view, params.account).map((policy) => shown(policy, view)),
        query,
      ),
  },
  {
    method: 'GET',
    path: one,
    needs: read,
    answer: (request) => ({ result: shown(found(request), request.view) }),
  },
  { method: 'POST', path: collection, needs: change, answer: write },
  { method: 'PUT', path: one, needs: change, answer: write },
  {
    method: 'DELETE',
    path: one,
    needs: change,
    answer(request) {
      const { id } = found(request)
      if (appsWith(request.view, id) > 0) throw conflict('policy is in use')
      request.world.policies.delete(id)
      return { status: 202, result: { id } }
    },
  },
]

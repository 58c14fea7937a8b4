import { paged } from '../envelope.ts'
import type { Request, Route } from '../route.ts'
import { appAsked } from './access-apps.ts'
import { invalidRequest, notFound } from './access-errors.ts'
import { policyFrom, shownPolicy } from './access-policies.ts'
import { checkPrecedences, inOrder, linkShape, shownLinks } from './access-policy-links.ts'

const linked = (request: Request) => shownLinks(appAsked(request).policies, request.view)

function shownOne(request: Request) {
  const policy = linked(request).find(({ id }) => id === request.params.policy)
  if (policy === undefined) throw notFound()
  return policy
}

/** A policy of the application's own; reusable ones are read here, but not written. The message is recorded widely. */
function ownOne(request: Request) {
  const policy = request.world.policies.get(shownOne(request).id)
  if (policy === undefined) throw notFound()
  if (policy.app === null) throw invalidRequest('can not update reusable policies through this endpoint')
  return policy
}

/** Makes or changes one of the application's own policies, last in order unless it says otherwise. */
function write(request: Request) {
  const app = appAsked(request)
  const old = request.params.policy === undefined ? null : ownOne(request)
  const policy = policyFrom(request.body, old, app.id, request)
  const { precedence: asked } = linkShape.catch({}).parse(request.body)
  const before = app.policies.find((link) => link.id === policy.id)?.precedence
  const last = Math.max(0, ...app.policies.map(({ precedence }) => precedence))
  const link = { id: policy.id, precedence: asked ?? before ?? last + 1 }
  const links = [...app.policies.filter(({ id }) => id !== policy.id), link]
  checkPrecedences(links)
  request.world.policies.put(policy.id, policy)
  request.world.apps.put(app.id, { ...app, policies: inOrder(links) })
  return { status: old === null ? 201 : 200, result: { ...shownPolicy(policy), precedence: link.precedence } }
}

function remove(request: Request) {
  const app = appAsked(request)
  const { id } = ownOne(request)
  request.world.apps.put(app.id, { ...app, policies: app.policies.filter((link) => link.id !== id) })
  request.world.policies.delete(id)
  return { status: 202, result: { id } }
}

/** Makes one of the application's own policies reusable; it stays where it is in the application. */
function makeReusable(request: Request) {
  const policy = { ...ownOne(request), app: null, updatedAt: request.now }
  request.world.policies.put(policy.id, policy)
  return { result: { id: policy.id } }
}

const collection = '/accounts/:account/access/apps/:app/policies'
const one = `${collection}/:policy`
const read = 'Access: Apps and Policies Read'
const change = 'Access: Apps and Policies Write'

export const accessAppPolicyRoutes: Route[] = [
  { method: 'GET', path: collection, needs: read, answer: (request) => paged(linked(request), request.query) },
  { method: 'GET', path: one, needs: read, answer: (request) => ({ result: shownOne(request) }) },
  { method: 'POST', path: collection, needs: change, answer: write },
  { method: 'PUT', path: one, needs: change, answer: write },
  { method: 'DELETE', path: one, needs: change, answer: remove },
  { method: 'PUT', path: `${one}/make_reusable`, needs: change, answer: makeReusable },
]

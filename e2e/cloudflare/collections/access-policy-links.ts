import { z } from 'zod'
import type { Request } from '../route.ts'
import type { View } from '../world.ts'
import { invalidRequest } from './access-errors.ts'
import { type AccessPolicy, policyFrom, shownPolicy } from './access-policies.ts'

/** That an application uses a policy, and when it is tried. */
export interface PolicyLink {
  id: string
  precedence: number
}

/** The policies of an application, whole and in order. */
export function shownLinks(links: readonly PolicyLink[], view: View) {
  return links.flatMap(({ id, precedence }) => {
    const policy = view.policies.get(id)
    return policy === undefined ? [] : { ...shownPolicy(policy), precedence }
  })
}

export const linkShape = z.looseObject({ id: z.string().optional(), precedence: z.number().int().optional() })

/**
 * What `policies` of a request says, in its order: an id, `{ id, precedence }`, or a whole policy, which becomes one of the
 * application's own. Its own ones that are no longer named are gone.
 */
export function linkedPolicies(wanted: readonly unknown[], app: { id: string; account: string }, request: Request) {
  const { policies } = request.world
  const made: AccessPolicy[] = []
  const links = wanted.map((entry, index): PolicyLink => {
    const link = linkShape.safeParse(typeof entry === 'string' ? { id: entry } : entry)
    if (!link.success) throw invalidRequest('invalid policies')
    const { id, precedence = index + 1 } = link.data
    const known = id === undefined ? undefined : usable(id, app, request)
    if (known !== undefined && (known.app === null || !('decision' in link.data))) return { id: known.id, precedence }
    const policy = policyFrom(link.data, known ?? null, app.id, request)
    made.push(policy)
    return { id: policy.id, precedence }
  })
  checkPrecedences(links)
  for (const policy of made) policies.put(policy.id, policy)
  for (const { id, app: owner } of policies.all()) {
    if (owner === app.id && !links.some((link) => link.id === id)) policies.delete(id)
  }
  return inOrder(links)
}

/**
 * The policy that an application may use. Access looks for it in a copy that can be behind, so one that was just made may
 * not be found: documented by github.com/alchemy-run/alchemy-effect beside its retry, with this message.
 */
function usable(id: string, app: { id: string; account: string }, { references }: Request): AccessPolicy {
  const policy = references.policies.get(id)
  const ours = policy?.account === app.account && (policy.app === null || policy.app === app.id)
  if (policy === undefined || !ours) throw invalidRequest(`policy ${id} not found`)
  return policy
}

export const inOrder = (links: readonly PolicyLink[]) => [...links].sort((a, b) => a.precedence - b.precedence)

/** Throws when two are tried at the same time, or one twice. */
export function checkPrecedences(links: readonly PolicyLink[]): void {
  const unique = new Set(links.map(({ precedence }) => precedence))
  if (unique.size !== links.length) throw invalidRequest('policy precedences must be unique')
  if (new Set(links.map(({ id }) => id)).size !== links.length) throw invalidRequest('policies must be unique')
}

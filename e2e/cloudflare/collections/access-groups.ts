import { z } from 'zod'
import { parsed } from '../body.ts'
import { paged } from '../envelope.ts'
import type { Request, Route } from '../route.ts'
import { toSecond } from '../time.ts'
import type { View } from '../world.ts'
import { conflict, invalidRequest, unknownGroup } from './access-errors.ts'
import { type AccessRules, checkedRules, mentions, ruleFields } from './access-rules.ts'
import { isNamed } from './list-query.ts'

/** A group of an account: rules under a name that is none of its identity. */
export interface AccessGroup extends AccessRules {
  id: string
  account: string
  name: string
  isDefault: boolean
  createdAt: Date
  updatedAt: Date
}

const shape = z.object({ name: z.string().min(1), ...ruleFields, is_default: z.boolean().default(false) })

function shown({ id, name, include, exclude, require, isDefault, createdAt, updatedAt }: AccessGroup) {
  return {
    id,
    name,
    include,
    exclude,
    require,
    // A list of rules, and empty unless it is the default group; so says the description.
    is_default: isDefault ? include : [],
    created_at: toSecond(createdAt),
    updated_at: toSecond(updatedAt),
  }
}

const ofAccount = (view: View, account: string | undefined) =>
  view.groups.all().filter((group) => group.account === account)

function found({ view, params }: Request): AccessGroup {
  const group = ofAccount(view, params.account).find(({ id }) => id === params.group)
  if (group === undefined) throw unknownGroup()
  return group
}

function write(request: Request) {
  const { params, body, view, now, ids, world } = request
  const account = params.account ?? ''
  const old = params.group === undefined ? null : found(request)
  const { name, include, exclude, require, is_default: isDefault } = parsed(shape, body, invalidRequest)
  if (include.length === 0) throw invalidRequest('groups must have at least one include rule')
  const group: AccessGroup = {
    id: old?.id ?? ids.uuid(),
    account,
    name,
    ...checkedRules({ include, exclude, require }, account, view),
    isDefault,
    createdAt: old?.createdAt ?? now,
    updatedAt: now,
  }
  world.groups.put(group.id, group)
  return { status: old === null ? 201 : 200, result: shown(group) }
}

const collection = '/accounts/:account/access/groups'
const one = `${collection}/:group`
const read = 'Access: Organizations, Identity Providers, and Groups Read'
const change = 'Access: Organizations, Identity Providers, and Groups Write'

export const accessGroupRoutes: Route[] = [
  {
    method: 'GET',
    path: collection,
    needs: read,
    answer: ({ view, params, query }) => {
      const groups = ofAccount(view, params.account).filter((group) => isNamed(group, query))
      return paged(groups.map(shown), query)
    },
  },
  { method: 'GET', path: one, needs: read, answer: (request) => ({ result: shown(found(request)) }) },
  { method: 'POST', path: collection, needs: change, answer: write },
  { method: 'PUT', path: one, needs: change, answer: write },
  {
    method: 'DELETE',
    path: one,
    needs: change,
    answer(request) {
      const { id } = found(request)
      const { policies, groups } = request.world
      if ([...policies.all(), ...groups.all()].some((rules) => mentions(rules, id))) throw conflict('group is in use')
      groups.delete(id)
      return { status: 202, result: { id } }
    },
  },
]

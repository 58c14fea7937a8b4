import { z } from 'zod'
import { parsed } from '../body.ts'
import { paged } from '../envelope.ts'
import type { Request, Route } from '../route.ts'
import { toSecond } from '../time.ts'
import type { View } from '../world.ts'
import { invalidRequest, notFound } from './access-errors.ts'

/** A tag, known by its name within its account. */
export interface AccessTag {
  account: string
  name: string
  createdAt: Date
  updatedAt: Date
}

const key = (account: string, name: string) => `${account} ${name}`

/** Whether the account has this tag. */
export const hasTag = (view: View, account: string, name: string) => view.tags.get(key(account, name)) !== undefined

const shape = z.object({ name: z.string().min(1) })

function shown({ account, name, createdAt, updatedAt }: AccessTag, view: View) {
  const tagged = view.apps.all().filter((app) => app.account === account && app.tags.includes(name))
  return { name, app_count: tagged.length, created_at: toSecond(createdAt), updated_at: toSecond(updatedAt) }
}

const ofAccount = (view: View, account: string | undefined) => view.tags.all().filter((tag) => tag.account === account)

function found({ view, params }: Request): AccessTag {
  const tag = view.tags.get(key(params.account ?? '', params.tag ?? ''))
  if (tag === undefined) throw notFound()
  return tag
}

const collection = '/accounts/:account/access/tags'
const one = `${collection}/:tag`
const read = 'Access: Apps and Policies Read'
const change = 'Access: Apps and Policies Write'

export const accessTagRoutes: Route[] = [
  {
    method: 'GET',
    path: collection,
    needs: read,
    answer: ({ view, params, query }) =>
      paged(
        ofAccount(view, params.account).map((tag) => shown(tag, view)),
        query,
      ),
  },
  { method: 'GET', path: one, needs: read, answer: (request) => ({ result: shown(found(request), request.view) }) },
  {
    method: 'POST',
    path: collection,
    needs: change,
    answer({ params, body, now, world, view }) {
      const account = params.account ?? ''
      const { name } = parsed(shape, body, invalidRequest)
      if (hasTag(view, account, name)) throw invalidRequest('tag already exists')
      const tag = { account, name, createdAt: now, updatedAt: now }
      world.tags.put(key(account, name), tag)
      return { status: 201, result: shown(tag, view) }
    },
  },
  {
    method: 'PUT',
    path: one,
    needs: change,
    answer(request) {
      const old = found(request)
      const { name } = parsed(shape, request.body, invalidRequest)
      const tag = { ...old, name, updatedAt: request.now }
      const { tags, apps } = request.world
      tags.delete(key(old.account, old.name))
      tags.put(key(tag.account, tag.name), tag)
      for (const app of apps.all()) {
        if (app.account !== old.account || !app.tags.includes(old.name)) continue
        apps.put(app.id, { ...app, tags: app.tags.map((each) => (each === old.name ? name : each)) })
      }
      return { result: shown(tag, request.view) }
    },
  },
  {
    method: 'DELETE',
    path: one,
    needs: change,
    answer(request) {
      const { account, name } = found(request)
      const { tags, apps } = request.world
      tags.delete(key(account, name))
      for (const app of apps.all()) {
        if (app.account !== account || !app.tags.includes(name)) continue
        apps.put(app.id, { ...app, tags: app.tags.filter((each) => each !== name) })
      }
      return { status: 202, result: { name } }
    },
  },
]

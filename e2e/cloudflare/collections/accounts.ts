import { paged, Refusal } from '../envelope.ts'
import type { Route } from '../route.ts'
import { toMicrosecond } from '../time.ts'
import { reaches } from '../tokens.ts'

/** An account. */
export interface Account {
  id: string
  name: string
  createdAt: Date
  /** The host name of its Access log-in page, or null when Zero Trust was never set up. */
  authDomain: string | null
}

const shown = ({ id, name, createdAt }: Account) => ({
  id,
  name,
  type: 'standard',
  settings: { enforce_twofactor: false },
  created_on: toMicrosecond(createdAt),
})

export const accountRoutes: Route[] = [
  {
    method: 'GET',
    path: '/accounts',
    needs: null,
    answer({ view, token, query }) {
      const name = query.get('name')
      const rows = view.accounts
        .all()
        .filter((account) => reaches(token.accounts, account.id) && (name === null || account.name === name))
      return paged(rows.map(shown), query, { usual: 20, most: 50 })
    },
  },
  {
    method: 'GET',
    path: '/accounts/:account',
    needs: 'Account Settings Read',
    answer({ view, params }) {
      const account = view.accounts.get(params.account ?? '')
      if (account === undefined) throw new Refusal(404, { code: 1003, message: 'Account not found' })
      return { result: shown(account) }
    },
  },
]

import type { Route } from '../route.ts'
import { toSecond } from '../time.ts'
import { notEnabled, notFound } from './access-errors.ts'

/** The route, refused where Zero Trust was never set up. */
export const whereEnabled = (route: Route): Route => ({
  ...route,
  answer(request) {
    if (request.view.accounts.get(request.params.account ?? '')?.authDomain === null) throw notEnabled()
    return route.answer(request)
  },
})

export const accessOrganizationRoutes: Route[] = [
  {
    method: 'GET',
    path: '/accounts/:account/access/organizations',
    needs: 'Access: Organizations, Identity Providers, and Groups Read',
    answer({ view, params }) {
      const account = view.accounts.get(params.account ?? '')
      if (account === undefined) throw notFound()
      const at = toSecond(account.createdAt)
      return {
        result: {
          name: account.name,
          auth_domain: account.authDomain,
          is_ui_read_only: false,
          login_design: {},
          auto_redirect_to_identity: false,
          created_at: at,
          updated_at: at,
        },
      }
    },
  },
]

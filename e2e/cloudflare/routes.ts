import { accessAppPolicyRoutes } from './collections/access-app-policies.ts'
import { accessAppRoutes } from './collections/access-apps.ts'
import { accessGroupRoutes } from './collections/access-groups.ts'
import { accessOrganizationRoutes, whereEnabled } from './collections/access-organization.ts'
import { accessPolicyRoutes } from './collections/access-policies.ts'
import { accessTagRoutes } from './collections/access-tags.ts'
import { accountRoutes } from './collections/accounts.ts'
import { dnsRecordRoutes } from './collections/dns-records.ts'
import { identityProviderRoutes } from './collections/identity-providers.ts'
import { serviceTokenRoutes } from './collections/service-tokens.ts'
import { tunnelConfigurationRoutes } from './collections/tunnel-configurations.ts'
import { tunnelConnectionRoutes } from './collections/tunnel-connections.ts'
import { tunnelRoutes } from './collections/tunnels.ts'
import { zoneRoutes } from './collections/zones.ts'
import type { Route } from './route.ts'
import { tokenRoutes } from './tokens.ts'

const access: readonly Route[] = [
  ...accessOrganizationRoutes,
  ...accessAppRoutes,
  ...accessAppPolicyRoutes,
  ...accessPolicyRoutes,
  ...accessGroupRoutes,
  ...serviceTokenRoutes,
  ...identityProviderRoutes,
  ...accessTagRoutes,
]

/** Everything that the stand-in answers. */
export const routes: readonly Route[] = [
  ...tokenRoutes,
  ...accountRoutes,
  ...zoneRoutes,
  ...dnsRecordRoutes,
  ...access.map(whereEnabled),
  ...tunnelRoutes,
  ...tunnelConfigurationRoutes,
  ...tunnelConnectionRoutes,
]

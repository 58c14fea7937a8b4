import { definePlugin } from '@lares/core'
import manifest from '../package.json' with { type: 'json' }
import { accessApplication } from './resources/access-application.ts'
import { accessGroup } from './resources/access-group.ts'
import { accessPolicy } from './resources/access-policy.ts'
import { account } from './resources/account.ts'
import { dnsRecord } from './resources/dns-record.ts'
import { identityProvider } from './resources/identity-provider.ts'
import { publishedService } from './resources/published-service.ts'
import { serviceToken } from './resources/service-token.ts'
import { tunnel } from './resources/tunnel.ts'
import { tunnelConfig } from './resources/tunnel-config.ts'
import { tunnelRoute } from './resources/tunnel-route.ts'

export * from './client/index.ts'
export { cloudflareProvider } from './provider.ts'

export default definePlugin({
  name: 'cloudflare',
  package: manifest.name,
  version: manifest.version,
  resources: {
    accessApplication,
    accessGroup,
    accessPolicy,
    account,
    dnsRecord,
    identityProvider,
    publishedService,
    serviceToken,
    tunnel,
    tunnelConfig,
    tunnelRoute,
  },
})
